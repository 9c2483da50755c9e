"""What a channel lists for its owner: one of its videos, and its uploads.

Listing costs 1 unit a page. search.list is limited to 100 calls a day, and lags.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.domain.content import Content, comparable
from shared.domain.errors import ErrorCategory, Rejected
from shared.domain.reconciliation import SeenPost
from shared.platforms.base import Post
from shared.platforms.http import Http
from shared.platforms.youtube import ABOUT, errors
from shared.platforms.youtube.text import title_of

API = f"/youtube/{ABOUT.api_version}"
_PAGE = "50"


def permalink_of(video_id: str) -> str:
    return f"https://www.youtube.com/watch?v={video_id}"


def video(video_id: str, post: Post, http: Http) -> dict[str, Any] | None:
    """The video as its owner sees it; None if YouTube lists none. Raises a PlatformError."""
    query = {"part": "snippet,status", "id": video_id}
    items = _listing("videos", query, post, http).get("items") or []
    return items[0] if items else None


def same_uploads(post: Post, since: datetime, http: Http) -> tuple[SeenPost, ...]:
    """The channel's uploads since `since` with the title of `post`. Raises a PlatformError."""
    title = _title(post.content)
    return tuple(
        SeenPost(video_id, time_of(snippet), permalink_of(video_id))
        for snippet in _uploads_since(since, post, http)
        if comparable(snippet["title"]) == title
        for video_id in [snippet["resourceId"]["videoId"]]
    )


def _title(content: Content) -> str:
    return comparable(title_of(content) or "")


def _uploads_since(since: datetime, post: Post, http: Http) -> list[dict[str, Any]]:
    """Snippets of the channel's uploads, private ones included, newest first."""
    query = {"part": "snippet", "playlistId": _playlist(post, http), "maxResults": _PAGE}
    snippets: list[dict[str, Any]] = []
    while True:
        page = _listing("playlistItems", query, post, http)
        listed = [item["snippet"] for item in page.get("items") or []]
        recent = [snippet for snippet in listed if time_of(snippet) >= since]
        snippets += recent
        if len(recent) < len(listed) or not page.get("nextPageToken"):
            return snippets
        query["pageToken"] = page["nextPageToken"]


def time_of(snippet: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(snippet["publishedAt"])


def _playlist(post: Post, http: Http) -> str:
    query = {"part": "contentDetails", "mine": "true"}
    channels = _listing("channels", query, post, http).get("items") or []
    if not channels:
        raise Rejected(errors.NO_CHANNEL, category=ErrorCategory.PERMISSION)
    playlist: str = channels[0]["contentDetails"]["relatedPlaylists"]["uploads"]
    return playlist


def _listing(kind: str, query: Mapping[str, str], post: Post, http: Http) -> dict[str, Any]:
    answer = http.read(f"{API}/{kind}", params=query, headers=post.bearer)
    if not answer.ok:
        raise errors.error_of(answer)
    return answer.fields()
