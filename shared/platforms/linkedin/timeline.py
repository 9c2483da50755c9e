"""What an organization's list of posts shows: the FINDER of …/shares/posts-api."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from shared.domain.reconciliation import SeenPost, Sighting
from shared.platforms.base import Post
from shared.platforms.http import Http
from shared.platforms.linkedin.errors import accepted
from shared.platforms.linkedin.text import unescaped
from shared.platforms.linkedin.uploads import encoded, headers

PAGE = 10


def permalink_of(urn: str) -> str:
    return f"https://www.linkedin.com/feed/update/{urn}/"


def sighting(post: Post, checkpoint: Mapping[str, Any], posts: list[dict[str, Any]]) -> Sighting:
    ours = (_comparable(post.content.text), [asset.kind.value for asset in post.content.media])
    same = [seen for seen in posts if (_comparable(_text(seen)), list(_kinds(seen))) == ours]
    states = [seen.get("lifecycleState", "PUBLISHED") for seen in same]
    return Sighting(
        same=tuple(
            SeenPost(seen["id"], _time(seen["createdAt"]), permalink_of(seen["id"]))
            for seen, state in zip(same, states, strict=True)
            if state == "PUBLISHED"
        ),
        # One that LinkedIn still works on is neither there nor absent.
        list_was_read="PUBLISH_REQUESTED" not in states,
        checkpoint=checkpoint,
    )


def posts_since(post: Post, since: datetime, http: Http) -> list[dict[str, Any]] | None:
    """The organization's posts, the last modified first; None where the token may not read."""
    author = encoded(post.account.external_id)
    listing = f"/rest/posts?q=author&author={author}&count={PAGE}&sortBy=LAST_MODIFIED"
    posts: list[dict[str, Any]] = []
    while True:
        answer = http.read(
            f"{listing}&start={len(posts)}",
            headers=headers(post, **{"X-RestLi-Method": "FINDER"}),
        )
        if answer.status == 403:
            return None
        page = accepted(answer)["elements"]
        posts += page
        if not page or _time(page[-1]["lastModifiedAt"]) < since:
            return posts


def _text(seen: Mapping[str, Any]) -> str:
    return unescaped(seen.get("commentary", ""))


def _kinds(seen: Mapping[str, Any]) -> Iterator[str]:
    """Which media a listed post shows, by their URNs: `urn:li:image:…`."""
    content = seen.get("content") or {}
    shown = (content.get("multiImage") or {}).get("images") or [content.get("media") or {}]
    for medium in shown:
        if "id" in medium:
            yield medium["id"].split(":")[2]


def _comparable(text: str) -> str:
    return " ".join(text.split())


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
