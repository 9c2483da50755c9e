"""A page of a user's history: what GET /v1/posts may ask for, and how it is found.

Firestore filters by the time of creation, and by phase or by one term: by whatever is rarest of
what is asked for. The rest is judged here, over a bounded number of posts: a page then may hold
fewer than its limit although more follow, but it never costs more.
"""

import base64
import binascii
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from shared.clock import EPOCH
from shared.domain.captions import words_of
from shared.domain.errors import InvalidRequest, Violation
from shared.domain.history import (
    STATUS_PHASES,
    Sort,
    account_term,
    phase_of,
    platform_term,
    terms_of,
)
from shared.domain.submission import Submission, Target
from shared.gcp.history import Position, Selection, count, position_of, select
from shared.gcp.submissions import submission_from
from shared.posts.request import PlatformName
from shared.web.strict import Moment, Strict
from shared.wiring import Parts

# Each post that is looked at is a read that is paid.
MOST_LOOKED_AT = 1000
_BATCH = 250
# From here on one filter is as common as another. Counting costs a read for each thousand.
_COMMON = 5000
# Of many words a few tell which posts are worth looking at.
_COUNTED = 6

_MILLISECOND = timedelta(milliseconds=1)

_LAST_MOMENT = datetime.max.replace(tzinfo=UTC)

LONGEST_SEARCH = 200
# A term is the name of a field, which has room for 1,500 bytes.
LONGEST_ID = 300
# Three times what a cursor of ours needs.
LONGEST_CURSOR = 300
MOST_PER_PAGE = 100


def _whole_number(value: Any) -> Any:
    is_number = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10
    return int(value) if is_number else value


def _known_status(value: str) -> str:
    if value not in STATUS_PHASES:
        known = ", ".join(STATUS_PHASES)
        message = "There is no status like this. Known: {known}."
        raise PydanticCustomError("invalid", message, {"known": known})
    return value


def _searchable(value: str) -> str:
    if not any(words_of(value)):
        raise PydanticCustomError("invalid", "There is no word in it to search for.")
    return value


_Search = Annotated[
    str, Field(min_length=1, max_length=LONGEST_SEARCH), AfterValidator(_searchable)
]
_Status = Annotated[
    str, AfterValidator(_known_status), Field(json_schema_extra={"enum": [*STATUS_PHASES]})
]


class HistoryQuery(Strict):
    """The parameters of GET /v1/posts; all that are given must hold."""

    status: _Status | None = None
    """A `status` or a `displayStatus`. `processing` is orchestrating or dispatched, `failed`
    includes partial failures."""
    platform: PlatformName | None = None
    """Posts that go to this platform."""
    account_id: Annotated[str, Field(min_length=1, max_length=LONGEST_ID)] | None = None
    """Posts that go to this account."""
    earliest: Moment = Field(None, alias="from")
    """Created at this time or later: ISO 8601 with an offset."""
    latest: Moment = Field(None, alias="to")
    """Created at this time or earlier: ISO 8601 with an offset."""
    q: _Search | None = None
    """Every word must be in a caption, the post's or a target's own: whole words, in any order;
    case and accents do not matter. Scripts without spaces are searched by pairs of characters,
    so a single such character finds little. Punctuation, emoji and parts of words are not found.
    Of a very long caption, the first 2,000 different words count."""
    scheduled: Literal["true"] | None = None
    """Scheduled posts alone."""
    sort: Annotated[Sort, Field(strict=False)] = Sort.NEWEST
    """By creation, or, with `scheduled`, by the time of publication, the earliest first; a post
    without one stands at its creation."""
    limit: Annotated[int, Field(ge=1, le=MOST_PER_PAGE), BeforeValidator(_whole_number)] = 20
    """At most so many posts. Where several filters meet rarely a page may hold fewer although
    more follow: `nextCursor` says."""
    cursor: Annotated[str, Field(max_length=LONGEST_CURSOR)] | None = None
    """The `nextCursor` of the page before."""

    @property
    def before(self) -> datetime | None:
        """Past `latest`: a time is shown in whole milliseconds, and means all that is shown so."""
        if self.latest is None or self.latest > _LAST_MOMENT - _MILLISECOND:
            return None
        return self.latest + _MILLISECOND

    @property
    def phases(self) -> frozenset[str] | None:
        asked = STATUS_PHASES[self.status] if self.status is not None else None
        if self.scheduled is None:
            return asked
        waiting = STATUS_PHASES["scheduled"]
        return waiting if asked is None else asked & waiting

    @property
    def terms(self) -> list[str]:
        platform = [] if self.platform is None else [platform_term(self.platform)]
        account = [] if self.account_id is None else [account_term(self.account_id)]
        return [*platform, *account, *dict.fromkeys(words_of(self.q or ""))]

    def is_for(self, target: Target) -> bool:
        """Whether one target has both the platform and the account that are asked for."""
        return (self.platform or target.platform, self.account_id or target.account_id) == (
            target.platform,
            target.account_id,
        )


@dataclass(frozen=True)
class Page:
    submissions: list[Submission]
    cursor: str | None
    """Where the next page begins; None after the last."""


def read(parts: Parts, user_id: str, query: HistoryQuery) -> Page:
    """One page. Raises InvalidRequest, StoreUnavailable."""
    after = None if query.cursor is None else _read_cursor(query.cursor, query.sort)
    if query.phases is not None and not query.phases:
        return Page([], None)
    selection = _selection(parts, user_id, query)
    found: list[Submission] = []
    looked_at, wanted = 0, query.limit + 1
    size = wanted
    while True:
        batch = _submissions(select(parts.db, selection, after, size))
        looked_at += len(batch)
        found += [submission for submission in batch if _matches(submission, query)]
        if len(found) >= wanted:
            page = found[: query.limit]
            return Page(page, _cursor(position_of(page[-1], query.sort), query.sort))
        if len(batch) < size:
            return Page(found, None)
        after = position_of(batch[-1], query.sort)
        size = min(_BATCH, MOST_LOOKED_AT - looked_at)
        if size <= 0:
            return Page(found, _cursor(after, query.sort))


def _submissions(snapshots: Iterable[Any]) -> list[Submission]:
    return [stored.submission for found in snapshots if (stored := submission_from(found))]


def _selection(parts: Parts, user_id: str, query: HistoryQuery) -> Selection:
    """What Firestore is asked for: the rarest of the filters, so that few posts are looked at."""
    selection = Selection(user_id, query.sort, query.phases, None, query.earliest, query.before)
    if query.sort is Sort.SCHEDULED or not query.terms:
        return selection
    candidates = [replace(selection, term=term) for term in query.terms[:_COUNTED]]
    if query.phases is not None:
        candidates.append(selection)
    if len(candidates) == 1:
        return candidates[0]
    with ThreadPoolExecutor(len(candidates)) as pool:
        counts = list(pool.map(lambda each: count(parts.db, each, _COMMON), candidates))
    return candidates[counts.index(min(counts))]


def _matches(submission: Submission, query: HistoryQuery) -> bool:
    created_at = submission.created_at
    return (
        (query.phases is None or phase_of(submission) in query.phases)
        and (query.earliest is None or created_at >= query.earliest)
        and (query.before is None or created_at < query.before)
        and set(query.terms) <= set(terms_of(submission))
        and any(query.is_for(target) for target in submission.targets)
    )


def _cursor(position: Position, sort: Sort) -> str:
    micros = (position.at - EPOCH) // timedelta(microseconds=1)
    told = json.dumps([sort.value, micros, position.submission_id])
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, sort: Sort) -> Position:
    try:
        told = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        told_sort, micros, submission_id = told
        position = Position(EPOCH + timedelta(microseconds=micros), str(UUID(submission_id)))
    except (binascii.Error, ValueError, TypeError, AttributeError, OverflowError) as error:
        message = "This is no cursor; send the nextCursor of the page before, as it was."
        raise InvalidRequest([Violation("cursor", "invalid", message)]) from error
    if told_sort != sort:
        message = "This cursor belongs to another sort; begin without one."
        raise InvalidRequest([Violation("cursor", "invalid", message)])
    return position
