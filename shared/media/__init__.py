"""Users' files: downloading them, inspecting them, and reading them again."""
