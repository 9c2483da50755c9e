"""A page of a user's inbox: the parameters of GET /v1/comments, and the search.

Firestore filters by the post or the state, and sorts by time. The other filters are applied here,
to a limited number of items. So a page may have fewer items than its limit although more follow.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from shared.clock import EPOCH
from shared.domain.captions import words_of
from shared.domain.errors import InvalidRequest, Violation
from shared.domain.inbox import Item, State
from shared.gcp.inbox import InboxSelection, select_items
from shared.posts.history import (
    LONGEST_CURSOR,
    LONGEST_ID,
    LONGEST_SEARCH,
    MOST_PER_PAGE,
    whole_number,
)
from shared.posts.request import PlatformName
from shared.web.strict import Strict
from shared.wiring import Parts

MOST_READ = 1000
"""Documents of one page; Firestore charges a read for each."""
_BATCH = 250


class InboxState(StrEnum):
    """Which items to list."""

    UNREAD = "unread"
    READ = "read"
    OPEN = "open"
    """Unread or read, but not done."""
    DONE = "done"


_STATES = {
    InboxState.UNREAD: (State.UNREAD,),
    InboxState.READ: (State.READ,),
    InboxState.OPEN: (State.UNREAD, State.READ),
    InboxState.DONE: (State.DONE,),
}


class InboxQuery(Strict):
    """The parameters of GET /v1/comments. An item must match all of them."""

    platform: PlatformName | None = None
    """Only comments on this platform."""
    account_id: Annotated[str, Field(min_length=1, max_length=LONGEST_ID)] | None = None
    """Only comments on posts of this account, and its mentions."""
    post_id: UUID | None = Field(None, strict=False)
    """Only comments on this post, with your own."""
    state: InboxState | None = Field(None, strict=False)
    """`open` means unread or read, but not done. Without a state, your own comments are listed as
    well."""
    q: Annotated[str, Field(min_length=1, max_length=LONGEST_SEARCH)] | None = None
    """Words to search for in the text and the name of the author. All must occur, in any order;
    case and accents are ignored."""
    limit: Annotated[int, Field(ge=1, le=MOST_PER_PAGE), BeforeValidator(whole_number)] = 20
    """The maximum number of comments. With several filters, a page may have fewer although more
    follow: `nextCursor` is null only on the last page."""
    cursor: Annotated[str, Field(max_length=LONGEST_CURSOR)] | None = None
    """The `nextCursor` of the previous page."""


@dataclass(frozen=True)
class InboxPage:
    items: list[Item]
    cursor: str | None
    """The beginning of the next page; None on the last."""


def read(parts: Parts, user_id: str, query: InboxQuery) -> InboxPage:
    """One page, the newest first. Raises InvalidRequest, StoreUnavailable."""
    after = None if query.cursor is None else _read_cursor(query.cursor)
    post_id = None if query.post_id is None else str(query.post_id)
    states = () if query.state is None else _STATES[query.state]
    selection = InboxSelection(user_id, post_id, () if post_id else states)
    words = list(words_of(query.q or ""))
    matches: list[Item] = []
    wanted, count = query.limit + 1, 0
    size = wanted
    while True:
        batch = select_items(parts.db, selection, after, size)
        count += len(batch)
        matches += [item for item in batch if _matches(item, query, states, words)]
        if len(matches) >= wanted:
            page = matches[: query.limit]
            return InboxPage(page, _cursor(page[-1]))
        if len(batch) < size:
            return InboxPage(matches, None)
        after = (batch[-1].seen.created_at, batch[-1].item_id)
        size = min(_BATCH, MOST_READ - count)
        if size <= 0:
            return InboxPage(matches, _cursor(batch[-1]))


def _matches(item: Item, query: InboxQuery, states: tuple[State, ...], words: list[str]) -> bool:
    if query.platform not in (None, item.platform):
        return False
    if query.account_id not in (None, item.account_id) or (states and item.state not in states):
        return False
    author = item.seen.author
    texts = (item.seen.text, author.name or "", author.username or "")
    found = {word for text in texts for word in words_of(text)} if words else set()
    return found.issuperset(words)


def _cursor(item: Item) -> str:
    micros = (item.seen.created_at - EPOCH) // timedelta(microseconds=1)
    content = json.dumps([micros, item.item_id])
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        content = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        micros, item_id = content
        return EPOCH + timedelta(microseconds=micros), str(UUID(item_id))
    except (binascii.Error, ValueError, TypeError, AttributeError, OverflowError) as error:
        message = "The cursor is not valid. Send the nextCursor of the previous page unchanged."
        raise InvalidRequest([Violation("cursor", "invalid", message)]) from error
