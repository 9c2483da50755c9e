"""Recognizing a post in an account's timeline, where X shows it rewritten.

Links come back as `https://t.co/…`, `&`, `<` and `>` escaped, and attached media as a link at
the end.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from shared.domain.accounts import Account
from shared.domain.content import Content, comparable
from shared.platforms.base import Post
from shared.platforms.http import Http, Reading
from shared.platforms.metrics import Reader
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
from shared.platforms.x import ABOUT
from shared.platforms.x.limits import listed_type

API = f"/{ABOUT.api_version}"

IDS = PostIds(
    r"\d{1,19}",
    links=[r"(?:x|twitter)\.com/(?:i/web|i|\w{1,20})/status(?:es)?/(\d+)"],
)

# Of 10 posts each. A window of hours with more posts than that is not read to its start.
MAX_PAGES = 10
FIELDS = "created_at,entities,attachments,text"
# X's specification of 2026-11 has only `post.fields`; the older name most likely still works.
# The one that works comes first, in this process.
_field_names = ["tweet.fields", "post.fields"]

# X adds a scheme to a link that was written without one.
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_LINK_AT_END = re.compile(r"\s*https://t\.co/\w+\s*$")


def posts_since(
    reader: Post | Reader,
    since: datetime,
    http: Http,
    shown: Callable[[Reading], dict[str, Any]],
    names: str = FIELDS,
) -> Listed:
    """The account's own posts since `since`, each with `media` as in `posts_of`."""
    path = user_path(reader.account, "tweets")
    query = _query_since(since)

    def page(cursor: str | None) -> Page:
        following = {"pagination_token": cursor} if cursor else {}
        reading = read_posts(path, query | following, names, reader.bearer, http)
        fields = shown(reading)
        token = words(mapping(fields.get("meta")).get("next_token"))
        return Page(list(posts_of(fields)), token or None)

    return read_pages(page, since, created_at, MAX_PAGES)


def user_path(account: Account, edge: str) -> str:
    return f"{API}/users/{quote(account.external_id, safe='')}/{edge}"


def read_posts(
    path: str, query: Mapping[str, str], fields: str, bearer: dict[str, str], http: Http
) -> Reading:
    """Read posts with these fields. X is renaming `tweet.fields`: the name that works is
    remembered."""
    name, other = _field_names
    reading = http.read(path, params={**query, name: fields}, headers=bearer)
    if reading.status == 400 and name in reading.text:
        reading = http.read(path, params={**query, other: fields}, headers=bearer)
        if reading.ok:
            _field_names[:] = [other, name]
    return reading


def _query_since(since: datetime) -> dict[str, str]:
    """Each post read is billed, so pages are small."""
    return {
        "max_results": "10",
        "start_time": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "exclude": "retweets",
        "expansions": "attachments.media_keys",
        "media.fields": "type",
    }


def created_at(listed: Mapping[str, Any]) -> datetime | None:
    return time_of(listed.get("created_at"))


def posts_of(page: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The posts of a page, each with `media`: the types of its media, None for unknown."""
    included = mappings(mapping(page.get("includes")).get("media"))
    types = {words(medium.get("media_key")): medium.get("type") for medium in included}
    for post in entries_of(page.get("data")):
        yield {**post, "media": [types.get(key) for key in media_keys(post)]}


def is_same(listed: Mapping[str, Any], content: Content) -> bool:
    """Whether a listed post has the text and, as far as can be seen, the media of `content`."""
    kinds, ours = listed["media"], [listed_type(asset) for asset in content.media]
    if len(kinds) != len(ours) or (None not in kinds and sorted(map(str, kinds)) != sorted(ours)):
        return False
    return is_same_text(as_written(listed), content.text)


def is_same_text(listed: str, text: str) -> bool:
    """Whether a listed text is `text`, apart from the schemes that X adds to links."""
    return comparable(_SCHEME.sub("", listed)) == comparable(_SCHEME.sub("", text))


def as_written(listed: Mapping[str, Any]) -> str:
    """A listed post's text as its author wrote it: entities unescaped, then links put back.

    In this order, because an address is not escaped: `&copy=1` in one is no entity.
    """
    text = html.unescape(words(listed.get("text")))
    for link in mappings(mapping(listed.get("entities")).get("urls")):
        url = words(link.get("url"))
        # A link to attached media stands at the end and was never written.
        written = "" if link.get("media_key") else words(link.get("expanded_url")) or url
        text = text.replace(url, written) if url else text
    # All written links are replaced by now: what is left at the end is the link to the media.
    return _LINK_AT_END.sub("", text) if listed["media"] else text


def media_keys(post: Mapping[str, Any]) -> list[str]:
    attached = mapping(post.get("attachments")).get("media_keys")
    if attached and isinstance(attached, list):
        return [words(key) for key in attached]
    links = mappings(mapping(post.get("entities")).get("urls"))
    return list(dict.fromkeys(words(link["media_key"]) for link in links if link.get("media_key")))
