"""Finding a post in an organization's list of posts: the FINDER of …/shares/posts-api."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from shared.domain.content import comparable
from shared.domain.reconciliation import SeenPost, Sighting
from shared.platforms.base import Post
from shared.platforms.base import Turn as AnyTurn
from shared.platforms.http import Http
from shared.platforms.linkedin.checkpoint import Checkpoint
from shared.platforms.linkedin.errors import shown
from shared.platforms.linkedin.restli import encoded, headers
from shared.platforms.linkedin.text import unescaped
from shared.platforms.post_ids import PostIds
from shared.platforms.wire import (
    Listed,
    Page,
    entries_of,
    mapping,
    mappings,
    number,
    read_pages,
    time_of,
    words,
)

PAGE = 10
MAX_PAGES = 20
IDS = PostIds(
    r"urn:li:(?:share|ugcPost):\d{1,19}",
    # The id of an activity, which most links have, is not the id of the post.
    links=[r"linkedin\.com/feed/update/(urn:li:(?:share|ugcPost):\d+)"],
)

Turn = AnyTurn[Checkpoint]


def permalink_of(urn: object) -> str:
    return f"https://www.linkedin.com/feed/update/{urn}/"


def made_at(urn: str) -> datetime | None:
    """When a post was made, by its id: milliseconds above 22 bits, as other clients read it."""
    post_id = number(urn.rpartition(":")[2])
    return time_of(post_id >> 22) if post_id is not None else None


def sighting(turn: Turn, posts: Listed) -> Sighting:
    """What the organization's posts say about the post of `turn`."""
    content = turn.content
    ours = (comparable(content.text), [asset.kind.value for asset in content.media])
    same = [listed for listed in posts.entries if (_text(listed), list(_kinds(listed))) == ours]
    states = [listed.get("lifecycleState", "PUBLISHED") for listed in same]
    return Sighting(
        same=tuple(
            SeenPost(words(listed.get("id")), created_at, permalink_of(listed.get("id")))
            for listed, state in zip(same, states, strict=True)
            if state == "PUBLISHED" and (created_at := time_of(listed.get("createdAt")))
        ),
        # A post that LinkedIn is still publishing is neither live nor absent.
        list_was_read=posts.is_whole and "PUBLISH_REQUESTED" not in states,
        checkpoint=turn.checkpoint,
    )


def posts_since(post: Post, since: datetime, http: Http) -> Listed | None:
    """The organization's posts, last modified first; None when the token cannot read them."""
    author = encoded(post.account.external_id)
    path = f"/rest/posts?q=author&author={author}&count={PAGE}&sortBy=LAST_MODIFIED"

    def page(cursor: str | None) -> Page:
        reading = http.read(
            f"{path}&start={cursor or 0}", headers=headers(post, **{"X-RestLi-Method": "FINDER"})
        )
        if reading.status == 403:
            raise _Unreadable
        entries = entries_of(shown(reading).get("elements"))
        start = int(cursor or 0) + len(entries)
        return Page(entries, str(start) if entries else None)

    try:
        return read_pages(page, since, lambda post: time_of(post.get("lastModifiedAt")), MAX_PAGES)
    except _Unreadable:
        return None


class _Unreadable(Exception):
    """The token cannot read the author's posts."""


def _text(listed: Mapping[str, Any]) -> str:
    return comparable(unescaped(words(listed.get("commentary"))))


def _kinds(listed: Mapping[str, Any]) -> Iterator[str]:
    """The kinds of a listed post's media, from their URNs: `urn:li:image:…`."""
    content = mapping(listed.get("content"))
    images = mappings(mapping(content.get("multiImage")).get("images"))
    for medium in images or [mapping(content.get("media"))]:
        if "id" in medium:
            _, _, kind = words(medium["id"]).partition("urn:li:")
            yield kind.partition(":")[0]
