"""`users/{uid}/apiRequests/{requestId}`: one document for each authenticated request."""

from dataclasses import dataclass
from datetime import timedelta

from google.cloud import firestore

from shared import clock
from shared.gcp.firestore import without_none

KEPT = timedelta(days=30)


@dataclass(frozen=True)
class RequestLine:
    request_id: str
    user_id: str
    key_hash: str
    method: str
    path: str
    status: int
    error_code: str | None
    submission_id: str | None
    duration: timedelta


def path_of(user_id: str, request_id: str) -> str:
    """The path of a request's document. Ids that Firestore reserves get a `~` in front."""
    reserved = request_id in (".", "..") or (
        request_id.startswith("__") and request_id.endswith("__")
    )
    return f"users/{user_id}/apiRequests/{'~' if reserved else ''}{request_id}"


def write_request(batch: firestore.WriteBatch, db: firestore.Client, line: RequestLine) -> None:
    """Use `set`, so that a repeated request id does not fail the batch."""
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
    batch.set(db.document(path_of(line.user_id, line.request_id)), without_none(fields))
