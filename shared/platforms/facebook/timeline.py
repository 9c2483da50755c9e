"""The posts and stories that a Page lists, and which of them says the same as ours.

developers.facebook.com/docs/pages-api/posts and docs/page-stories-api as of 2026-11-22.
"""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from shared.domain.content import Content

POST_FIELDS = (
    "id,message,created_time,permalink_url,attachments{media_type,subattachments{media_type}}"
)
STORY_FIELDS = "post_id,creation_time,media_type,media_id,url"

Read = Callable[[str, Mapping[str, str]], Mapping[str, Any]]


def listed(
    path: str, fields: str, token: Mapping[str, str], since: datetime, read: Read
) -> list[dict[str, Any]]:
    """The entries of a list since then, all pages."""
    query = {"fields": fields, "limit": "25", "since": str(int(since.timestamp())), **token}
    found: list[dict[str, Any]] = []
    while True:
        page = read(path, query)
        found += page.get("data") or []
        paging = page.get("paging") or {}
        if not page.get("data") or not paging.get("next"):
            return found
        query["after"] = paging["cursors"]["after"]


def says_the_same(seen: Mapping[str, Any], content: Content) -> bool:
    """Whether a listed post has the text of `content` and as many photos, and nothing else."""
    is_same_text = _comparable(seen.get("message", "")) == _comparable(content.text)
    return is_same_text and _photos(seen) == len(content.images)


def time_of(seen: Mapping[str, Any]) -> datetime:
    """As Facebook writes it: 2026-11-22T06:00:00+0000."""
    return datetime.fromisoformat(seen["created_time"]).astimezone(UTC)


def _comparable(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _photos(seen: Mapping[str, Any]) -> int:
    """How many photos a listed post shows; -1 for another kind of attachment, such as a video."""
    attachments = (seen.get("attachments") or {}).get("data") or []
    shown = [
        part
        for attached in attachments
        for part in (attached.get("subattachments") or {}).get("data") or [attached]
    ]
    kinds = {part.get("media_type") for part in shown}
    if kinds <= {"photo"}:
        return len(shown)
    # The preview of a link stands among the attachments, too.
    return 0 if kinds == {"link"} else -1
