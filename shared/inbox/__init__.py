"""The inbox: comments on posts, and mentions, and what users do with them."""
