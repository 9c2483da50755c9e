"""`users/{uid}/apiRequests/{lineId}`: one document for each authenticated request."""

from dataclasses import dataclass
from datetime import timedelta

from google.cloud import firestore

from shared import clock
from shared.gcp.firestore import without_none

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
