"""`users/{uid}/apiRequests/{lineId}`: one document for each authenticated request."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from google.cloud import firestore

from shared import clock
from shared.gcp.firestore import query_all, without_none

KEPT = timedelta(days=30)


@dataclass(frozen=True)
class RequestLine:
    line_id: str
    """The request id. If the caller chose that, `~` and a random suffix follow."""
    user_id: str
    key_hash: str | None
    """None: the user called in person."""
    method: str
    path: str
    status: int
    error_code: str | None
    submission_id: str | None
    duration: timedelta


@dataclass(frozen=True)
class LoggedRequest:
    """A line as it is stored."""

    line_id: str
    method: str
    path: str
    status: int
    error_code: str | None
    submission_id: str | None
    key_hash: str | None
    duration_ms: int
    created_at: datetime

    @property
    def request_id(self) -> str:
        """The request id that the response had."""
        return self.line_id.partition("~")[0]


def requests_of(
    db: firestore.Client, user_id: str, after: tuple[datetime, str] | None, limit: int
) -> list[LoggedRequest]:
    """A user's latest requests, newest first. `after`: time and line id of the last one shown.

    Raises StoreUnavailable.
    """
    lines = db.collection(f"users/{user_id}/apiRequests")
    newest = firestore.Query.DESCENDING
    query = lines.order_by("createdAt", direction=newest).order_by("__name__", direction=newest)
    if after is not None:
        query = query.start_after([after[0], lines.document(after[1])])
    return [_line_from(snapshot) for snapshot in query_all(query.limit(limit))]


def _line_from(snapshot: Any) -> LoggedRequest:
    fields = snapshot.to_dict()
    return LoggedRequest(
        line_id=snapshot.id,
        method=fields["method"],
        path=fields["path"],
        status=fields["status"],
        error_code=fields.get("errorCode"),
        submission_id=fields.get("postSubmissionId"),
        key_hash=fields.get("keyHash"),
        duration_ms=fields["durationMs"],
        created_at=fields["createdAt"],
    )


def write_request(batch: firestore.WriteBatch, db: firestore.Client, line: RequestLine) -> None:
    """Use `set`: a commit that is repeated must not fail because of its own line."""
    now = clock.now()
    fields = {
        "method": line.method,
        "path": line.path,
        "status": line.status,
        "errorCode": line.error_code,
        "postSubmissionId": line.submission_id,
        "durationMs": round(line.duration.total_seconds() * 1000),
        "keyHash": line.key_hash,
        "createdAt": now,
        "expiresAt": now + KEPT,
    }
    path = f"users/{line.user_id}/apiRequests/{line.line_id}"
    batch.set(db.document(path), without_none(fields))
