"""What TikTok reports about a post: its publication, and the account's public posts.

Every request is a POST on TikTok, reads included.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.domain.content import comparable
from shared.domain.reconciliation import SeenPost
from shared.platforms.base import Post, Turn
from shared.platforms.http import Http
from shared.platforms.post_ids import PostIds
from shared.platforms.tiktok import ABOUT
from shared.platforms.tiktok.checkpoint import Checkpoint
from shared.platforms.tiktok.errors import shown
from shared.platforms.wire import (
    Listed,
    Page,
    entries_of,
    link_of,
    mappings,
    number,
    read_pages,
    time_of,
    words,
)

API = f"/{ABOUT.api_version}/post/publish"
VIDEOS = f"/{ABOUT.api_version}/video"

# Of a public post, or the publish id of one that is not, or not yet.
IDS = PostIds(
    r"\d{1,30}|[a-z]_[a-z]+_[a-z]+~v\d[\w.~-]*",
    links=[r"tiktok\.com/@[\w.-]+/(?:video|photo)/(\d+)"],
)

# Pages of 20 posts that a look-up reads.
MAX_PAGES = 10
LISTED_FIELDS = "id,create_time,share_url,title,video_description,duration"


def headers(post: Post) -> dict[str, str]:
    return json_headers(post.bearer)


def json_headers(bearer: dict[str, str]) -> dict[str, str]:
    return {**bearer, "Content-Type": "application/json; charset=UTF-8"}


def state_of(turn: Turn[Checkpoint]) -> dict[str, Any]:
    """The state of the publication with our publish id."""
    body = {"publish_id": turn.checkpoint.publish_id}
    path = f"{API}/status/fetch/"
    return shown(turn.http.read(path, "POST", json=body, headers=headers(turn.post)))


def share_url(post: Post, post_id: str, http: Http) -> str | None:
    reading = http.read(
        f"{VIDEOS}/query/",
        "POST",
        params={"fields": "id,share_url"},
        json={"filters": {"video_ids": [post_id]}},
        headers=headers(post),
    )
    links = [video.get("share_url") for video in mappings(shown(reading).get("videos"))]
    return link_of(links[0]) if links else None


def same_photo_posts(post: Post, since: datetime, http: Http) -> tuple[SeenPost, ...]:
    """The account's public photo posts since `since` with the text of `post`."""
    text = comparable(post.content.text)
    if not text:
        return ()
    return tuple(
        SeenPost(words(listed.get("id")), made_at, listed.get("share_url"))
        for listed in _posts_since(post, since, http).entries
        # Only a video has a duration.
        if not listed.get("duration")
        and text in (_text(listed, "video_description"), _text(listed, "title"))
        and (made_at := _created(listed))
    )


def _posts_since(post: Post, since: datetime, http: Http) -> Listed:
    def page(cursor: str | None) -> Page:
        reading = http.read(
            f"{VIDEOS}/list/",
            "POST",
            params={"fields": LISTED_FIELDS},
            json={"max_count": 20} | ({"cursor": int(cursor)} if cursor else {}),
            headers=headers(post),
        )
        fields = shown(reading)
        following = number(fields.get("cursor")) if fields.get("has_more") else None
        return Page(entries_of(fields.get("videos")), None if following is None else str(following))

    return read_pages(page, since, _created, MAX_PAGES)


def _text(listed: Mapping[str, Any], field: str) -> str:
    return comparable(words(listed.get(field)))


def _created(listed: Mapping[str, Any]) -> datetime | None:
    return time_of(listed.get("create_time"))
