"""What arrives late: a task of a run that has ended, a lost step, a post of a run taken over."""

from functions.publisher.permalink import add_permalink
from functions.publisher.writer import RunWriter
from shared import clock, logs
from shared.domain import run as runs
from shared.domain import unconfirmed
from shared.domain.errors import ErrorCategory
from shared.domain.run import Run, RunError, RunStatus
from shared.gcp.firestore import PreconditionFailed, retry_conflicts
from shared.gcp.runs import StoredRun
from shared.platforms.base import Published

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
    writer.parts.deliveries.settle(stored.run.submission_id)
    add_permalink(stored, writer.parts)
    return f"already {stored.run.status}"


def settle_late(claimed: StoredRun, published: Published, writer: RunWriter) -> str:
    """The post is live, but the run was taken over meanwhile: record it all the same."""
    deliveries = writer.parts.deliveries
    deliveries.add_to_attempt(
        claimed.run, {"platformPostId": published.platform_post_id, "outcome": "published late"}
    )
    try:
        return retry_conflicts(
            f"run {claimed.run.run_id}",
            lambda: deliveries.run(claimed.run.submission_id, claimed.run.run_id),
            lambda stored: _settle(stored, claimed.run, published, writer),
        )
    except PreconditionFailed:
        return _unknown_to_run(claimed.run, published)


def _settle(stored: StoredRun | None, claimed: Run, published: Published, writer: RunWriter) -> str:
    """Raises PreconditionFailed when someone else changed the run first."""
    if stored is not None and stored.run.status is RunStatus.SUCCEEDED:
        return _compare(stored.run, published)
    if stored is None or not _may_still_succeed(stored.run, claimed):
        return _unknown_to_run(claimed, published)
    after = runs.succeed_late(
        stored.run,
        platform_post_id=published.platform_post_id,
        permalink=published.permalink,
        now=clock.now(),
    )
    add_permalink(writer.save(stored, after), writer.parts)
    log.info("run succeeded late")
    return "succeeded late"


def _may_still_succeed(run: Run, claimed: Run) -> bool:
    """Whether `run` is still the delivery that `claimed` was, and has not ended for certain."""
    return run.generation == claimed.generation and run.status in _MAY_STILL_SUCCEED


def _compare(run: Run, published: Published) -> str:
    if run.platform_post_id != published.platform_post_id:
        _alert("two posts of one run are live", run, published)
        return "published twice"
    return "already succeeded"


def _unknown_to_run(claimed: Run, published: Published) -> str:
    _alert("a post is live that its run does not know", claimed, published)
    return "published, but the run does not know"


def _alert(event: str, run: Run, published: Published) -> None:
    """An alert watches `duplicatePost`: someone must check the account."""
    log.error(
        event,
        extra=logs.fields(
            duplicatePost=True,
            platform=run.platform,
            accountId=run.account_id,
            known=run.platform_post_id,
            live=published.platform_post_id,
        ),
    )
