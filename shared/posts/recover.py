"""What the person can do about runs that failed, or of which nobody knows.

retry      failed runs go out again; those that succeeded are never touched
reconcile  unconfirmed runs are looked up on their platforms now
resolve    the person says what became of an unconfirmed run
"""

from collections.abc import Sequence
from functools import partial

from shared import clock, logs
from shared.domain import run as runs
from shared.domain.deletion import is_pending
from shared.domain.errors import ApiError, ErrorCategory, ErrorCode
from shared.domain.run import TASK_LOST_AFTER, Run, RunError, RunStatus
from shared.domain.submission import SubmissionStatus, move
from shared.gcp.firestore import PreconditionFailed
from shared.gcp.runs import StoredRun, runs_of
from shared.gcp.submissions import StoredSubmission, summary_of
from shared.posts.dispatch import dispatch
from shared.wiring import Parts

log = logs.logger("recover")

NOT_PUBLISHED = RunError(
    category=ErrorCategory.UNKNOWN,
    code="not_published",
    message="You said that this post is not on the platform. Retry it to publish it.",
    retryable=True,
)
_RETRIED = (SubmissionStatus.FAILED, SubmissionStatus.PARTIALLY_FAILED)


def retry(stored: StoredSubmission, parts: Parts) -> StoredSubmission:
    """All failed runs of an ended post go out again. Raises ApiError."""
    submission, now = stored.submission, clock.now()
    if submission.status is SubmissionStatus.UNCONFIRMED:
        raise _refused(
            "It is not known yet whether a part of this post is live; retrying could publish it "
            "twice. Reconcile it, or say what became of it, first."
        )
    if submission.deleted_at is not None:
        raise _refused("This post was deleted from its platforms. Send it as a new one.")
    if any(is_pending(run.deletion) for run in (submission.runs or {}).values()):
        raise _refused("This post is being deleted from its platforms; retry it after that.")
    if submission.status not in _RETRIED:
        raise _refused(f"A post that is {submission.status} has nothing to retry.")
    found = runs_of(parts.db, submission.submission_id)
    changed = [
        (before, runs.retry(before.run, now=now))
        for before in found
        if before.run.status is RunStatus.FAILED
    ]
    summaries = {after.run_id: summary_of(after) for _, after in changed}
    after = move(
        submission,
        SubmissionStatus.DISPATCHED,
        updated_at=now,
        wake_at=now + TASK_LOST_AFTER,
        sweeps=0,
        remaining=len(changed),
        runs={**(submission.runs or {}), **summaries},
    )
    try:
        saved = parts.deliveries.save_submission(stored, after, update=changed)
    except PreconditionFailed as error:
        raise _refused("The post is being changed at this moment; read it again.") from error
    _dispatch([run for _, run in changed], parts)
    return saved


def reconcile(stored: StoredSubmission, parts: Parts) -> None:
    """Have all unconfirmed runs looked up now. Raises ApiError."""
    submission, now = stored.submission, clock.now()
    waiting = [
        found
        for found in runs_of(parts.db, submission.submission_id)
        if found.run.status is RunStatus.UNCONFIRMED
    ]
    if not waiting:
        raise _refused("No part of this post is unconfirmed.")
    moved = []
    for found in waiting:
        try:
            saved = parts.deliveries.save(found, runs.look_later(found.run, at=now))
            moved.append(saved.stored.run)
        except PreconditionFailed:
            log.info("somebody else is looking the run up")
    _dispatch(moved, parts)


def resolve_published(
    found: StoredRun, parts: Parts, platform_post_id: str | None, permalink: str | None
) -> None:
    """The person has seen the post. Raises ApiError."""
    after = runs.succeed(
        _unconfirmed(found),
        platform_post_id=platform_post_id,
        permalink=permalink,
        now=clock.now(),
    )
    _save(found, after, parts)


def resolve_not_published(found: StoredRun, parts: Parts) -> None:
    """The person has looked, and there is no such post. Raises ApiError."""
    _save(found, runs.fail(_unconfirmed(found), error=NOT_PUBLISHED, now=clock.now()), parts)


def _unconfirmed(found: StoredRun) -> Run:
    if found.run.status is not RunStatus.UNCONFIRMED:
        raise _refused(f"This run is {found.run.status}, and that is certain.")
    return found.run


def _save(found: StoredRun, after: Run, parts: Parts) -> None:
    try:
        parts.deliveries.save(found, after)
    except PreconditionFailed as error:
        raise _refused("The run is being looked up at this moment; read it again.") from error
    parts.deliveries.settle(after.submission_id)


def _dispatch(changed: Sequence[Run], parts: Parts) -> None:
    for run in changed:
        dispatch(partial(parts.queues.dispatch_run, run))


def _refused(message: str) -> ApiError:
    return ApiError(ErrorCode.INVALID_STATE, message)
