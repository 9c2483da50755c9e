"""The visible posts of a simulated platform, and how often each one was requested."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

# Of a file that the feed shows: larger ones would fill the memory.
LARGEST_SHOWN = {"image": 2_000_000, "video": 4_000_000}
LARGEST_TOGETHER = 200_000_000


@dataclass(frozen=True)
class MediaItem:
    """An image or video of a post; `size` in bytes, `sha256` in hexadecimal digits."""

    kind: str
    sha256: str
    size: int
    shown: bytes | None = field(default=None, repr=False, compare=False)
    """The file, if the feed shows it."""

    @classmethod
    def of(cls, kind: str, data: bytes) -> "MediaItem":
        is_shown = len(data) <= LARGEST_SHOWN[kind]
        digest = hashlib.sha256(data).hexdigest()
        return cls(kind, digest, len(data), data if is_shown else None)

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "sha256": self.sha256, "size": self.size}


class Content(NamedTuple):
    """What two requests for the same post have in common: account, sent text, media (SHA-256)."""

    account_id: str
    text: str
    media: tuple[str, ...] = ()

    @classmethod
    def of(cls, account_id: str, text: str, items: Iterable[MediaItem | None] = ()) -> "Content":
        """The content of a request that names these items; None stands for one without bytes."""
        return cls(account_id, text, tuple(item.sha256 for item in items if item is not None))


@dataclass
class Post:
    """One visible post. `text` is as the caller sent it, `shown` as the platform rewrote it;
    `details` are the platform's own fields."""

    id: str
    account_id: str
    text: str
    shown: str
    visible_at: datetime
    media: list[MediaItem] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def content(self) -> Content:
        """The content of a request for this post."""
        return Content.of(self.account_id, self.text, self.media)


class PostBook:
    """The posts of one platform, oldest first. The caller holds the platform's lock."""

    def __init__(self) -> None:
        self._posts: dict[str, Post] = {}
        self._requests: Counter[Content] = Counter()
        self._files: dict[str, bytes] = {}
        self._bytes = 0

    def file(self, sha256: str) -> bytes | None:
        """The file of an image or a video that a post shows."""
        return self._files.get(sha256)

    def add(self, post: Post) -> None:
        """Make a post visible."""
        post.media = [self._kept(item) for item in post.media]
        self._posts[post.id] = post

    def _kept(self, item: MediaItem) -> MediaItem:
        """The item with one file for all posts that show it, as long as there is room."""
        kept = self._files.get(item.sha256)
        has_room = self._bytes + item.size <= LARGEST_TOGETHER
        if kept is None and item.shown is not None and has_room:
            kept = self._files[item.sha256] = item.shown
            self._bytes += item.size
        return replace(item, shown=kept)

    def remove(self, post_id: str) -> None:
        """Remove a post."""
        self._posts.pop(post_id, None)

    def get(self, post_id: str) -> Post | None:
        """The visible post with this id."""
        return self._posts.get(post_id)

    def all(self, account_id: str | None = None) -> list[Post]:
        """Visible posts, oldest first; only those of `account_id` if it is given."""
        return [p for p in self._posts.values() if account_id in (None, p.account_id)]

    def count_request(self, content: Content) -> None:
        """Count a publishing request, whether it succeeds or not."""
        self._requests[content] += 1

    def request_count(self, post: Post) -> int:
        """How many requests there were for this post, including refused ones."""
        return self._requests[post.content]

    def clear(self) -> None:
        """Forget posts and counts."""
        self._posts.clear()
        self._requests.clear()
        self._files.clear()
        self._bytes = 0


def iso(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds: `2026-11-22T02:43:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
