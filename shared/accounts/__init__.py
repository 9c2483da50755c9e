"""Actions on connected accounts."""
