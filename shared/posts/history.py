"""A page of a user's history: the parameters of GET /v1/posts, and the search.

Firestore filters by the time of creation, and by phase or by one term: by the rarest of the
filters. The other filters are applied here, to a limited number of posts. So a page may have
fewer posts than its limit although more follow, but its cost is limited.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
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
    PLANNED_PHASES,
    STATUS_PHASES,
    Sort,
    account_term,
    phase_of,
    platform_term,
)
from shared.domain.submission import Submission, Target
from shared.gcp.history import Position, Selection, count, position_of, select
from shared.gcp.submissions import StoredSubmission, submission_from
from shared.posts.request import PlatformName
from shared.web.strict import Moment, Strict
from shared.wiring import Parts

# Firestore charges a read for each post.
MOST_READ = 1000
_BATCH = 250
# More common filters are not told apart. Counting costs a read for each thousand.
_COMMON = 5000
# Of many words, only the first few are counted.
_COUNTED = 6

_MILLISECOND = timedelta(milliseconds=1)

_LAST_MOMENT = datetime.max.replace(tzinfo=UTC)

LONGEST_SEARCH = 200
# A term is the name of a field, which can have 1,500 bytes.
LONGEST_ID = 300
# Three times the length of a cursor.
LONGEST_CURSOR = 300
MOST_PER_PAGE = 100


def whole_number(value: Any) -> Any:
    is_number = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10
    return int(value) if is_number else value


def _known_status(value: str) -> str:
    if value not in STATUS_PHASES:
        known = ", ".join(STATUS_PHASES)
        message = "This status does not exist. Use one of: {known}."
        raise PydanticCustomError("invalid", message, {"known": known})
    return value


def _searchable(value: str) -> str:
    if not any(words_of(value)):
        raise PydanticCustomError("invalid", "The search contains no word.")
    return value


_Search = Annotated[
    str, Field(min_length=1, max_length=LONGEST_SEARCH), AfterValidator(_searchable)
]
_Status = Annotated[
    str, AfterValidator(_known_status), Field(json_schema_extra={"enum": [*STATUS_PHASES]})
]


class HistoryQuery(Strict):
    """The parameters of GET /v1/posts. A post must match all of them."""

    status: _Status | None = None
    """A `status` or a `displayStatus`. `processing` means orchestrating or dispatched, and `failed`
    includes partial failures."""
    platform: PlatformName | None = None
    """Posts with a target on this platform."""
    account_id: Annotated[str, Field(min_length=1, max_length=LONGEST_ID)] | None = None
    """Posts with this account as a target."""
    earliest: Moment = Field(None, alias="from")
    """Posts created at or after this time: ISO 8601 with an offset."""
    latest: Moment = Field(None, alias="to")
    """Posts created at or before this time: ISO 8601 with an offset."""
    q: _Search | None = None
    """Words to search for in the captions of the post and its targets. All must occur, as whole
    words, in any order; case and accents are ignored. Scripts without spaces are searched by pairs
    of characters, so a single character finds little. Punctuation, emoji and parts of words are
    not searched. In a very long caption, only the first 64,000 characters and the first 2,000
    different words are searched."""
    scheduled: Literal["true"] | None = None
    """Only scheduled posts."""
    sort: Annotated[Sort, Field(strict=False)] = Sort.NEWEST
    """`scheduled` sorts by the scheduled time, or by the time of creation where there is none,
    earliest first. The others sort by the time of creation."""
    limit: Annotated[int, Field(ge=1, le=MOST_PER_PAGE), BeforeValidator(whole_number)] = 20
    """The maximum number of posts. With several filters, a page may have fewer posts although more
    follow: `nextCursor` is null only on the last page."""
    cursor: Annotated[str, Field(max_length=LONGEST_CURSOR)] | None = None
    """The `nextCursor` of the previous page."""

    @property
    def before(self) -> datetime | None:
        """The end of the millisecond of `latest`, because times are shown in milliseconds."""
        if self.latest is None or self.latest > _LAST_MOMENT - _MILLISECOND:
            return None
        return self.latest + _MILLISECOND

    @property
    def phases(self) -> frozenset[str] | None:
        phases = STATUS_PHASES[self.status] if self.status is not None else None
        if self.scheduled is None:
            return phases
        scheduled = STATUS_PHASES["scheduled"]
        return scheduled if phases is None else phases & scheduled

    @property
    def terms(self) -> list[str]:
        """What a post must have among its own terms."""
        platform = [] if self.platform is None else [platform_term(self.platform)]
        account = [] if self.account_id is None else [account_term(self.account_id)]
        return [*platform, *account, *dict.fromkeys(words_of(self.q or ""))]

    def is_for(self, target: Target) -> bool:
        """Whether a target has the platform and the account of the query."""
        return (self.platform or target.platform, self.account_id or target.account_id) == (
            target.platform,
            target.account_id,
        )


@dataclass(frozen=True)
class Page:
    submissions: list[Submission]
    cursor: str | None
    """The beginning of the next page; None on the last."""


def read(parts: Parts, user_id: str, query: HistoryQuery) -> Page:
    """One page. Raises InvalidRequest, StoreUnavailable."""
    after = None if query.cursor is None else _read_cursor(query.cursor, query.sort)
    if query.phases is not None and not query.phases:
        return Page([], None)
    terms = query.terms
    selection = _selection(parts, user_id, query, terms)
    matches: list[Submission] = []
    read, wanted = 0, query.limit + 1
    size = wanted
    while True:
        batch = _submissions(select(parts.db, selection, after, size))
        read += len(batch)
        matches += [one.submission for one in batch if _matches(one, query, terms)]
        if len(matches) >= wanted:
            page = matches[: query.limit]
            return Page(page, _cursor(position_of(page[-1], query.sort), query.sort))
        if len(batch) < size:
            return Page(matches, None)
        after = position_of(batch[-1].submission, query.sort)
        size = min(_BATCH, MOST_READ - read)
        if size <= 0:
            return Page(matches, _cursor(after, query.sort))


@dataclass(frozen=True)
class Planned:
    """The posts of a calendar, earliest first."""

    submissions: list[Submission]
    has_more: bool
    """There are more than could be read."""


def planned_between(
    parts: Parts, user_id: str, start: datetime, end: datetime, most: int
) -> Planned:
    """What is planned from `start` until before `end`, or was published then: at most `most`.

    Canceled posts are left out, and drafts without a time. Raises StoreUnavailable.
    """
    selection = Selection(user_id, Sort.SCHEDULED, PLANNED_PHASES, None, start, end)
    found = select(parts.db, selection, None, most + 1)
    submissions = [stored.submission for stored in _submissions(found[:most])]
    return Planned(submissions, len(found) > most)


def _submissions(snapshots: Iterable[Any]) -> list[StoredSubmission]:
    return [stored for each in snapshots if (stored := submission_from(each))]


def _selection(parts: Parts, user_id: str, query: HistoryQuery, terms: Sequence[str]) -> Selection:
    """The query for Firestore: the rarest of the filters, so that few posts are read."""
    if query.sort is Sort.SCHEDULED:
        # `from` and `to` mean the time of creation, by which this order has no index.
        return Selection(user_id, query.sort, query.phases)
    selection = Selection(user_id, query.sort, query.phases, None, query.earliest, query.before)
    if not terms:
        return selection
    candidates = [replace(selection, term=term) for term in terms[:_COUNTED]]
    if query.phases is not None:
        candidates.append(selection)
    if len(candidates) == 1:
        return candidates[0]
    with ThreadPoolExecutor(len(candidates)) as pool:
        counts = list(pool.map(lambda each: count(parts.db, each, _COMMON), candidates))
    return candidates[counts.index(min(counts))]


def _matches(stored: StoredSubmission, query: HistoryQuery, terms: Sequence[str]) -> bool:
    submission, created_at = stored.submission, stored.submission.created_at
    return (
        (query.phases is None or phase_of(submission) in query.phases)
        and (query.earliest is None or created_at >= query.earliest)
        and (query.before is None or created_at < query.before)
        and all(term in stored.terms for term in terms)
        and any(query.is_for(target) for target in submission.targets)
    )


def _cursor(position: Position, sort: Sort) -> str:
    micros = (position.at - EPOCH) // timedelta(microseconds=1)
    content = json.dumps([sort.value, micros, position.submission_id])
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, sort: Sort) -> Position:
    try:
        content = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        cursor_sort, micros, submission_id = content
        position = Position(EPOCH + timedelta(microseconds=micros), str(UUID(submission_id)))
    except (binascii.Error, ValueError, TypeError, AttributeError, OverflowError) as error:
        message = "The cursor is not valid. Send the nextCursor of the previous page unchanged."
        raise InvalidRequest([Violation("cursor", "invalid", message)]) from error
    if cursor_sort != sort:
        message = "The cursor belongs to another sort order. Start without a cursor."
        raise InvalidRequest([Violation("cursor", "invalid", message)])
    return position
