"""Finding a post in an organization's list of posts: the FINDER of …/shares/posts-api."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from shared.domain.content import comparable
from shared.domain.reconciliation import SeenPost, Sighting
from shared.platforms.base import Post
from shared.platforms.base import Turn as AnyTurn
from shared.platforms.http import Http
from shared.platforms.linkedin.checkpoint import Checkpoint
from shared.platforms.linkedin.errors import accepted
from shared.platforms.linkedin.restli import encoded, headers
from shared.platforms.linkedin.text import unescaped

PAGE = 10

Turn = AnyTurn[Checkpoint]


def permalink_of(urn: str) -> str:
    return f"https://www.linkedin.com/feed/update/{urn}/"


def made_at(urn: str) -> datetime:
    """When a post was made, by its id: milliseconds above 22 bits, as other clients read it."""
    return datetime.fromtimestamp((int(urn.rpartition(":")[2]) >> 22) / 1000, UTC)


def sighting(turn: Turn, posts: list[dict[str, Any]]) -> Sighting:
    """What the organization's posts say about the post of `turn`."""
    content = turn.content
    ours = (comparable(content.text), [asset.kind.value for asset in content.media])
    same = [listed for listed in posts if (_text(listed), list(_kinds(listed))) == ours]
    states = [listed.get("lifecycleState", "PUBLISHED") for listed in same]
    return Sighting(
        same=tuple(
            SeenPost(listed["id"], _time(listed["createdAt"]), permalink_of(listed["id"]))
            for listed, state in zip(same, states, strict=True)
            if state == "PUBLISHED"
        ),
        # A post that LinkedIn is still publishing is neither live nor absent.
        list_was_read="PUBLISH_REQUESTED" not in states,
        checkpoint=turn.checkpoint,
    )


def posts_since(post: Post, since: datetime, http: Http) -> list[dict[str, Any]] | None:
    """The organization's posts, last modified first; None when the token cannot read them."""
    author = encoded(post.account.external_id)
    path = f"/rest/posts?q=author&author={author}&count={PAGE}&sortBy=LAST_MODIFIED"
    posts: list[dict[str, Any]] = []
    while True:
        answer = http.read(
            f"{path}&start={len(posts)}",
            headers=headers(post, **{"X-RestLi-Method": "FINDER"}),
        )
        if answer.status == 403:
            return None
        page = accepted(answer)["elements"]
        posts += page
        if not page or _time(page[-1]["lastModifiedAt"]) < since:
            return posts


def _text(listed: Mapping[str, Any]) -> str:
    return comparable(unescaped(listed.get("commentary", "")))


def _kinds(listed: Mapping[str, Any]) -> Iterator[str]:
    """The kinds of a listed post's media, from their URNs: `urn:li:image:…`."""
    content = listed.get("content") or {}
    media = (content.get("multiImage") or {}).get("images") or [content.get("media") or {}]
    for medium in media:
        if "id" in medium:
            yield medium["id"].split(":")[2]


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
