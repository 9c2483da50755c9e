"""What users can do with their account: the API and pages call it."""
