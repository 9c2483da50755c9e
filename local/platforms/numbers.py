"""How often the posts of a simulated platform were seen, liked and so on.

The numbers grow with the age of a post and depend only on its id, so that every reading can be
foretold. A control can set any of them, or withhold it as a platform does that has not counted yet.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from local.platforms.posts import Post

NAMES = ("views", "reach", "likes", "comments", "shares", "saves", "clicks")
# Of the most views that a post can have, the most of each number.
_PARTS = {
    "views": 1.0,
    "reach": 0.8,
    "likes": 0.1,
    "shares": 0.03,
    "saves": 0.02,
    "clicks": 0.05,
}
_MOST_VIEWS = 5000
# At this age, a post has half of all that it will have.
_HALF_LIFE = timedelta(hours=12)

Numbers = Mapping[str, int | None]


class NumberBook:
    """The numbers of all posts of one platform. The caller holds the platform's lock."""

    def __init__(self) -> None:
        self._set: dict[str, dict[str, int | None]] = {}

    def of(self, post: Post, now: datetime, comments: int) -> dict[str, int | None]:
        """The numbers of a post by `NAMES`; None for one that is withheld.

        `comments`: how many there are. A control can set another number here as well.
        """
        age = max(now - post.visible_at, timedelta(0))
        part = age / (age + _HALF_LIFE)
        grown = {name: int(_most(post.id, name) * part) for name in _PARTS}
        return {**grown, "comments": comments, **self._set.get(post.id, {})}

    def set(self, post_id: str, numbers: Numbers) -> None:
        """From now on, a post has these numbers; those that are not named keep growing."""
        self._set.setdefault(post_id, {}).update(numbers)

    def clear(self) -> None:
        """Let all numbers grow by themselves again."""
        self._set.clear()


def followers(account_id: str) -> int:
    """How many people follow an account."""
    return 100 + _draw(account_id, "followers") % 10_000


def _most(post_id: str, name: str) -> int:
    return int((_draw(post_id, "views") % _MOST_VIEWS + 10) * _PARTS[name])


def _draw(key: str, name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{name}:{key}".encode()).digest()[:4], "big")
