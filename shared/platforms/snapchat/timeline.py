"""Reading a Public Profile's posts, and recognizing one of ours among them.

A list does not show the media, and of a story only its time and kind. So when posts without text
match and there is more than one, nobody can tell which one is ours, and none counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from shared.domain.content import Content, comparable
from shared.domain.reconciliation import SeenPost
from shared.platforms.base import Post
from shared.platforms.http import Http
from shared.platforms.post_ids import PostIds
from shared.platforms.snapchat.errors import shown
from shared.platforms.snapchat.products import (
    Product,
    items,
    list_path,
    media_type,
    product_of,
    profile_path,
    words_of,
)
from shared.platforms.wire import Listed, Page, link_of, mapping, read_pages, time_of, words

PAGE, MAX_PAGES = "50", 20
# Snap documents no form: UUIDs and Base64 are known. A story without an id has its media's.
IDS = PostIds(
    r"[A-Za-z0-9_~=-][A-Za-z0-9._~=-]*",
    links=[r"snapchat\.com/(?:@[\w.-]+/)?spotlight/([\w~=-]+)"],
)


@dataclass(frozen=True)
class Listing:
    """The posts in a list that could be ours."""

    same: tuple[SeenPost, ...]
    is_whole: bool
    """The list was read back to the start of the window, and all of it could be compared."""


def posts_since(post: Post, since: datetime, http: Http) -> Listing:
    """The account's posts of this kind since `since` that could be `post`."""
    product, path = product_of(post.content), list_path(post.account, post.content)

    def page(cursor: str | None) -> Page:
        query = {"limit": PAGE} | ({"cursor": cursor} if cursor else {})
        fields = shown(http.read(path, params=query, headers=post.bearer))
        paging = mapping(fields.get("page")) or mapping(fields.get("paging"))
        return Page(items(fields, product), words(paging.get("next_page_id")) or None)

    listed = read_pages(page, since, created_at, MAX_PAGES)
    return _listing(listed, post.content)


def spotlight(post: Post, post_id: str, http: Http) -> dict[str, Any]:
    """A spotlight's fields; empty when the answer has none."""
    path = f"{profile_path(post.account)}/spotlights/{quote(post_id, safe='')}"
    answer = http.read(path, headers=post.bearer)
    return next(iter(items(shown(answer), Product.SPOTLIGHT)), {})


def moderation_of(fields: Mapping[str, Any]) -> str:
    """SUBMITTED, LIVE or REJECTED of a spotlight; "" when unknown.

    Snap documents the values but not the name of the field.
    """
    names = ("status", "state", "spotlight_status", "moderation_status")
    return next((str(fields[name]).upper() for name in names if fields.get(name)), "")


def spotlight_link(post_id: str, fields: Mapping[str, Any]) -> str:
    """The link that Snapchat returned, or else the undocumented form that clients construct."""
    return link_of(fields.get("share_url")) or f"https://www.snapchat.com/spotlight/{post_id}"


def permalink_of(post: Post, post_id: str, http: Http) -> str | None:
    product = product_of(post.content)
    if product is Product.SPOTLIGHT:
        fields = spotlight(post, post_id, http)
        return spotlight_link(post_id, fields) if fields else None
    path = list_path(post.account, post.content)
    answer = http.read(path, params={"limit": PAGE}, headers=post.bearer)
    listed = items(shown(answer), product)
    links = [item.get("share_url") for item in listed if words(item.get("id")) == post_id]
    return link_of(links[0]) if links else None


def _listing(listed: Listed, content: Content) -> Listing:
    same: list[SeenPost] = []
    is_whole = listed.is_whole
    for item in listed.entries:
        at, is_same, post_id = created_at(item), _is_same(item, content), words(item.get("id"))
        if at is None or is_same is None or not post_id:
            is_whole = False
        elif is_same:
            same.append(SeenPost(post_id, at, item.get("share_url")))
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
    return comparable(words(theirs)) == comparable(ours)


def created_at(item: Mapping[str, Any]) -> datetime | None:
    """When a listed post was created; None when its time cannot be read."""
    return time_of(item.get("created_at"))
