"""What a channel lists for its owner: one of its videos, and its uploads.

Listing costs 1 unit a page. search.list is limited to 100 calls a day, and lags.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.domain.content import Content, comparable
from shared.domain.errors import ErrorCategory, PlatformUnavailable, ReadRefused
from shared.domain.reconciliation import SeenPost
from shared.platforms.base import Post
from shared.platforms.http import Http
from shared.platforms.post_ids import PostIds
from shared.platforms.wire import (
    Listed,
    Page,
    entries_of,
    mapping,
    mappings,
    read_pages,
    time_of,
    words,
)
from shared.platforms.youtube import ABOUT, errors
from shared.platforms.youtube.text import title_of

API = f"/youtube/{ABOUT.api_version}"
_PAGE = "50"
MAX_PAGES = 10
IDS = PostIds(
    r"[\w-]{11}",
    links=[
        r"youtube\.com/watch\?(?:[^#]*&)?v=([\w-]{11})",
        r"youtube\.com/(?:shorts|live|embed)/([\w-]{11})",
        r"youtu\.be/([\w-]{11})",
    ],
)


def permalink_of(video_id: str) -> str:
    return f"https://www.youtube.com/watch?v={video_id}"


def video(video_id: str, post: Post, http: Http) -> dict[str, Any] | None:
    """The video as its owner sees it; None if YouTube lists none. Raises a PlatformError."""
    query = {"part": "snippet,status", "id": video_id}
    items = mappings(_listing("videos", query, post, http).get("items"))
    return items[0] if items else None


def same_uploads(post: Post, since: datetime, http: Http) -> tuple[tuple[SeenPost, ...], bool]:
    """The channel's uploads since `since` with the title of `post`; whether all were read.

    Raises a PlatformError.
    """
    title = _title(post.content)
    listed = _uploads_since(since, post, http)
    same = tuple(
        SeenPost(video_id, made_at, permalink_of(video_id))
        for snippet in listed.entries
        if comparable(words(snippet.get("title"))) == title and (made_at := time_of_video(snippet))
        for video_id in [words(mapping(snippet.get("resourceId")).get("videoId"))]
    )
    return same, listed.is_whole


def _title(content: Content) -> str:
    return comparable(title_of(content) or "")


def _uploads_since(since: datetime, post: Post, http: Http) -> Listed:
    """Snippets of the channel's uploads, private ones included, newest first."""
    query = {"part": "snippet", "playlistId": _playlist(post, http), "maxResults": _PAGE}

    def page(cursor: str | None) -> Page:
        following = {"pageToken": cursor} if cursor else {}
        fields = _listing("playlistItems", query | following, post, http)
        snippets = [mapping(item.get("snippet")) for item in entries_of(fields.get("items"))]
        return Page(snippets, words(fields.get("nextPageToken")) or None)

    return read_pages(page, since, time_of_video, MAX_PAGES)


def time_of_video(snippet: Mapping[str, Any]) -> datetime | None:
    return time_of(snippet.get("publishedAt"))


def _playlist(post: Post, http: Http) -> str:
    query = {"part": "contentDetails", "mine": "true"}
    channels = mappings(_listing("channels", query, post, http).get("items"))
    if not channels:
        raise ReadRefused(errors.NO_CHANNEL, category=ErrorCategory.PERMISSION)
    details = mapping(mapping(channels[0].get("contentDetails")).get("relatedPlaylists"))
    playlist = words(details.get("uploads"))
    if not playlist:
        raise PlatformUnavailable("YouTube did not name the list of the channel's uploads.")
    return playlist


def _listing(kind: str, query: Mapping[str, str], post: Post, http: Http) -> dict[str, Any]:
    reading = http.read(f"{API}/{kind}", params=query, headers=post.bearer)
    if not reading.ok:
        raise reading.refusal(ABOUT.display_name, errors.error_of)
    return reading.fields()
