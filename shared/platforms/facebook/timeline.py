"""Recognizing a post or a story in the lists of a Page.

developers.facebook.com/docs/pages-api/posts and docs/page-stories-api as of 2026-11-22.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from shared.domain.content import Content, comparable

POST_FIELDS = (
    "id,message,created_time,permalink_url,attachments{media_type,subattachments{media_type}}"
)
STORY_FIELDS = "post_id,creation_time,media_type,media_id,url"


def is_same(listed: Mapping[str, Any], content: Content) -> bool:
    """Whether a listed post has the text of `content`, as many photos, and nothing else."""
    is_same_text = comparable(listed.get("message", "")) == comparable(content.text)
    return is_same_text and _photos(listed) == len(content.images)


def time_of(listed: Mapping[str, Any]) -> datetime:
    """When a listed post was published; Facebook writes 2026-11-22T06:00:00+0000."""
    return datetime.fromisoformat(listed["created_time"]).astimezone(UTC)


def _photos(listed: Mapping[str, Any]) -> int:
    """How many photos a listed post shows; -1 with another attachment, such as a video."""
    attachments = (listed.get("attachments") or {}).get("data") or []
    parts = [
        part
        for attachment in attachments
        for part in (attachment.get("subattachments") or {}).get("data") or [attachment]
    ]
    types = {part.get("media_type") for part in parts}
    if types <= {"photo"}:
        return len(parts)
    # The preview of a link is an attachment, too.
    return 0 if types == {"link"} else -1
