"""Pictures from templates: a folder for each template, and what they share."""
