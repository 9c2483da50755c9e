"""The numbers of posts, for the API and the pages alike: of one post, and of all over time."""
