"""What arrives late: a task of a run that has ended, a lost step, a post of a run taken over."""

from functions.publisher import checkpoints
from functions.publisher.alerts import alert
from functions.publisher.permalink import add_permalink
from functions.publisher.writer import RunWriter
from shared import clock, logs
from shared.domain import run as runs
from shared.domain import unconfirmed
from shared.domain.errors import ErrorCategory
from shared.domain.run import Run, RunError, RunStatus
from shared.gcp.claims import Basis
from shared.gcp.firestore import PreconditionFailed, retry_conflicts
from shared.gcp.runs import StoredRun
from shared.platforms.base import Pending, Published

log = logs.logger("publisher")

_INTERRUPTED = RunError(
    category=ErrorCategory.UNKNOWN,
    code="outcome_unknown",
    message="Sending the post was interrupted: it may or may not be live. Soku is looking it up.",
    retryable=False,
)
_MAY_STILL_SUCCEED = (RunStatus.QUEUED, RunStatus.PROCESSING, RunStatus.UNCONFIRMED)


def record_loss(stored: StoredRun, writer: RunWriter) -> str:
    """The holder died after its intent: the post may be live, so the step is not repeated."""
    lost = {"outcome": "lost", "finishedAt": clock.now()}
    after = unconfirmed.doubt(stored.run, error=_INTERRUPTED, now=clock.now())
    writer.save(stored, after, lost)
    return "unconfirmed: the holder died after its intent"


def finish(stored: StoredRun, writer: RunWriter) -> str:
    """The run has ended: make sure that its submission knows, and that it has its link."""
    writer.settle(stored.run.submission_id)
    add_permalink(stored, writer.parts)
    return f"already {stored.run.status}"


def settle_late(claimed: StoredRun, result: Published | Pending, writer: RunWriter) -> str:
    """The platform has the post, but the run was taken over meanwhile: record it all the same."""
    deliveries = writer.parts.deliveries
    record = {"outcome": "sent late"}
    if isinstance(result, Published):
        record = {"outcome": "published late", "platformPostId": result.platform_post_id}
    deliveries.add_to_attempt(claimed.run, record)
    try:
        return retry_conflicts(
            f"run {claimed.run.run_id}",
            lambda: deliveries.run(claimed.run.submission_id, claimed.run.run_id),
            lambda stored: _settle(stored, claimed.run, result, writer),
        )
    except PreconditionFailed:
        return _unknown_to_run(claimed.run, result, writer)


def _settle(
    stored: StoredRun | None, claimed: Run, result: Published | Pending, writer: RunWriter
) -> str:
    """Raises PreconditionFailed when someone else changed the run first."""
    if stored is not None and stored.run.status is RunStatus.SUCCEEDED:
        return _compare(stored.run, claimed, result, writer)
    if stored is None or not _may_still_succeed(stored.run, claimed):
        return _unknown_to_run(claimed, result, writer)
    if isinstance(result, Pending):
        return _follow(stored, claimed, result, writer)
    after = runs.succeed_late(
        stored.run,
        platform_post_id=result.platform_post_id,
        permalink=result.permalink,
        now=clock.now(),
    )
    if _was_sent_again(stored.run, claimed) and not stored.run.refused_as_duplicate:
        alert("a post was sent again while its first try succeeded", claimed, live=_id_of(result))
    add_permalink(writer.save(stored, after, basis=Basis.ANSWER), writer.parts)
    log.info("run succeeded late")
    return "succeeded late"


def _follow(stored: StoredRun, claimed: Run, result: Pending, writer: RunWriter) -> str:
    """The platform publishes the post by itself: from now on, only ask about it."""
    run = stored.run
    if _was_sent_again(run, claimed):
        # What was sent again is followed already.
        alert("a post was sent twice", run, known=run.platform_post_id)
        return "sent twice"
    after = runs.follow_late(
        run,
        checkpoint=checkpoints.sealed(result.checkpoint, run, writer.parts.cipher),
        sent_at=claimed.intent_at or claimed.sent_at or clock.now(),
        at=clock.now() + result.poll_after,
    )
    writer.save(stored, after)
    writer.parts.deliveries.revive(run.submission_id)
    log.info("run sent late")
    return "sent late"


def _may_still_succeed(run: Run, claimed: Run) -> bool:
    """Whether `run` is still the delivery that `claimed` was, and has not ended for certain."""
    return run.generation == claimed.generation and run.status in _MAY_STILL_SUCCEED


def _was_sent_again(run: Run, claimed: Run) -> bool:
    """Whether another visible try began after that of `claimed`."""
    return run.visible_attempts > claimed.visible_attempts


def _compare(run: Run, claimed: Run, result: Published | Pending, writer: RunWriter) -> str:
    """The run has succeeded: with this post, or with that of another try?"""
    is_only_try = run.generation == claimed.generation and not _was_sent_again(run, claimed)
    post_id = _id_of(result)
    is_same = (
        is_only_try if None in (post_id, run.platform_post_id) else post_id == run.platform_post_id
    )
    if is_same:
        return "already succeeded"
    _hold(run, result, writer)
    alert("two posts of one run are live", run, known=run.platform_post_id, live=_id_of(result))
    return "published twice"


def _unknown_to_run(claimed: Run, result: Published | Pending, writer: RunWriter) -> str:
    _hold(claimed, result, writer)
    known = claimed.platform_post_id
    alert("a post is live that its run does not know", claimed, known=known, live=_id_of(result))
    return "published, but the run does not know"


def _hold(run: Run, result: Published | Pending, writer: RunWriter) -> None:
    """No other run may take the post for its own."""
    post_id = _id_of(result)
    if post_id is not None:
        writer.parts.deliveries.hold(run, post_id)


def _id_of(result: Published | Pending) -> str | None:
    return result.platform_post_id if isinstance(result, Published) else None
