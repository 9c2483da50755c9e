"""Recognizing a post in an account's timeline, where X shows it rewritten.

Links come back as `https://t.co/…`, `&`, `<` and `>` escaped, and attached media as a link at
the end.
"""

import html
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from shared.domain.content import Content, comparable
from shared.platforms.x.limits import listed_type

# X adds a scheme to a link that was written without one.
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_LINK_AT_END = re.compile(r"\s*https://t\.co/\w+\s*$")


def query_since(since: datetime) -> dict[str, str]:
    """Each post read is billed, so pages are small."""
    return {
        "max_results": "10",
        "start_time": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "exclude": "retweets",
        "tweet.fields": "created_at,entities,attachments,text",
        "expansions": "attachments.media_keys",
        "media.fields": "type",
    }


def posts_of(page: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The posts of a page, each with `media`: the types of its media, None for unknown."""
    included = (page.get("includes") or {}).get("media") or []
    types = {medium.get("media_key"): medium.get("type") for medium in included}
    for post in page.get("data") or []:
        yield {**post, "media": [types.get(key) for key in _media_keys(post)]}


def is_same(listed: Mapping[str, Any], content: Content) -> bool:
    """Whether a listed post has the text and, as far as can be seen, the media of `content`."""
    kinds, ours = listed["media"], [listed_type(asset) for asset in content.media]
    if len(kinds) != len(ours) or (None not in kinds and sorted(kinds) != sorted(ours)):
        return False
    return _without_schemes(as_written(listed)) == _without_schemes(content.text)


def _without_schemes(text: str) -> str:
    return comparable(_SCHEME.sub("", text))


def as_written(listed: Mapping[str, Any]) -> str:
    """A listed post's text as its author wrote it: entities unescaped, then links put back.

    In this order, because an address is not escaped: `&copy=1` in one is no entity.
    """
    text = html.unescape(listed.get("text", ""))
    for link in (listed.get("entities") or {}).get("urls") or []:
        # A link to attached media stands at the end and was never written.
        written = "" if link.get("media_key") else link.get("expanded_url", link["url"])
        text = text.replace(link["url"], written)
    # All written links are replaced by now: what is left at the end is the link to the media.
    return _LINK_AT_END.sub("", text) if listed["media"] else text


def _media_keys(post: Mapping[str, Any]) -> list[str]:
    attached = (post.get("attachments") or {}).get("media_keys")
    if attached:
        return list(attached)
    links = (post.get("entities") or {}).get("urls") or []
    return list(dict.fromkeys(link["media_key"] for link in links if link.get("media_key")))
