"""What a user can do about unconfirmed runs.

reconcile                       look them up on their platforms now
resolve_published / _not_…      record the user's answer about one of them
"""

from shared import clock, logs
from shared.domain import run as runs
from shared.domain import unconfirmed
from shared.domain.errors import ApiError, ErrorCategory, ErrorCode
from shared.domain.run import Run, RunError, RunStatus
from shared.gcp.firestore import PreconditionFailed
from shared.gcp.runs import StoredRun, runs_of
from shared.gcp.submissions import StoredSubmission
from shared.posts.dispatch import dispatch_runs
from shared.wiring import Parts

log = logs.logger("reconcile")

NOT_PUBLISHED = RunError(
    category=ErrorCategory.UNKNOWN,
    code="not_published",
    message="You reported that this post is not on the platform. Retry it to publish it.",
    retryable=True,
)


def reconcile(stored: StoredSubmission, parts: Parts) -> None:
    """Have all unconfirmed runs looked up now. Raises ApiError."""
    submission, now = stored.submission, clock.now()
    waiting = [
        run
        for run in runs_of(parts.db, submission.submission_id)
        if run.run.status is RunStatus.UNCONFIRMED
    ]
    if not waiting:
        raise _refused("This post has no unconfirmed runs.")
    moved = []
    for run in waiting:
        try:
            saved = parts.deliveries.save(run, unconfirmed.look_later(run.run, at=now))
            moved.append(saved.stored.run)
        except PreconditionFailed:
            log.info("look-up not enqueued: the run changed meanwhile")
    dispatch_runs(moved, parts)


def resolve_published(
    stored: StoredRun, parts: Parts, platform_post_id: str | None, permalink: str | None
) -> None:
    """The user has seen the post on the platform. Raises ApiError."""
    after = runs.succeed(
        _unconfirmed(stored),
        platform_post_id=platform_post_id,
        permalink=permalink,
        now=clock.now(),
    )
    _save(stored, after, parts)


def resolve_not_published(stored: StoredRun, parts: Parts) -> None:
    """The user has looked, and the post is not on the platform. Raises ApiError."""
    after = runs.fail(_unconfirmed(stored), error=NOT_PUBLISHED, now=clock.now())
    _save(stored, after, parts)


def _unconfirmed(stored: StoredRun) -> Run:
    if stored.run.status is not RunStatus.UNCONFIRMED:
        raise _refused(f"This run is {stored.run.status}. Only unconfirmed runs can be resolved.")
    return stored.run


def _save(stored: StoredRun, after: Run, parts: Parts) -> None:
    try:
        parts.deliveries.save(stored, after)
    except PreconditionFailed as error:
        message = "Soku is looking up this run at the moment. Read the post again."
        raise _refused(message) from error
    parts.deliveries.settle(after.submission_id)


def _refused(message: str) -> ApiError:
    return ApiError(ErrorCode.INVALID_STATE, message)
