"""A user's history, page by page: queries over `postSubmissions` in the order of one of its fields.

A query asks for at most one set of phases and one term, so twelve composite indexes serve all of
them (firestore.indexes.json), whatever platforms, accounts and words there are.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.domain.history import Sort, planned_at
from shared.domain.submission import Submission
from shared.gcp.firestore import count_up_to, query_all
from shared.gcp.submissions import StoredSubmission, submission_from

_ORDERS: Mapping[Sort, tuple[str, str]] = {
    Sort.NEWEST: ("listedAt", firestore.Query.DESCENDING),
    Sort.OLDEST: ("listedAt", firestore.Query.ASCENDING),
    Sort.SCHEDULED: ("plannedAt", firestore.Query.ASCENDING),
}


@dataclass(frozen=True)
class Position:
    """Between two posts of a list: after the one of this time and this id."""

    at: datetime
    submission_id: str


@dataclass(frozen=True)
class Selection:
    """What Firestore is asked for. `earliest` and `before` bound the creation, unless the posts
    are sorted by schedule: a query has room for one range."""

    user_id: str
    sort: Sort
    phases: Collection[str] | None = None
    term: str | None = None
    earliest: datetime | None = None
    before: datetime | None = None


def position_of(submission: Submission, sort: Sort) -> Position:
    at = planned_at(submission) if sort is Sort.SCHEDULED else submission.created_at
    return Position(at, submission.submission_id)


def select(
    db: firestore.Client, selection: Selection, after: Position | None, limit: int
) -> list[Submission]:
    """At most `limit` submissions in their order, from `after` on. Raises StoreUnavailable."""
    field, direction = _ORDERS[selection.sort]
    query = _query(db, selection).order_by("__name__", direction=direction).limit(limit)
    if after is not None:
        reference = db.collection("postSubmissions").document(after.submission_id)
        query = query.start_after({field: after.at, "__name__": reference})
    found = (submission_from(snapshot) for snapshot in query_all(query))
    return [stored.submission for stored in found if isinstance(stored, StoredSubmission)]


def count(db: firestore.Client, selection: Selection, most: int) -> int:
    """How many there are, as far as `most`; costs about one read. Raises StoreUnavailable."""
    return count_up_to(_query(db, selection), most)


def _query(db: firestore.Client, selection: Selection) -> Any:
    field, direction = _ORDERS[selection.sort]
    query = db.collection("postSubmissions").where(
        filter=FieldFilter("userId", "==", selection.user_id)
    )
    if selection.phases is not None:
        query = query.where(filter=FieldFilter("phase", "in", sorted(selection.phases)))
    if selection.term is not None:
        query = query.where(filter=FieldFilter("terms", "array_contains", selection.term))
    if selection.sort is not Sort.SCHEDULED:
        if selection.earliest is not None:
            query = query.where(filter=FieldFilter(field, ">=", selection.earliest))
        if selection.before is not None:
            query = query.where(filter=FieldFilter(field, "<", selection.before))
    return query.order_by(field, direction=direction)
