"""What a channel shows its owner: one of its videos, and the list of its uploads.

Listing costs 1 unit a page. search.list would cost one of 100 calls a day, and lags.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.domain.errors import ErrorCategory, Rejected
from shared.platforms.http import Http
from shared.platforms.youtube import errors

API = "/youtube/v3"
_PAGE = "50"


def video(video_id: str, http: Http, headers: Mapping[str, str]) -> dict[str, Any] | None:
    """The video as its owner sees it; None where YouTube shows none. Raises a PlatformError."""
    query = {"part": "snippet,status", "id": video_id}
    items = _listing("videos", query, http, headers).get("items") or []
    return items[0] if items else None


def uploads_since(since: datetime, http: Http, headers: Mapping[str, str]) -> list[dict[str, Any]]:
    """Snippets of the channel's uploads, private ones too, newest first.

    Raises a PlatformError.
    """
    query = {"part": "snippet", "playlistId": _playlist(http, headers), "maxResults": _PAGE}
    snippets: list[dict[str, Any]] = []
    while True:
        page = _listing("playlistItems", query, http, headers)
        listed = [item["snippet"] for item in page.get("items") or []]
        recent = [seen for seen in listed if time_of(seen) >= since]
        snippets += recent
        if len(recent) < len(listed) or not page.get("nextPageToken"):
            return snippets
        query["pageToken"] = page["nextPageToken"]


def time_of(snippet: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(snippet["publishedAt"])


def _playlist(http: Http, headers: Mapping[str, str]) -> str:
    query = {"part": "contentDetails", "mine": "true"}
    channels = _listing("channels", query, http, headers).get("items") or []
    if not channels:
        raise Rejected(errors.NO_CHANNEL, category=ErrorCategory.PERMISSION)
    playlist: str = channels[0]["contentDetails"]["relatedPlaylists"]["uploads"]
    return playlist


def _listing(
    kind: str, query: Mapping[str, str], http: Http, headers: Mapping[str, str]
) -> dict[str, Any]:
    answer = http.read(f"{API}/{kind}", params=query, headers=headers)
    if not answer.ok:
        raise errors.refusal(answer)
    return answer.fields()
