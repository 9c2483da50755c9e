"""The client of Soku.

from soku import Soku

soku = Soku("sk_live_…", url="https://…/api")
post = soku.posts.create(text="Hello", platforms=["x", "threads"])
print(post.wait().status, post.links)
"""

from soku import models
from soku.accounts import Connection
from soku.client import Soku
from soku.comments import Comment, Reply
from soku.errors import ApiError, ConnectionLost, SokuError
from soku.posts import Post

__version__ = "0.2.0"

__all__ = [
    "ApiError",
    "Comment",
    "Connection",
    "ConnectionLost",
    "Post",
    "Reply",
    "Soku",
    "SokuError",
    "models",
]
