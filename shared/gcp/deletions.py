"""`deletions/{sha256(uid)}`: the deletion of a user, from the request until 30 days after its end.

No client can read them. Each change is committed with the version that was read, so of two workers
one stops, and each removed document is counted once.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared import clock
from shared.gcp.firestore import document, query_all, read_all

KEPT_FOR = timedelta(days=30)
"""How long the counts can be read."""


class UserDeletionStatus(StrEnum):
    DELETING = "deleting"
    CHECKING = "checking"
    """Everything was removed once. What requests under way wrote meanwhile is removed next."""
    DELETED = "deleted"


@dataclass(frozen=True)
class UserDeletion:
    user_id: str | None
    """None once nothing is left that names the user."""
    status: UserDeletionStatus
    started_at: datetime
    finished_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    """Removed documents by collection; `files` in the bucket, and `accountsToSignIn`."""


def deletion_path(user_id: str) -> str:
    return f"deletions/{hashlib.sha256(user_id.encode()).hexdigest()}"


def read_deletion(db: firestore.Client, user_id: str) -> UserDeletion | None:
    """Raises StoreUnavailable."""
    path = deletion_path(user_id)
    return deletion_from(read_all(db, [path])[path])


def deletion_from(snapshot: Any) -> UserDeletion | None:
    fields = document(snapshot)
    if fields is None:
        return None
    return UserDeletion(
        user_id=fields.get("userId"),
        status=UserDeletionStatus(fields["status"]),
        started_at=fields["startedAt"],
        finished_at=fields.get("finishedAt"),
        counts=fields["counts"],
    )


def fields_of_new(user_id: str, now: datetime, counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "userId": user_id,
        "status": UserDeletionStatus.DELETING.value,
        "startedAt": now,
        "wakeAt": now,
        "counts": dict(counts),
    }


def due_deletions(db: firestore.Client, limit: int) -> list[Any]:
    """Snapshots of deletions to continue, the longest overdue first. Raises StoreUnavailable."""
    query = db.collection("deletions").where(filter=FieldFilter("wakeAt", "<=", clock.now()))
    return query_all(query.order_by("wakeAt").limit(limit))
