"""What LinkedIn tells an organization about its posts:
…/organizations/organization-social-action-notifications, 2026-11-28.

Only posts that everybody can see have notifications. LinkedIn keeps them for 60 days. Their fields
are as other clients have received them: the text can be missing, and the post can be named by its
activity.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared.platforms.linkedin.comment_urns import comment_urn, number_of
from shared.platforms.linkedin.timeline import IDS, made_at
from shared.platforms.wire import mapping, time_of, words

KEPT_FOR = timedelta(days=60)
MENTION, DELETION, BY_ADMIN = "SHARE_MENTION", "COMMENT_DELETE", "ADMIN_COMMENT"
_EDIT = "COMMENT_EDIT"
ACTIONS = ("COMMENT", _EDIT, DELETION, BY_ADMIN, MENTION)
_POST = re.compile(r"urn:li:(?:share|ugcPost|activity):\d{1,19}", re.ASCII)


@dataclass(frozen=True)
class Notification:
    """What happened to a comment, or to a post that mentions the organization."""

    urn: str
    action: str
    at: datetime
    created_at: datetime
    """When the comment was written, as far as it is known."""
    author: str = ""
    text: str = ""
    post_id: str | None = None
    parent_id: str | None = None


def latest(elements: Iterable[Mapping[str, Any]]) -> list[Notification]:
    """The last thing that happened to each comment and post; those without usable ids are left
    out."""
    found: dict[str, Notification] = {}
    read = [each for element in elements if (each := _notification(element))]
    for each in sorted(read, key=lambda each: each.at):
        first = found.get(each.urn, each)
        found[each.urn] = replace(each, created_at=min(first.created_at, each.created_at))
    return list(found.values())


def _notification(element: Mapping[str, Any]) -> Notification | None:
    action, at = words(element.get("action")), time_of(element.get("lastModifiedAt"))
    if action not in ACTIONS or at is None:
        return None
    decorated = mapping(element.get("decoratedGeneratedActivity"))
    made = mapping(decorated.get("share" if action == MENTION else "comment"))
    named = (made.get("entity"), element.get("generatedActivity"))
    if action == MENTION:
        urn = _post_urn(*named, element.get("sourcePost"))
        post_id = parent_id = None
    else:
        urn = next(filter(None, map(comment_urn, named)), None)
        post_id = _post_of(element)
        parent_id = comment_urn(made.get("parentComment")) or comment_urn(made.get("object"))
    if urn is None:
        return None
    created_at = made_at(number_of(urn)) if action == _EDIT else None
    return Notification(
        urn=urn,
        action=action,
        at=at,
        created_at=created_at or at,
        author=words(made.get("owner")) or words(made.get("actor")),
        text=_text_in(made),
        post_id=post_id,
        parent_id=parent_id,
    )


def _post_of(element: Mapping[str, Any]) -> str | None:
    """The post as its author knows it, or else its activity."""
    source = mapping(element.get("decoratedSourcePost")).get("entity")
    return IDS.of(source) or _post_urn(element.get("sourcePost"))


def _post_urn(*values: object) -> str | None:
    return next((text for text in map(words, values) if _POST.fullmatch(text)), None)


def _text_in(made: Mapping[str, Any]) -> str:
    """The text, in one of the fields where clients have seen it."""
    message = made.get("message")
    return words(made.get("text")) or words(mapping(message).get("text")) or words(message)
