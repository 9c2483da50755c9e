"""A user's history in pages: queries over `postSubmissions`, sorted by one of its fields.

    listedAt, plannedAt   all posts of a user, or those in some phases   six composite indexes
    found.<term>          those that have a term                         indexed by Firestore itself

The value of a term consists of the user and the post's time, so one field both filters and sorts,
whatever the platforms, accounts and words are.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.clock import EPOCH
from shared.domain.history import Sort, phase_of, planned_at, terms_of
from shared.domain.submission import Submission
from shared.gcp.firestore import count_up_to, query_all

_ORDERS: Mapping[Sort, tuple[str, str]] = {
    Sort.NEWEST: ("listedAt", firestore.Query.DESCENDING),
    Sort.OLDEST: ("listedAt", firestore.Query.ASCENDING),
    Sort.SCHEDULED: ("plannedAt", firestore.Query.ASCENDING),
}
_MICROSECOND = timedelta(microseconds=1)
# Sorts after every digit, and so after every place of the same user.
_ABOVE_DIGITS = ":"


@dataclass(frozen=True)
class Position:
    """A position in a list: after the post with this time and id."""

    at: datetime
    submission_id: str


@dataclass(frozen=True)
class Selection:
    """What to query: posts with `term`, else posts in `phases`, else all posts.

    `earliest` and `before` limit the time by which `sort` sorts: of creation, or the planned one.
    Posts sorted by schedule cannot be selected by term.
    """

    user_id: str
    sort: Sort
    phases: Collection[str] | None = None
    term: str | None = None
    earliest: datetime | None = None
    before: datetime | None = None


def fields_of(submission: Submission) -> dict[str, Any]:
    """The fields by which a submission's document is listed and sorted.

    A post that was deleted from its platforms has none of them, and so is in no list.
    """
    if submission.deleted_at is not None:
        return {}
    return {
        "listedAt": submission.created_at,
        "plannedAt": planned_at(submission),
        "phase": phase_of(submission),
    }


def terms_field(submission: Submission) -> dict[str, Any]:
    """The field by which it is searched. It is computed only when its content changes."""
    if submission.deleted_at is not None:
        return {}
    place = _place(submission.user_id, submission.created_at)
    return {"found": dict.fromkeys(terms_of(submission), place)}


def position_of(submission: Submission, sort: Sort) -> Position:
    at = planned_at(submission) if sort is Sort.SCHEDULED else submission.created_at
    return Position(at, submission.submission_id)


def select(
    db: firestore.Client, selection: Selection, after: Position | None, limit: int
) -> list[Any]:
    """Snapshots of at most `limit` submissions, in order, starting after `after`.

    Raises StoreUnavailable.
    """
    query = _query(db, selection)
    query = query.order_by("__name__", direction=_ORDERS[selection.sort][1]).limit(limit)
    if after is not None:
        reference = db.collection("postSubmissions").document(after.submission_id)
        by_term = selection.term is not None
        at = _place(selection.user_id, after.at) if by_term else after.at
        query = query.start_after([at, reference])
    return query_all(query)


def count(db: firestore.Client, selection: Selection, most: int) -> int:
    """How many there are, at most `most`; one read per thousand. Raises StoreUnavailable."""
    return count_up_to(_query(db, selection), most)


def _query(db: firestore.Client, selection: Selection) -> Any:
    posts = db.collection("postSubmissions")
    return _by_term(posts, selection) if selection.term is not None else _by_time(posts, selection)


def _by_term(posts: Any, selection: Selection) -> Any:
    # `field_path` quotes: a term can be any word in any language.
    field = firestore.Client.field_path("found", selection.term or "")
    first = _place(selection.user_id, selection.earliest or EPOCH)
    end = f"{selection.user_id}/{_ABOVE_DIGITS}"
    if selection.before is not None:
        end = _place(selection.user_id, selection.before)
    return (
        posts.where(filter=FieldFilter(field, ">=", first))
        .where(filter=FieldFilter(field, "<", end))
        .order_by(field, direction=_ORDERS[selection.sort][1])
    )


def _by_time(posts: Any, selection: Selection) -> Any:
    field, direction = _ORDERS[selection.sort]
    query = posts.where(filter=FieldFilter("userId", "==", selection.user_id))
    if selection.phases is not None:
        query = query.where(filter=FieldFilter("phase", "in", sorted(selection.phases)))
    if selection.earliest is not None:
        query = query.where(filter=FieldFilter(field, ">=", selection.earliest))
    if selection.before is not None:
        query = query.where(filter=FieldFilter(field, "<", selection.before))
    return query.order_by(field, direction=direction)


def _place(user_id: str, at: datetime) -> str:
    """Sorts by time within one user. A user id contains no slash, since it names a document."""
    return f"{user_id}/{max(at - EPOCH, timedelta()) // _MICROSECOND:018}"
