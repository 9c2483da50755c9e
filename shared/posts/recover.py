"""What the person can do about runs of which nobody knows.

reconcile  unconfirmed runs are looked up on their platforms now
resolve    the person says what became of an unconfirmed run
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

log = logs.logger("recover")

NOT_PUBLISHED = RunError(
    category=ErrorCategory.UNKNOWN,
    code="not_published",
    message="You said that this post is not on the platform. Retry it to publish it.",
    retryable=True,
)


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
            saved = parts.deliveries.save(found, unconfirmed.look_later(found.run, at=now))
            moved.append(saved.stored.run)
        except PreconditionFailed:
            log.info("somebody else is looking the run up")
    dispatch_runs(moved, parts)


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


def _refused(message: str) -> ApiError:
    return ApiError(ErrorCode.INVALID_STATE, message)
