"""`postSubmissions/{id}/runs/{runId}`, the attempts below it, and queries over all runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.domain.content import Content, comparable
from shared.domain.errors import ErrorCategory
from shared.domain.run import Deletion, DeletionStatus, Run, RunError, RunStatus
from shared.gcp.firestore import difference, document, query_all, without_none
from shared.gcp.media import asset_fields, asset_from


@dataclass(frozen=True)
class StoredRun:
    """A run with the version of its document."""

    run: Run
    update_time: Any


def submission_path(submission_id: str) -> str:
    return f"postSubmissions/{submission_id}"


def run_path(submission_id: str, run_id: str) -> str:
    return f"{submission_path(submission_id)}/runs/{run_id}"


def attempt_path(run: Run) -> str:
    return f"{run_path(run.submission_id, run.run_id)}/attempts/{run.attempt}"


def run_from(snapshot: Any) -> StoredRun | None:
    fields = document(snapshot)
    if fields is None:
        return None
    submission_id = snapshot.reference.parent.parent.id
    run = Run(
        submission_id=submission_id,
        run_id=snapshot.id,
        user_id=fields["userId"],
        platform=fields["platform"],
        account_id=fields["accountId"],
        content=content_from(fields["content"]),
        status=RunStatus(fields["status"]),
        queued_at=fields["queuedAt"],
        error=error_from(fields.get("error")),
        deletion=deletion_from(fields.get("deletion")),
        **{name: fields[field] for name, field in _PLAIN.items() if fields.get(field) is not None},
    )
    return StoredRun(run, getattr(snapshot, "update_time", None))


# Attribute of Run -> field of the document, for values that are stored unchanged.
_PLAIN: Mapping[str, str] = {
    "external_id": "externalId",
    "mode": "mode",
    "generation": "generation",
    "seq": "seq",
    "step": "step",
    "checkpoint": "checkpoint",
    "intent_at": "intentAt",
    "sent_at": "sentAt",
    "visible_attempts": "visibleAttempts",
    "lease_until": "leaseUntil",
    "lease_owner": "leaseOwner",
    "write_id": "writeId",
    "next_attempt_at": "nextAttemptAt",
    "attempt": "attempt",
    "failures": "failures",
    "token_refreshes": "tokenRefreshes",
    "look_ups": "lookUps",
    "absences": "absences",
    "absent_at": "absentAt",
    "asked_at": "askedAt",
    "is_asked": "isAsked",
    "refused_as_duplicate": "refusedAsDuplicate",
    "platform_post_id": "platformPostId",
    "permalink": "permalink",
    "scheduled_time": "scheduledTime",
    "not_after": "notAfter",
    "started_at": "startedAt",
    "finished_at": "finishedAt",
    "wake_at": "wakeAt",
    "sweeps": "sweeps",
}


def run_fields(run: Run) -> dict[str, Any]:
    """The whole document of a run."""
    return without_none(
        {
            "userId": run.user_id,
            "platform": run.platform,
            "accountId": run.account_id,
            "targetId": run.target_id,
            "content": content_fields(run.content),
            "status": run.status.value,
            "queuedAt": run.queued_at,
            "error": error_fields(run.error),
            "deletion": deletion_fields(run.deletion),
            **{field: getattr(run, name) for name, field in _PLAIN.items()},
        }
    )


def changed_fields(before: Run, after: Run) -> dict[str, Any]:
    """What an update must write to turn the document of `before` into that of `after`."""
    return difference(run_fields(before), run_fields(after))


def content_fields(content: Content) -> dict[str, Any]:
    fields = {"text": content.text, "options": dict(content.options)}
    return fields | ({"media": [asset_fields(m) for m in content.media]} if content.media else {})


def content_from(fields: Mapping[str, Any]) -> Content:
    return Content(
        text=fields["text"],
        options=fields.get("options") or {},
        media=tuple(asset_from(entry) for entry in fields.get("media") or ()),
    )


def error_fields(error: RunError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return without_none(
        {
            "category": error.category.value,
            "code": error.code,
            "message": error.message,
            "retryable": error.retryable,
            "platformCode": error.platform_code,
            "platformMessage": error.platform_message,
        }
    )


def error_from(fields: Mapping[str, Any] | None) -> RunError | None:
    if not fields:
        return None
    return RunError(
        category=ErrorCategory(fields["category"]),
        code=fields["code"],
        message=fields["message"],
        retryable=fields["retryable"],
        platform_code=fields.get("platformCode"),
        platform_message=fields.get("platformMessage"),
    )


def deletion_fields(deletion: Deletion | None) -> dict[str, Any] | None:
    if deletion is None:
        return None
    return without_none(
        {
            "status": deletion.status.value,
            "requestedAt": deletion.requested_at,
            "finishedAt": deletion.finished_at,
            "error": error_fields(deletion.error),
        }
    )


def deletion_from(fields: Mapping[str, Any] | None) -> Deletion | None:
    if not fields:
        return None
    return Deletion(
        status=DeletionStatus(fields["status"]),
        requested_at=fields["requestedAt"],
        finished_at=fields.get("finishedAt"),
        error=error_from(fields.get("error")),
    )


def runs_of(db: firestore.Client, submission_id: str) -> list[StoredRun]:
    """All runs of a submission. Raises StoreUnavailable."""
    runs = query_all(db.collection(f"{submission_path(submission_id)}/runs"))
    return [stored for snapshot in runs if (stored := run_from(snapshot))]


def attempts_of(db: firestore.Client, submission_id: str, user_id: str) -> list[dict[str, Any]]:
    """All attempts of all runs of a submission, in order, with one query."""
    attempts = [snapshot.to_dict() for snapshot in _attempts(db, submission_id, user_id)]
    return sorted(attempts, key=lambda attempt: (attempt["runId"], attempt["attempt"]))


def attempt_references(db: firestore.Client, submission_id: str, user_id: str) -> list[Any]:
    """References to those attempts."""
    return [snapshot.reference for snapshot in _attempts(db, submission_id, user_id)]


def _attempts(db: firestore.Client, submission_id: str, user_id: str) -> list[Any]:
    return query_all(
        db.collection_group("attempts")
        .where(filter=FieldFilter("submissionId", "==", submission_id))
        .where(filter=FieldFilter("userId", "==", user_id))
    )


# Runs in these states may have created a post that no run holds yet.
_OPEN = (RunStatus.QUEUED, RunStatus.PROCESSING, RunStatus.UNCONFIRMED)


def rivals_of(db: firestore.Client, run: Run) -> list[Run]:
    """Other open runs that could have created the same post on the same account, of any user.

    Raises StoreUnavailable.
    """
    query = (
        db.collection_group("runs")
        .where(filter=FieldFilter("platform", "==", run.platform))
        .where(filter=FieldFilter("externalId", "==", run.external_id))
        .where(filter=FieldFilter("status", "in", [status.value for status in _OPEN]))
    )
    others = [stored.run for snapshot in query_all(query) if (stored := run_from(snapshot))]
    text = comparable(run.content.text)
    return [
        other
        for other in others
        if other.may_be_live
        # Whatever its media are: platforms list posts without the bytes of their media.
        and comparable(other.content.text) == text
        and (other.submission_id, other.run_id) != (run.submission_id, run.run_id)
    ]


def unconfirmed(db: firestore.Client, limit: int) -> list[StoredRun]:
    """Unconfirmed runs of all users. Raises StoreUnavailable."""
    query = (
        db.collection_group("runs")
        .where(filter=FieldFilter("status", "==", RunStatus.UNCONFIRMED.value))
        .limit(limit)
    )
    return [stored for snapshot in query_all(query) if (stored := run_from(snapshot))]


class Woken(StrEnum):
    """Collections that the sweeper checks."""

    SUBMISSIONS = "postSubmissions"
    RUNS = "runs"
    GRANTS = "grants"
    REVOCATIONS = "revocations"
    CONNECTIONS = "connections"
    COLLECTING = "collecting"
    INBOX = "inbox"
    REPLIES = "replies"
    WEBHOOKS = "webhookWork"


def due(
    db: firestore.Client, group: Woken, now: datetime, limit: int, *, platform: str | None = None
) -> list[Any]:
    """Snapshots of documents that should have moved by `now`, the longest overdue first.

    `platform`: only runs of this one. Raises StoreUnavailable.
    """
    # What is written blindly has times that are numbers (`collecting`, `webhooks`).
    has_seconds = group in (Woken.COLLECTING, Woken.WEBHOOKS)
    until = int(now.timestamp()) if has_seconds else now
    query = db.collection_group(group.value).where(filter=FieldFilter("wakeAt", "<=", until))
    if platform is not None:
        query = query.where(filter=FieldFilter("platform", "==", platform))
    return query_all(query.order_by("wakeAt").limit(limit))
