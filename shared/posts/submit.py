"""Accepting a post: what is checked, in which order, and the one commit that makes it ours.

    1. the request's shape                       validation_error, all faults
    2. the idempotency record                    a replay is answered here
    3. targets, time, platform limits            missing_integrations, missing_account, …
       files of elsewhere are fetched and stored  upload_failed, all that failed
    4. one commit: submission, record, the request's account
    5. one task, if it is due within the hour

After the commit the post cannot be lost: `wakeAt` makes the sweeper deliver it
whatever happens to the task.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared import clock, logs
from shared.config import Settings
from shared.domain.errors import ApiError, ErrorCode
from shared.domain.idempotency import IdempotencyKey, IdempotencyRecord
from shared.domain.submission import Submission, SubmissionStatus, first_wake, is_due_soon
from shared.gcp import idempotency
from shared.gcp.firestore import (
    PreconditionFailed,
    StoreRefused,
    StoreUnavailable,
    commit,
    read_all,
)
from shared.gcp.runs import submission_path
from shared.gcp.submissions import StoredSubmission, submission_fields
from shared.gcp.tasks import DispatchFailed
from shared.posts import resolution
from shared.posts.request import PostRequest
from shared.posts.resolution import Resolution
from shared.wiring import Parts

log = logs.logger("submit")

COMMIT_TRIES = 3

AddAccount = Callable[[Any, str], None]


@dataclass(frozen=True)
class Sender:
    """On whose behalf a post is submitted."""

    user_id: str
    key_hash: str | None
    mode: str
    request_id: str


@dataclass(frozen=True)
class Accepted:
    submission_id: str
    replayed: bool = False


def paths(
    user_id: str, request: PostRequest | None, key: IdempotencyKey, settings: Settings
) -> list[str]:
    """What `submit` needs read, to be joined with the caller's own documents.

    `request`: None if it could not be read, and will be refused.
    """
    needed = [] if request is None else resolution.paths(user_id, request, settings)
    return [idempotency.path_of(key.record_id), *needed]


def submit(
    request: PostRequest,
    *,
    body: Mapping[str, Any],
    key: IdempotencyKey,
    sender: Sender,
    found: Mapping[str, Any],
    parts: Parts,
    add_account: AddAccount,
    before_fetch: Callable[[], None] = lambda: None,
) -> Accepted:
    """Accept the post, or answer the one that the key already stands for.

    `found`: snapshots of `paths`. `add_account` puts the request's count and log line into the
    commit. `before_fetch` is called if files must be fetched, which can take minutes. Raises
    ApiError.
    """
    record = found[idempotency.path_of(key.record_id)]
    replay = _replay(record, key, parts)
    if replay is not None:
        return replay
    check = Resolution(request, sender.user_id, found, parts, before_fetch)
    submission = _new_submission(request, body, sender, check)
    with logs.bound(submissionId=submission.submission_id):
        accepted = _store(submission, key, record, parts, add_account)
        if not accepted.replayed:
            _dispatch(submission, parts)
    return accepted


def _new_submission(
    request: PostRequest, body: Mapping[str, Any], sender: Sender, check: Resolution
) -> Submission:
    targets, media = check.targets_and_media()
    status = SubmissionStatus.DRAFT if request.draft else SubmissionStatus.QUEUED
    now = clock.now()
    return Submission(
        submission_id=str(uuid.uuid4()),
        user_id=sender.user_id,
        key_hash=sender.key_hash,
        mode=sender.mode,
        request=body,
        request_id=sender.request_id,
        text=request.text,
        media=media,
        targets=targets,
        status=status,
        created_at=now,
        updated_at=now,
        scheduled_time=request.scheduled_time,
        not_after=request.not_after,
        remaining=len(targets),
        wake_at=None if request.draft else first_wake(request.scheduled_time, now),
    )


def _store(
    submission: Submission,
    key: IdempotencyKey,
    record: Any,
    parts: Parts,
    add_account: AddAccount,
) -> Accepted:
    """The one commit. Raises ApiError."""
    for _ in range(COMMIT_TRIES):
        try:
            _commit(submission, key, record, parts, add_account)
            return Accepted(submission.submission_id)
        except PreconditionFailed:
            # Another request with this key was faster, or a record ran out under us.
            record = _read_record(key, parts)
            replay = _replay(record, key, parts)
            if replay is not None:
                return replay
        except StoreUnavailable as error:
            # It was read again, and is not there: the same commit can safely be sent again.
            log.warning("repeating the commit of an accepted post: %s", error)
        except StoreRefused as error:
            log.error("the store refused an accepted post: %s", error)
            message = "The post could not be stored; nothing was created. Send it again."
            raise ApiError(ErrorCode.POST_CREATION_FAILED, message) from error
    raise _outcome_unknown()


def _commit(
    submission: Submission,
    key: IdempotencyKey,
    record: Any,
    parts: Parts,
    add_account: AddAccount,
) -> None:
    reference = parts.db.document(submission_path(submission.submission_id))
    batch = parts.db.batch()
    batch.create(reference, submission_fields(submission))
    idempotency.write_record(
        batch,
        parts.db,
        key,
        user_id=submission.user_id,
        submission_id=submission.submission_id,
        expires_at=submission.created_at + timedelta(hours=parts.settings.idempotency_hours),
        over=record,
    )
    add_account(batch, submission.submission_id)

    def landed() -> bool:
        try:
            return bool(read_all(parts.db, [reference.path])[reference.path].exists)
        except StoreUnavailable as error:
            raise _outcome_unknown() from error

    commit(batch, landed)


def _outcome_unknown() -> ApiError:
    return ApiError(
        ErrorCode.INTERNAL_ERROR,
        "Soku's store does not answer, so it is not known whether the post was accepted. Send "
        "the same request again with the same Idempotency-Key: it will not be posted twice.",
    )


def _dispatch(submission: Submission, parts: Parts) -> None:
    if submission.status is SubmissionStatus.DRAFT:
        return
    if not is_due_soon(submission.scheduled_time, submission.created_at):
        return
    try:
        parts.queues.dispatch_submission(submission, at=submission.scheduled_time)
    except DispatchFailed as error:
        log.error("accepted, but not enqueued; the sweeper will: %s", error)
        _note_failed_dispatch(submission, parts)
        raise ApiError(
            ErrorCode.DISPATCH_FAILED,
            "The post was stored, but its delivery could not be started. It will be started "
            "within minutes; sending the same request again starts it at once.",
            {"postSubmissionId": submission.submission_id},
        ) from error


def _note_failed_dispatch(submission: Submission, parts: Parts) -> None:
    """So that the same request, sent again, knows to enqueue. Without it the sweeper still does."""
    try:
        parts.deliveries.note_failed_dispatch(submission.submission_id)
    except (PreconditionFailed, StoreRefused, StoreUnavailable) as error:
        log.warning("could not note the failed dispatch: %s", error)


def _read_record(key: IdempotencyKey, parts: Parts) -> Any:
    path = idempotency.path_of(key.record_id)
    try:
        return read_all(parts.db, [path])[path]
    except StoreUnavailable as error:
        raise _outcome_unknown() from error


def _replay(record: Any, key: IdempotencyKey, parts: Parts) -> Accepted | None:
    """The submission that the key stands for; None when it stands for none (any more)."""
    kept = idempotency.record_from(record)
    now = clock.now()
    if kept is None or not kept.is_alive(now):
        return None
    if kept.fingerprint != key.fingerprint:
        raise ApiError(
            ErrorCode.IDEMPOTENCY_CONFLICT,
            "This Idempotency-Key was used with another body. Use a new key for a new post.",
            {"postSubmissionId": kept.submission_id},
        )
    stored = _read_submission(kept, parts)
    if key.derived and _is_over(stored):
        return None
    if stored and stored.submission.dispatch_failed_at:
        _dispatch_again(stored, parts, now)
    return Accepted(kept.submission_id, replayed=True)


def _read_submission(kept: IdempotencyRecord, parts: Parts) -> StoredSubmission | None:
    try:
        return parts.deliveries.submission(kept.submission_id)
    except StoreUnavailable as error:
        raise _outcome_unknown() from error


def _is_over(stored: StoredSubmission | None) -> bool:
    """A derived key stops replaying here, so that "try publishing again" works."""
    if stored is None or stored.submission.deleted_at is not None:
        return True
    return stored.submission.status in (SubmissionStatus.CANCELED, SubmissionStatus.FAILED)


def _dispatch_again(stored: StoredSubmission, parts: Parts, now: datetime) -> None:
    submission = stored.submission
    if submission.status is not SubmissionStatus.QUEUED:
        return
    _dispatch(replace(submission, created_at=now), parts)
    try:
        parts.deliveries.save_submission(stored, replace(submission, dispatch_failed_at=None))
    except (PreconditionFailed, StoreUnavailable) as error:
        log.info("the submission moved on meanwhile: %s", error)
