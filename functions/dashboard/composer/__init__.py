"""Writing and editing a post, with its files and its preview."""
