"""The social platforms: one folder each, found by `registry`."""
