"""What follows from a step: one commit, the next task, and the submission's end."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.publisher import access
from shared import clock, logs
from shared.domain import run as runs
from shared.domain import unconfirmed
from shared.domain.deletion import is_deleted
from shared.domain.errors import ErrorCategory, PlatformError
from shared.domain.run import Run, RunError, RunStatus
from shared.gcp.firestore import PreconditionFailed
from shared.gcp.runs import StoredRun
from shared.platforms import registry
from shared.platforms.base import Published
from shared.platforms.http import ClaimLimits
from shared.wiring import Parts

log = logs.logger("publisher")

SAVE_TRIES = 5


@dataclass(frozen=True)
class Outcome:
    """Writes what became of a run and starts what follows."""

    parts: Parts

    def save(
        self, stored: StoredRun, after: Run, attempt: Mapping[str, Any] | None = None
    ) -> StoredRun:
        """Commit `after`, then enqueue its next task or end the submission, as it needs.

        Raises PreconditionFailed when somebody else moved the run first.
        """
        saved = self.parts.deliveries.save(stored, after, attempt=attempt)
        run = saved.stored.run
        if run.next_attempt_at is not None:
            self.parts.queues.dispatch_run(run, at=run.next_attempt_at)
        if saved.may_be_last:
            self.parts.deliveries.settle(run.submission_id)
        return saved.stored

    def save_claimed(
        self, claimed: StoredRun, after: Run, attempt: Mapping[str, Any] | None
    ) -> StoredRun:
        """As `save`, for the holder of the lease: a sweep in between changes nothing.

        Raises PreconditionFailed when the run was taken over.
        """
        stored = claimed
        for _ in range(SAVE_TRIES):
            try:
                return self.save(stored, after, attempt)
            except PreconditionFailed:
                found = self.parts.deliveries.run(after.submission_id, after.run_id)
                if found is None or found.run.lease_owner != claimed.run.lease_owner:
                    raise
                stored = found
        raise PreconditionFailed(f"run {after.run_id} does not come to rest")


def new_owner() -> str:
    return secrets.token_hex(8)


def doubt_lost_step(found: StoredRun, outcome: Outcome) -> str:
    """The holder died after its intent: the post may be live, so nobody repeats the step."""
    error = RunError(
        category=ErrorCategory.UNKNOWN,
        code="outcome_unknown",
        message="Sending the post was interrupted: it may or may not be live. It is being "
        "looked up.",
        retryable=False,
    )
    lost = {"outcome": "lost", "finishedAt": clock.now()}
    outcome.save(found, unconfirmed.doubt(found.run, error=error, now=clock.now()), lost)
    return "unconfirmed: the holder died after its intent"


def finish(found: StoredRun, outcome: Outcome) -> str:
    """The run has ended: see that the submission knows, and that the link is there."""
    outcome.parts.deliveries.settle(found.run.submission_id)
    add_permalink(found, outcome)
    return f"already {found.run.status}"


def add_permalink(stored: StoredRun, outcome: Outcome) -> None:
    """Ask for the link of a published post. The post is live without it: failing is no failure."""
    run = stored.run
    if run.status is not RunStatus.SUCCEEDED or run.permalink or not run.platform_post_id:
        return
    if is_deleted(run.deletion):
        return
    http = access.http_for(run.platform, outcome.parts, ClaimLimits())
    try:
        _, granted = access.read(run, outcome.parts)
        if granted is None:
            return
        permalink = registry.publishing(run.platform).permalink(
            granted.post(run), run.platform_post_id, http
        )
    except PlatformError as error:
        log.warning("published, but the link is not to be had: %s", error.message)
        return
    if permalink:
        try:
            outcome.parts.deliveries.save(stored, runs.add_permalink(run, permalink))
        except PreconditionFailed:
            log.info("somebody else is adding the link")


def tell_operator(failure: PlatformError, run: Run) -> None:
    """An alert watches `operatorAction`: every user of the platform is waiting for it."""
    if failure.concerns_operator:
        log.error(failure.message, extra=logs.fields(operatorAction=True, platform=run.platform))


def settle_late(claimed: StoredRun, published: Published, outcome: Outcome) -> str:
    """The platform took the post, but the run was taken over meanwhile: the truth still counts."""
    deliveries = outcome.parts.deliveries
    deliveries.add_to_attempt(
        claimed.run, {"platformPostId": published.platform_post_id, "outcome": "published late"}
    )
    for _ in range(SAVE_TRIES):
        found = deliveries.run(claimed.run.submission_id, claimed.run.run_id)
        if found is None:
            break
        if found.run.status is RunStatus.SUCCEEDED:
            return _compare(found.run, published)
        if not _is_unsettled(found.run, claimed.run):
            break
        after = runs.succeed_late(
            found.run,
            platform_post_id=published.platform_post_id,
            permalink=published.permalink,
            now=clock.now(),
        )
        try:
            add_permalink(outcome.save(found, after), outcome)
            return "succeeded, late"
        except PreconditionFailed:
            continue
    _alert("a post went live that its run does not know", claimed.run, published)
    return "published, but the run went another way"


def _is_unsettled(run: Run, claimed: Run) -> bool:
    """Whether `run` still is the delivery that `claimed` was, with its end open."""
    open_ends = (RunStatus.QUEUED, RunStatus.PROCESSING, RunStatus.UNCONFIRMED)
    return run.generation == claimed.generation and run.status in open_ends


def _compare(run: Run, published: Published) -> str:
    if run.platform_post_id != published.platform_post_id:
        _alert("two posts of one run are live", run, published)
        return "published twice"
    return "already succeeded"


def _alert(what: str, run: Run, published: Published) -> None:
    """An alert watches `duplicatePost`: a person must look at the account."""
    log.error(
        what,
        extra=logs.fields(
            duplicatePost=True,
            platform=run.platform,
            accountId=run.account_id,
            known=run.platform_post_id,
            live=published.platform_post_id,
        ),
    )
