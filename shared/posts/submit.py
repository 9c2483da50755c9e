"""Accepting a post: the checks, their order, and the one commit that stores the post.

    1. the request's shape                       validation_error, all violations
    2. the idempotency record                    a replay is answered here
    3. targets, time, platform limits            missing_integrations, missing_account, …
       external files are downloaded and stored  upload_failed, all that failed
    4. one commit: submission, record, request log, the count of the month
    5. one task, if it is due within the hour

After the commit, the post cannot be lost: because of `wakeAt`, the sweeper delivers it even if the
task is lost.
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
from shared.domain.subscription import Plan, monthly_denial
from shared.gcp import idempotency, usage
from shared.gcp.firestore import (
    CONFLICT_TRIES,
    PreconditionFailed,
    StoreRefused,
    StoreUnavailable,
    commit,
    read_all,
)
from shared.gcp.messages import Batch
from shared.gcp.runs import submission_path
from shared.gcp.submissions import StoredSubmission, submission_fields
from shared.gcp.tasks import DispatchFailed
from shared.posts import resolution
from shared.posts.request import PostRequest, as_stored
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
    plan: Plan | None
    """The plan whose limits hold."""


@dataclass(frozen=True)
class Accepted:
    submission_id: str
    replayed: bool = False


def paths(
    user_id: str, request: PostRequest | None, key: IdempotencyKey, settings: Settings
) -> list[str]:
    """The documents that `submit` needs, to be read together with those of the caller.

    `request`: None if it is not valid and will be rejected.
    """
    needed = [] if request is None else resolution.paths(user_id, request, settings)
    if settings.billing.counts_posts:
        needed.append(usage.month_path(user_id, clock.now()))
    return [idempotency.path_of(key.record_id), *needed]


def submit(
    request: PostRequest,
    *,
    body: Mapping[str, Any],
    key: IdempotencyKey,
    sender: Sender,
    snapshots: Mapping[str, Any],
    parts: Parts,
    add_account: AddAccount,
    before_fetch: Callable[[], None] = lambda: None,
) -> Accepted:
    """Accept the post, or return the one that the key is already bound to.

    `snapshots`: those of `paths`. `add_account` puts the request's count and log line into the
    commit. `before_fetch` is called before files are downloaded, which can take minutes. Raises
    ApiError.
    """
    record = snapshots[idempotency.path_of(key.record_id)]
    replay = _replay(record, key, parts)
    if replay is not None:
        return replay
    quota = _quota(sender, snapshots, parts)
    check = Resolution(request, sender.user_id, sender.mode, snapshots, parts, before_fetch)
    submission = _new_submission(request, body, sender, check)
    with logs.bound(submissionId=submission.submission_id):
        accepted = _store(
            submission, key, record, quota=quota, parts=parts, add_account=add_account
        )
        if not accepted.replayed:
            _dispatch(submission, parts)
    return accepted


@dataclass(frozen=True)
class _Quota:
    """The posts of a user in one month."""

    plan: Plan | None
    month: Any
    """The snapshot of the month."""

    @property
    def is_limited(self) -> bool:
        return self.plan is not None and self.plan.posts_per_month is not None

    def read_again(self, parts: Parts) -> "_Quota":
        path = self.month.reference.path
        return replace(self, month=_read(path, parts))

    def require(self) -> None:
        """Raises ApiError."""
        denied = monthly_denial(self.plan, usage.posts_of(self.month))
        if denied:
            raise denied.error("send the request again")


def _quota(sender: Sender, snapshots: Mapping[str, Any], parts: Parts) -> _Quota | None:
    """None if posts are not counted. Test posts never are. Raises ApiError."""
    if sender.mode == "test" or not parts.settings.billing.counts_posts:
        return None
    # A month may have ended since the documents were read.
    months = [path for path in snapshots if path.startswith(usage.months_path(sender.user_id))]
    quota = _Quota(sender.plan, snapshots[months[0]])
    quota.require()
    return quota


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
        request=as_stored(body),
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
    *,
    quota: _Quota | None,
    parts: Parts,
    add_account: AddAccount,
) -> Accepted:
    """The one commit. Raises ApiError."""
    # The posts of a user who sends many at once are counted one after the other.
    tries = CONFLICT_TRIES if quota and quota.is_limited else COMMIT_TRIES
    for _ in range(tries):
        try:
            _commit(submission, key, record, quota=quota, parts=parts, add_account=add_account)
            return Accepted(submission.submission_id)
        except PreconditionFailed:
            # Another request with this key was faster, or the record expired meanwhile, or another
            # post was counted.
            record = _read(idempotency.path_of(key.record_id), parts)
            replay = _replay(record, key, parts)
            if replay is not None:
                return replay
            if quota is not None:
                quota = quota.read_again(parts)
                quota.require()
        except StoreUnavailable as error:
            # `landed` did not find the submission, so the same commit can safely be sent again.
            log.warning("commit of an accepted post repeated: %s", error)
        except StoreRefused as error:
            log.error("commit of an accepted post refused: %s", error)
            raise not_stored() from error
    raise _outcome_unknown()


def _commit(
    submission: Submission,
    key: IdempotencyKey,
    record: Any,
    *,
    quota: _Quota | None,
    parts: Parts,
    add_account: AddAccount,
) -> None:
    reference = parts.db.document(submission_path(submission.submission_id))
    configured = timedelta(hours=parts.settings.idempotency_hours)
    batch = Batch(parts.db)
    batch.create(reference, submission_fields(submission))
    idempotency.write_record(
        batch,
        parts.db,
        key,
        user_id=submission.user_id,
        submission_id=submission.submission_id,
        expires_at=submission.created_at + key.lifetime(configured),
        over=record,
    )
    add_account(batch, submission.submission_id)
    if quota is not None:
        usage.count_post(batch, parts.db, quota.month, exactly=quota.is_limited)

    def landed() -> bool:
        try:
            return bool(read_all(parts.db, [reference.path])[reference.path].exists)
        except StoreUnavailable as error:
            raise _outcome_unknown() from error

    commit(batch, landed)


def not_stored() -> ApiError:
    message = "Soku could not store the post. Nothing was created. Send it again."
    return ApiError(ErrorCode.POST_CREATION_FAILED, message)


def not_dispatched(submission_id: str) -> ApiError:
    return ApiError(
        ErrorCode.DISPATCH_FAILED,
        "The post was stored, but its delivery did not start. Soku retries automatically within "
        "minutes. To start it now, send the same request again.",
        {"postSubmissionId": submission_id},
    )


def key_conflict(submission_id: str) -> ApiError:
    return ApiError(
        ErrorCode.IDEMPOTENCY_CONFLICT,
        "This Idempotency-Key was used with another body. Use a new key for a new post.",
        {"postSubmissionId": submission_id},
    )


def _outcome_unknown() -> ApiError:
    return ApiError(
        ErrorCode.INTERNAL_ERROR,
        "Soku's database did not respond, so the post may or may not have been accepted. Send the "
        "same request again with the same Idempotency-Key; the post will not be published twice.",
    )


def _dispatch(submission: Submission, parts: Parts) -> None:
    if submission.status is SubmissionStatus.DRAFT:
        return
    if not is_due_soon(submission.scheduled_time, submission.created_at):
        return
    try:
        parts.queues.dispatch_submission(submission, at=submission.scheduled_time)
    except DispatchFailed as error:
        log.error("submission accepted but not enqueued: %s", error)
        _note_failed_dispatch(submission, parts)
        raise not_dispatched(submission.submission_id) from error


def _note_failed_dispatch(submission: Submission, parts: Parts) -> None:
    """Record it, so that the same request can enqueue the post. Otherwise only the sweeper does."""
    try:
        parts.deliveries.note_failed_dispatch(submission.submission_id)
    except (PreconditionFailed, StoreRefused, StoreUnavailable) as error:
        log.warning("failed dispatch not recorded: %s", error)


def _read(path: str, parts: Parts) -> Any:
    try:
        return read_all(parts.db, [path])[path]
    except StoreUnavailable as error:
        raise _outcome_unknown() from error


def _replay(record: Any, key: IdempotencyKey, parts: Parts) -> Accepted | None:
    """The submission that the key is bound to; None if it is not bound, or no longer."""
    stored_key = idempotency.record_from(record)
    now = clock.now()
    if stored_key is None or not stored_key.is_alive(now):
        return None
    if stored_key.fingerprint != key.fingerprint:
        raise key_conflict(stored_key.submission_id)
    stored = _read_submission(stored_key, parts)
    if key.derived and _is_over(stored):
        return None
    if stored and stored.submission.dispatch_failed_at:
        _dispatch_again(stored, parts, now)
    return Accepted(stored_key.submission_id, replayed=True)


def _read_submission(record: IdempotencyRecord, parts: Parts) -> StoredSubmission | None:
    try:
        return parts.deliveries.submission(record.submission_id)
    except StoreUnavailable as error:
        raise _outcome_unknown() from error


def _is_over(stored: StoredSubmission | None) -> bool:
    """Whether a derived key stops replaying, so that the same post can be published again."""
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
        log.info("submission changed meanwhile: %s", error)
