"""Comments and mentions: what a platform shows of them, and where they are in a user's inbox."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
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


class Asked(StrEnum):
    """What a user can want to be done with a comment on its platform."""

    READ = "read"
    """Read it again, because its text may not be kept."""
    HIDE = "hide"
    SHOW = "show"
    DELETE = "delete"


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


@dataclass(frozen=True)
class Item:
    """A comment or a mention in a user's inbox, as `users/{uid}/inbox/{item_id}`."""

    item_id: str
    user_id: str
    platform: str
    account_id: str
    seen: Seen
    """What the platform showed. Text and author are empty once they may not be kept."""
    seen_at: datetime
    """When it was last read."""
    found_at: datetime
    """When it was first read."""
    state: State
    submission_id: str | None = None
    """The post in Soku that it is on, if Soku published that."""
    run_id: str | None = None
    read_at: datetime | None = None
    done_at: datetime | None = None
    deleted_at: datetime | None = None
    """When Soku found out that it was deleted on the platform."""
    text_gone: bool = False
    """The platform does not let the text be kept any longer. It is read again when asked for."""
    author_gone: bool = False
    """The same for the author."""
    asked: Asked | None = None
    """What the user wants to be done with it on the platform, and what was not done yet."""
    problem: str | None = None
    """Why what was asked last was not done, or why a reply was not sent."""

    @property
    def is_own(self) -> bool:
        return self.seen.is_own


@dataclass(frozen=True)
class Kept:
    """How long a platform lets texts and authors be kept; None: for ever."""

    texts: timedelta | None
    authors: timedelta | None

    def until(self, item: Item) -> datetime | None:
        """When the next of the item's fields must go."""
        times = [
            item.seen_at + kept
            for kept, is_gone in ((self.texts, item.text_gone), (self.authors, item.author_gone))
            if kept is not None and not is_gone
        ]
        return min(times, default=None)

    def forgotten(self, item: Item, now: datetime) -> Item:
        """The item without what may not be kept at `now`."""
        text_goes = self.texts is not None and item.seen_at + self.texts <= now
        author_goes = self.authors is not None and item.seen_at + self.authors <= now
        seen = item.seen
        return replace(
            item,
            seen=replace(
                seen,
                text="" if text_goes else seen.text,
                author=Author() if author_goes else seen.author,
            ),
            text_gone=item.text_gone or text_goes,
            author_gone=item.author_gone or author_goes,
        )

    @property
    def read_again_after(self) -> timedelta | None:
        """After this time, an item that did not change is stored again, to be kept longer."""
        times = [kept / 2 for kept in (self.texts, self.authors) if kept is not None]
        return min(times, default=None)


UNREAD_FOR = timedelta(days=7)
"""An item that is older than this when Soku first sees it is taken as read."""


def first_state(seen: Seen, now: datetime) -> State:
    """Where a new item is in the inbox."""
    if seen.is_own:
        return State.OWN
    return State.UNREAD if now - seen.created_at < UNREAD_FOR else State.READ


def read_again(item: Item, seen: Seen, now: datetime) -> Item:
    """The item as the platform shows it now.

    Some lists say less than others: where the item is in the conversation, or whether it is hidden.
    """
    known = item.seen
    finds_place = known.post_id is None and seen.post_id is not None
    merged = replace(
        seen,
        created_at=known.created_at,
        is_own=known.is_own,
        kind=seen.kind if finds_place else known.kind,
        post_id=known.post_id or seen.post_id,
        parent_id=known.parent_id or seen.parent_id,
        is_hidden=known.is_hidden if seen.is_hidden is None else seen.is_hidden,
    )
    return replace(
        item, seen=merged, seen_at=now, deleted_at=None, text_gone=False, author_gone=False
    )


def moved(item: Item, state: State, now: datetime) -> Item:
    """The item after its user has read it, is done with it, or wants to see it again."""
    if item.state in (State.OWN, state):
        return item
    match state:
        case State.DONE:
            return replace(item, state=state, read_at=item.read_at or now, done_at=now)
        case State.READ:
            # Reading does not bring back what is done.
            if item.state is State.DONE:
                return item
            return replace(item, state=state, read_at=now)
    return replace(item, state=state, read_at=None, done_at=None)


Position = Mapping[str, str | int]
"""What a platform's module remembers between two passes, such as how many comments a post had."""
