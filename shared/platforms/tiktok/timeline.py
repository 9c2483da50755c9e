"""What TikTok is asked: the state of what we began, and the account's public posts.

Every question is a POST there, whatever it asks.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from shared.domain.reconciliation import SeenPost
from shared.platforms.base import Post
from shared.platforms.http import Http
from shared.platforms.tiktok.errors import data_of

API = "/v2/post/publish"

# Pages of 20 that a look-up reads of what was posted since.
MAX_PAGES = 10
LISTED_FIELDS = "id,create_time,share_url,title,video_description,duration"


def headers(post: Post) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {post.access_token}",
        "Content-Type": "application/json; charset=UTF-8",
    }


def state_of(post: Post, checkpoint: Mapping[str, Any], http: Http) -> dict[str, Any]:
    """What TikTok says of what was begun under our publish id."""
    body = {"publish_id": checkpoint["publishId"]}
    answer = http.prepare("POST", f"{API}/status/fetch/", json=body, headers=headers(post))
    return data_of(answer)


def share_url(post: Post, post_id: str, http: Http) -> str | None:
    answer = http.prepare(
        "POST",
        "/v2/video/query/",
        params={"fields": "id,share_url"},
        json={"filters": {"video_ids": [post_id]}},
        headers=headers(post),
    )
    links = [video.get("share_url") for video in data_of(answer).get("videos") or []]
    return links[0] if links else None


def photo_posts_like(post: Post, since: datetime, http: Http) -> tuple[SeenPost, ...]:
    ours = _comparable(post.content.text)
    if not ours:
        return ()
    return tuple(
        SeenPost(str(seen["id"]), _created(seen), seen.get("share_url"))
        for seen in _posts_since(post, since, http)
        # Only a film has a length.
        if not seen.get("duration")
        and ours in (_comparable(seen.get("video_description")), _comparable(seen.get("title")))
    )


def _posts_since(post: Post, since: datetime, http: Http) -> list[dict[str, Any]]:
    body: dict[str, Any] = {"max_count": 20}
    posts: list[dict[str, Any]] = []
    for _ in range(MAX_PAGES):
        answer = http.prepare(
            "POST",
            "/v2/video/list/",
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


def _comparable(text: str | None) -> str:
    return " ".join((text or "").split())


def _created(seen: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(seen["create_time"], UTC)
