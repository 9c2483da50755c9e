"""Recognizing a post or a story in the lists of a Page.

developers.facebook.com/docs/pages-api/posts and docs/page-stories-api as of 2026-11-22.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.domain.content import Content, comparable
from shared.platforms.post_ids import PostIds
from shared.platforms.wire import mapping, mappings, time_of, words

_HOST = r"(?:web\.)?facebook\.com"
IDS = PostIds(
    r"\d{1,30}(?:_\d{1,30})?",
    links=[
        # Only with the Page's number: the name of a Page and `pfbid…` are not ids of the API.
        rf"{_HOST}/(\d+)/(?:posts|videos)/(?:[^/?#]+/)?(\d+)",
        rf"{_HOST}/(?:reel|watch|\w[\w.]*/videos)/(?:\?v=)?(\d+)",
    ],
)

POST_FIELDS = (
    "id,message,created_time,permalink_url,attachments{media_type,subattachments{media_type}}"
)
STORY_FIELDS = "post_id,creation_time,media_type,media_id,url"


def is_same(listed: Mapping[str, Any], content: Content) -> bool:
    """Whether a listed post has the text of `content`, as many photos, and nothing else."""
    is_same_text = comparable(words(listed.get("message"))) == comparable(content.text)
    return is_same_text and _photos(listed) == len(content.images)


def made_at(listed: Mapping[str, Any]) -> datetime | None:
    """When a listed post or story was published.

    Facebook writes 2026-11-22T06:00:00+0000 for posts and seconds for stories.
    """
    return time_of(listed.get("created_time") or listed.get("creation_time"))


def _photos(listed: Mapping[str, Any]) -> int:
    """How many photos a listed post shows; -1 with another attachment, such as a video."""
    attachments = mappings(mapping(listed.get("attachments")).get("data"))
    parts = [
        part
        for attachment in attachments
        for part in mappings(mapping(attachment.get("subattachments")).get("data")) or [attachment]
    ]
    types = {words(part.get("media_type")) for part in parts}
    if types <= {"photo"}:
        return len(parts)
    # The preview of a link is an attachment, too.
    return 0 if types == {"link"} else -1
