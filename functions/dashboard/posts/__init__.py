"""The list of posts, and one post with what can be done about it."""
