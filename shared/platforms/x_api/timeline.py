"""Recognizing a post in an account's timeline, which shows it rewritten.

Links come back as `https://t.co/…`, `&`, `<` and `>` escaped, and media as a link at the end.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from shared.domain.content import Content
from shared.platforms.x_api.media import shown_as

# X gives a link that was written without a scheme one of its own.
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
    """The posts of a page, each with the `media` that it shows: their types, None for unknown."""
    included = (page.get("includes") or {}).get("media") or []
    types = {medium.get("media_key"): medium.get("type") for medium in included}
    for post in page.get("data") or []:
        yield {**post, "media": [types.get(key) for key in _media_keys(post)]}


def says_the_same(seen: Mapping[str, Any], content: Content) -> bool:
    """Whether a listed post has the text and, as far as can be seen, the media of `content`."""
    kinds, ours = seen["media"], [shown_as(asset) for asset in content.media]
    if len(kinds) != len(ours) or (None not in kinds and sorted(kinds) != sorted(ours)):
        return False
    return comparable(as_written(seen)) == comparable(content.text)


def comparable(text: str) -> str:
    """`text` as it can be compared with what X made of it."""
    return " ".join(_SCHEME.sub("", unicodedata.normalize("NFC", text)).split())


def as_written(seen: Mapping[str, Any]) -> str:
    """A listed post's text as its author wrote it: entities unescaped, then links put back.

    In this order: an address is not escaped, and `&copy=1` in one is no entity.
    """
    text = html.unescape(seen.get("text", ""))
    for link in (seen.get("entities") or {}).get("urls") or []:
        # A link to attached media stands at the end and was never written.
        written = "" if link.get("media_key") else link.get("expanded_url", link["url"])
        text = text.replace(link["url"], written)
    # Without an entity it is left over, for the links that were written have all gone.
    return _LINK_AT_END.sub("", text) if seen["media"] else text


def _media_keys(post: Mapping[str, Any]) -> list[str]:
    attached = (post.get("attachments") or {}).get("media_keys")
    if attached:
        return list(attached)
    links = (post.get("entities") or {}).get("urls") or []
    return list(dict.fromkeys(link["media_key"] for link in links if link.get("media_key")))
