"""The page that shows what a simulated platform has published."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local import pages
from local.platforms.accounts import AccountBook
from local.platforms.comments import Comment, CommentBook
from local.platforms.posts import MediaItem, Post
from shared.platforms import registry

# Of a post, on the page.
_MOST_COMMENTS = 50
# What a platform calls a kind of post; the usual kind has no label.
_LABELS = {
    "REELS": "Reel",
    "STORIES": "Story",
    "story": "Story",
    "stories": "Story",
    "spotlights": "Spotlight",
    "saved_stories": "Saved story",
    "private": "Private",
    "unlisted": "Unlisted",
}


@dataclass(frozen=True)
class _Link:
    address: str
    title: str


@dataclass(frozen=True)
class _Entry:
    """A post as the page shows it."""

    id: str
    account_id: str
    author: str
    hue: int
    """Of the avatar, the same for an author on every platform."""
    at: datetime
    text: str
    media: list[MediaItem]
    title: str
    label: str
    link: _Link | None
    comments: list[Comment]


def feed_page(
    platform: str, posts: Iterable[Post], accounts: AccountBook, comments: CommentBook
) -> str:
    """The feed of a platform as HTML, in the order given; every text is escaped."""
    # The marks of all platforms, which only this page needs.
    from shared.web.icons import mark

    return pages.render(
        "feed.html",
        name=registry.display_name(platform),
        mark=mark(platform, 20),
        posts=[_entry(post, accounts, comments) for post in posts],
    )


def _entry(post: Post, accounts: AccountBook, comments: CommentBook) -> _Entry:
    account = accounts.get(post.account_id)
    author = account.username if account else post.account_id
    return _Entry(
        post.id,
        post.account_id,
        author,
        zlib.crc32(author.encode()) % 360,
        post.visible_at,
        post.text,
        post.media,
        _title(post),
        _label(post.details),
        _link(post.details),
        comments.of_post(post.id)[:_MOST_COMMENTS],
    )


def _title(post: Post) -> str:
    """YouTube's title of a video, or Facebook's, or TikTok's of photos."""
    title: str = post.details.get("snippet", post.details).get("title") or ""
    # TikTok calls the text of a video its title.
    return "" if title == post.text else title


def _label(details: Mapping[str, Any]) -> str:
    draft, status = details.get("draft"), details.get("status", {})
    named = [
        details.get("kind"),
        details.get("product"),
        getattr(draft, "kind", None),
        status.get("privacyStatus") if isinstance(status, dict) else None,
        None if details.get("is_public", True) else "private",
    ]
    return next((_LABELS[name] for name in named if name in _LABELS), "")


def _link(details: Mapping[str, Any]) -> _Link | None:
    """LinkedIn's card of an article; other platforms read the page themselves."""
    content = details.get("content")
    article = content.get("article") if isinstance(content, dict) else None
    if not article or not article["source"].startswith(("http://", "https://")):
        return None
    return _Link(article["source"], article.get("title") or article["source"])
