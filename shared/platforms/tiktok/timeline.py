"""What TikTok reports about a post: its publication, and the account's public posts.

Every request is a POST on TikTok, reads included.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from shared.domain.content import comparable
from shared.domain.reconciliation import SeenPost
from shared.platforms.base import Post, Turn
from shared.platforms.http import Http
from shared.platforms.tiktok import ABOUT
from shared.platforms.tiktok.checkpoint import Checkpoint
from shared.platforms.tiktok.errors import data_of

API = f"/{ABOUT.api_version}/post/publish"
VIDEOS = f"/{ABOUT.api_version}/video"

# Pages of 20 posts that a look-up reads.
MAX_PAGES = 10
LISTED_FIELDS = "id,create_time,share_url,title,video_description,duration"


def headers(post: Post) -> dict[str, str]:
    return {**post.bearer, "Content-Type": "application/json; charset=UTF-8"}


def state_of(turn: Turn[Checkpoint]) -> dict[str, Any]:
    """The state of the publication with our publish id."""
    body = {"publish_id": turn.checkpoint.publish_id}
    answer = turn.http.prepare(
        "POST", f"{API}/status/fetch/", json=body, headers=headers(turn.post)
    )
    return data_of(answer)


def share_url(post: Post, post_id: str, http: Http) -> str | None:
    answer = http.prepare(
        "POST",
        f"{VIDEOS}/query/",
        params={"fields": "id,share_url"},
        json={"filters": {"video_ids": [post_id]}},
        headers=headers(post),
    )
    links = [video.get("share_url") for video in data_of(answer).get("videos") or []]
    return links[0] if links else None


def same_photo_posts(post: Post, since: datetime, http: Http) -> tuple[SeenPost, ...]:
    """The account's public photo posts since `since` with the text of `post`."""
    text = comparable(post.content.text)
    if not text:
        return ()
    return tuple(
        SeenPost(str(listed["id"]), _created(listed), listed.get("share_url"))
        for listed in _posts_since(post, since, http)
        # Only a video has a duration.
        if not listed.get("duration")
        and text in (_text(listed, "video_description"), _text(listed, "title"))
    )


def _posts_since(post: Post, since: datetime, http: Http) -> list[dict[str, Any]]:
    body: dict[str, Any] = {"max_count": 20}
    posts: list[dict[str, Any]] = []
    for _ in range(MAX_PAGES):
        answer = http.prepare(
            "POST",
            f"{VIDEOS}/list/",
            params={"fields": LISTED_FIELDS},
            json=body,
            headers=headers(post),
        )
        page = data_of(answer)
        posts += page.get("videos") or []
        if not posts or not page.get("has_more") or _created(posts[-1]) < since:
            break
        body["cursor"] = page["cursor"]
    return posts


def _text(listed: Mapping[str, Any], field: str) -> str:
    return comparable(listed.get(field) or "")


def _created(listed: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(listed["create_time"], UTC)
