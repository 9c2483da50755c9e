"""`idempotencyKeys/{sha256(user, mode, key)}`: the submission of a key."""

from datetime import datetime
from typing import Any

from google.cloud import firestore

from shared.domain.idempotency import IdempotencyKey, IdempotencyRecord
from shared.gcp.firestore import document


def path_of(record_id: str) -> str:
    return f"idempotencyKeys/{record_id}"


def record_from(snapshot: Any) -> IdempotencyRecord | None:
    fields = document(snapshot)
    if fields is None:
        return None
    return IdempotencyRecord(
        fingerprint=fields["fingerprint"],
        submission_id=fields["postSubmissionId"],
        expires_at=fields["expiresAt"],
    )


def write_record(
    batch: firestore.WriteBatch,
    db: firestore.Client,
    key: IdempotencyKey,
    *,
    user_id: str,
    submission_id: str,
    expires_at: datetime,
    over: Any,
) -> None:
    """Bind the key to the submission, unless another request does so first.

    `over`: the record's snapshot. If it exists, it has expired or its post is over; it is replaced
    only if it has not changed since it was read.
    """
    reference = db.document(path_of(key.record_id))
    fields = {
        "userId": user_id,
        "fingerprint": key.fingerprint,
        "postSubmissionId": submission_id,
        "expiresAt": expires_at,
    }
    if not over.exists:
        batch.create(reference, fields)
    else:
        option = db.write_option(last_update_time=over.update_time)
        batch.update(reference, fields, option=option)
