"""Stores a run's new state and starts what follows: its next task, or the end of the submission."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from functions.publisher.alerts import alert
from shared import clock
from shared.domain.errors import ErrorCategory
from shared.domain.gates import Gates
from shared.domain.run import Run, RunError, RunStatus
from shared.domain.unconfirmed import lose_post
from shared.domain.webhooks import Wants
from shared.gcp import claims
from shared.gcp.claims import Basis, Claim, PostHeld
from shared.gcp.deliveries import Saved
from shared.gcp.firestore import PreconditionFailed, StoreUnavailable, retry_conflicts
from shared.gcp.health import count_success
from shared.gcp.runs import StoredRun
from shared.gcp.tasks import DispatchFailed
from shared.platforms.http import Http
from shared.wiring import Parts

Attempt = Mapping[str, Any]
"""Fields of the record of a run's attempt."""

# Failures of our own Firestore and queues: the same task is delivered again. Anything else that
# breaks while a result is saved would break again.
DELIVER_AGAIN = (PreconditionFailed, StoreUnavailable, DispatchFailed)

_LOST_ITS_POST = RunError(
    category=ErrorCategory.UNKNOWN,
    code="outcome_unknown",
    message="The post that Soku took for this one is another of your posts. This one may or may "
    "not be live; Soku is looking it up.",
    retryable=False,
)


@dataclass
class RunWriter:
    """Of one task."""

    parts: Parts
    wants: Wants | None = None
    """Which webhooks want which events, once this task has read it."""

    def hear(self, gates: Gates) -> None:
        """Keep what the gates say about webhooks, so that it is not read again."""
        self.wants = gates.subscription.webhook_events

    def settle(self, submission_id: str) -> None:
        """Write the submission's final status if all its runs have ended."""
        self.parts.deliveries.settle(submission_id, self.wants)

    def save(
        self,
        stored: StoredRun,
        after: Run,
        attempt: Attempt | None = None,
        basis: Basis = Basis.LOOK_UP,
    ) -> StoredRun:
        """Commit `after`, then enqueue its next task or end the submission, as needed.

        `basis`: how the post of a run that succeeds is known. Raises PostHeld when another run
        holds that post, PreconditionFailed when someone else changed the run first.
        """
        try:
            saved = self.parts.deliveries.save(
                stored, after, attempt=attempt, basis=basis, wants=self.wants
            )
        except PostHeld as held:
            if basis is not Basis.ANSWER:
                raise
            saved = self._take_post(stored, after, attempt, held.claim)
        self._continue(saved)
        if after.status is RunStatus.SUCCEEDED and stored.run.status is not after.status:
            count_success(self.parts.db, after)
        return saved.stored

    def _continue(self, saved: Saved) -> None:
        run = saved.stored.run
        if run.next_attempt_at is not None:
            self.parts.queues.dispatch_run(run, at=run.next_attempt_at)
        if saved.may_be_last:
            self.settle(run.submission_id)

    def _take_post(
        self, stored: StoredRun, after: Run, attempt: Attempt | None, claim: Claim
    ) -> Saved:
        """The platform's direct answer names a post that another run holds.

        A run that holds it by a look-up loses it; one that got the same answer keeps it, too.
        """
        deliveries = self.parts.deliveries
        loser = None
        if claim.basis is not Basis.ANSWER:
            holder = deliveries.run(claim.submission_id, claim.run_id)
            held = claims.post_of(holder.run) if holder is not None else None
            if holder is not None and held and claims.claim_path(holder.run, held) == claim.path:
                lost = lose_post(holder.run, error=_LOST_ITS_POST, now=clock.now())
                loser = (holder, lost)
        saved = deliveries.save(
            stored,
            after,
            attempt=attempt,
            basis=Basis.ANSWER,
            held=claim,
            loser=loser,
            wants=self.wants,
        )
        alert(
            "a post was held by another run",
            after,
            known=claim.run_id,
            live=after.platform_post_id,
            holder=claim.submission_id,
        )
        if loser is not None:
            lost = loser[1]
            self.parts.queues.dispatch_run(lost, at=lost.next_attempt_at)
            deliveries.settle(lost.submission_id)
        return saved

    def save_claimed(
        self,
        claimed: StoredRun,
        after: Run,
        attempt: Attempt | None,
        basis: Basis = Basis.LOOK_UP,
    ) -> StoredRun:
        """As `save`, for the holder of the lease: a sweep in between changes nothing.

        Raises PreconditionFailed when the run was taken over.
        """

        def still_claimed() -> StoredRun:
            stored = self.parts.deliveries.run(after.submission_id, after.run_id)
            if stored is None or stored.run.lease_owner != claimed.run.lease_owner:
                raise PreconditionFailed(f"run {after.run_id} was taken over")
            return stored

        return retry_conflicts(
            f"run {after.run_id}",
            still_claimed,
            lambda stored: self.save(stored, after, attempt, basis),
            first=claimed,
        )


def attempt_record(http: Http, outcome: str, **fields: Any) -> Attempt:
    """What was sent and answered, and the outcome."""
    return {
        "finishedAt": clock.now(),
        "outcome": outcome,
        "exchanges": [asdict(exchange) for exchange in http.exchanges],
        **fields,
    }
