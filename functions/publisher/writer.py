"""Stores a run's new state and starts what follows: its next task, or the end of the submission."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from shared import clock
from shared.domain.run import Run
from shared.gcp.firestore import PreconditionFailed, retry_conflicts
from shared.gcp.runs import StoredRun
from shared.platforms.http import Http
from shared.wiring import Parts

Attempt = Mapping[str, Any]
"""Fields of the record of a run's attempt."""


@dataclass(frozen=True)
class RunWriter:
    parts: Parts

    def save(self, stored: StoredRun, after: Run, attempt: Attempt | None = None) -> StoredRun:
        """Commit `after`, then enqueue its next task or end the submission, as needed.

        Raises PreconditionFailed when someone else changed the run first.
        """
        saved = self.parts.deliveries.save(stored, after, attempt=attempt)
        run = saved.stored.run
        if run.next_attempt_at is not None:
            self.parts.queues.dispatch_run(run, at=run.next_attempt_at)
        if saved.may_be_last:
            self.parts.deliveries.settle(run.submission_id)
        return saved.stored

    def save_claimed(self, claimed: StoredRun, after: Run, attempt: Attempt | None) -> StoredRun:
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
            lambda stored: self.save(stored, after, attempt),
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
