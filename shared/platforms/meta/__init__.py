"""What Meta's platforms have in common."""
