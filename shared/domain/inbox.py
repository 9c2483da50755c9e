"""Comments and mentions: what a platform shows of them, and where they are in a user's inbox."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from shared.domain.accounts import OfAccount

MOST_TEXT = 10_000
"""Characters of a comment that are kept; no platform allows more."""
MOST_NAME = 200
"""Characters of a name that are kept."""
MOST_ID = 200
"""Characters of a platform's id of a comment."""

_ITEMS = UUID("6f1d0c1e-6b0c-4f35-9c5e-0d3f6f6f2a01")


class Kind(StrEnum):
    COMMENT = "comment"
    """On one of the account's posts."""
    REPLY = "reply"
    """To a comment on one of the account's posts."""
    MENTION = "mention"
    """A post or a comment elsewhere that names the account."""


class State(StrEnum):
    """Where an item is in the inbox."""

    UNREAD = "unread"
    READ = "read"
    DONE = "done"
    OWN = "own"
    """Written by the account itself, so there is nothing to do."""


@dataclass(frozen=True)
class Author:
    """Who wrote a comment, as far as the platform says it."""

    id: str | None = None
    name: str | None = None
    username: str | None = None
    avatar_url: str | None = None


@dataclass(frozen=True)
class Seen:
    """A comment or a mention, as a platform shows it."""

    comment_id: str
    """The platform's id, always in the same spelling."""
    kind: Kind
    created_at: datetime
    text: str
    author: Author = field(default_factory=Author)
    post_id: str | None = None
    """The platform's id of the account's post that it is on."""
    parent_id: str | None = None
    """The platform's id of the comment that it answers."""
    permalink: str | None = None
    is_own: bool = False
    """The account wrote it."""
    is_hidden: bool | None = False
    """None: the platform does not say it."""
    can_reply: bool = True
    can_hide: bool = False
    can_delete: bool = False


def item_id(owner: OfAccount, comment_id: str) -> str:
    """The id of an item: reading a comment twice is writing it once."""
    return str(uuid5(_ITEMS, f"{owner.user_id}/{owner.platform}/{owner.account_id}/{comment_id}"))


Position = Mapping[str, str | int]
"""What a platform's module remembers between two passes, such as how many comments a post had."""
