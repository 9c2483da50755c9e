"""Reading a Public Profile's posts, and recognizing one of ours among them.

A list does not show the media, and of a story only its time and kind. So when posts without text
match and there is more than one, nobody can tell which one is ours, and none counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.domain.content import Content, comparable
from shared.domain.reconciliation import SeenPost
from shared.platforms.base import Post
from shared.platforms.http import Http
from shared.platforms.snapchat.errors import accepted
from shared.platforms.snapchat.products import (
    Product,
    items,
    list_path,
    media_type,
    product_of,
    profile_path,
    words_of,
)

PAGE, MAX_PAGES = "50", 20


@dataclass(frozen=True)
class Listing:
    """The posts in a list that could be ours."""

    same: tuple[SeenPost, ...]
    is_whole: bool
    """The list was read back to the start of the window, and all of it could be compared."""


def posts_since(post: Post, since: datetime, http: Http) -> Listing:
    """The account's posts of this kind since `since` that could be `post`."""
    product, query = product_of(post.content), {"limit": PAGE}
    path = list_path(post.account, post.content)
    listed: list[dict[str, Any]] = []
    for _ in range(MAX_PAGES):
        page = accepted(http.read(path, params=query, headers=post.bearer))
        listed += items(page, product)
        # Newest first.
        oldest = _created_at(listed[-1]) if listed else None
        cursor = (page.get("page") or page.get("paging") or {}).get("next_page_id")
        if not cursor or (oldest is not None and oldest < since):
            return _listing(listed, post.content, since)
        query["cursor"] = str(cursor)
    return Listing(_listing(listed, post.content, since).same, is_whole=False)


def spotlight(post: Post, post_id: str, http: Http) -> dict[str, Any]:
    """A spotlight's fields; empty when the answer has none."""
    answer = http.read(f"{profile_path(post.account)}/spotlights/{post_id}", headers=post.bearer)
    return next(iter(items(accepted(answer), Product.SPOTLIGHT)), {})


def moderation_of(fields: Mapping[str, Any]) -> str:
    """SUBMITTED, LIVE or REJECTED of a spotlight; "" when unknown.

    Snap documents the values but not the name of the field.
    """
    names = ("status", "state", "spotlight_status", "moderation_status")
    return next((str(fields[name]).upper() for name in names if fields.get(name)), "")


def spotlight_link(post_id: str, fields: Mapping[str, Any]) -> str:
    """The link that Snapchat returned, or else the undocumented form that clients construct."""
    return fields.get("share_url") or f"https://www.snapchat.com/spotlight/{post_id}"


def permalink_of(post: Post, post_id: str, http: Http) -> str | None:
    product = product_of(post.content)
    if product is Product.SPOTLIGHT:
        fields = spotlight(post, post_id, http)
        return spotlight_link(post_id, fields) if fields else None
    path = list_path(post.account, post.content)
    answer = http.read(path, params={"limit": PAGE}, headers=post.bearer)
    listed = items(accepted(answer), product)
    return next((item.get("share_url") for item in listed if item.get("id") == post_id), None)


def _listing(listed: Sequence[Mapping[str, Any]], content: Content, since: datetime) -> Listing:
    same: list[SeenPost] = []
    is_whole = True
    for item in listed:
        created_at = _created_at(item)
        if created_at is not None and created_at < since:
            continue
        is_same = _is_same(item, content)
        if created_at is None or is_same is None or not item.get("id"):
            is_whole = False
        elif is_same:
            same.append(SeenPost(str(item["id"]), created_at, item.get("share_url")))
    if len(same) > 1 and not words_of(content):
        return Listing((), is_whole=False)
    return Listing(tuple(same), is_whole)


def _is_same(item: Mapping[str, Any], content: Content) -> bool | None:
    """None: the item does not have enough fields to tell."""
    kind = str(item.get("media_type") or item.get("type") or "").upper()
    if kind in ("IMAGE", "VIDEO") and kind != media_type(content.media[0]):
        return False
    ours = words_of(content)
    if product_of(content) is Product.STORY:
        return True
    name = "title" if product_of(content) is Product.SAVED_STORY else "description"
    theirs = item.get(name)
    if theirs is None and ours:
        return None
    return comparable(str(theirs or "")) == comparable(ours)


def _created_at(item: Mapping[str, Any]) -> datetime | None:
    """When a listed post was created; None when its time cannot be read."""
    value = item.get("created_at")
    try:
        if isinstance(value, str) and not value.isdigit():
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = float(value or "")
        return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
