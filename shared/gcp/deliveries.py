"""Runs and their submission, moved on together: each change of a run is one commit.

The commit holds the run, with the version it was read at as precondition; the
submission's line about that run, and its count of runs that have not ended; and
the record of the attempt. The submission itself is never read for that: the
count is a blind increment, and the commit answers what it left.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from google.cloud import firestore

from shared import clock
from shared.domain.deletion import is_pending
from shared.domain.run import TASK_LOST_AFTER, Run, RunStatus
from shared.domain.submission import (
    Submission,
    SubmissionStatus,
    move,
    settle,
)
from shared.gcp import runs, submissions
from shared.gcp.firestore import PreconditionFailed, commit, incremented, read_all
from shared.gcp.runs import StoredRun, attempt_path, run_from, run_path, submission_path
from shared.gcp.submissions import (
    StoredSubmission,
    submission_from,
    summary_fields,
    summary_of,
)

_SETTLE_TRIES = 20
# Firestore takes 500 writes in one commit.
_BATCH = 450


@dataclass(frozen=True)
class Saved:
    """A run as it was committed."""

    stored: StoredRun
    may_be_last: bool
    """No other run is known to be still going: the submission may have its final status."""


class Deliveries:
    def __init__(self, db: firestore.Client) -> None:
        self._db = db

    def run(self, submission_id: str, run_id: str) -> StoredRun | None:
        """Raises StoreUnavailable."""
        path = run_path(submission_id, run_id)
        return run_from(read_all(self._db, [path])[path])

    def submission(self, submission_id: str) -> StoredSubmission | None:
        """Raises StoreUnavailable."""
        path = submission_path(submission_id)
        return submission_from(read_all(self._db, [path])[path])

    def save(
        self, stored: StoredRun, after: Run, *, attempt: Mapping[str, Any] | None = None
    ) -> Saved:
        """Commit `after` over `stored`. `attempt` is merged into the run's present attempt.

        Raises PreconditionFailed when somebody else moved the run first, StoreUnavailable.
        """
        before, after = stored.run, replace(after, write_id=secrets.token_hex(8))
        reference = self._db.document(run_path(after.submission_id, after.run_id))
        batch = self._db.batch()
        batch.update(
            reference,
            runs.changed_fields(before, after),
            option=self._db.write_option(last_update_time=stored.update_time),
        )
        if attempt is not None:
            self._record(batch, after, attempt)
        if summary_of(before) != summary_of(after):
            self._tell_submission(batch, before, after)
        version, results = self._commit(batch, reference, after.write_id)
        remaining = incremented(results[-1]) if results else None
        return Saved(
            stored=StoredRun(after, version),
            may_be_last=after.is_ended
            and after.status is not before.status
            and remaining in (0, None),
        )

    def add_to_attempt(self, run: Run, fields: Mapping[str, Any]) -> None:
        """Merge `fields` into the run's present attempt, whatever became of the run."""
        batch = self._db.batch()
        self._record(batch, run, fields)
        commit(batch, landed=lambda: False)

    def settle(self, submission_id: str) -> Submission | None:
        """Write the submission's final status if all its runs have ended.

        Anybody may call it, any number of times. Answers the submission as it is now.
        """
        for _ in range(_SETTLE_TRIES):
            found = self.submission(submission_id)
            if found is None:
                return None
            after = settle(found.submission, clock.now())
            if after is None:
                return found.submission
            try:
                return self.save_submission(found, after).submission
            except PreconditionFailed:
                continue
        raise PreconditionFailed(f"submission {submission_id} does not come to rest")

    def revive(self, submission_id: str) -> None:
        """A run of an ended submission goes on: the submission is dispatched again."""
        for _ in range(_SETTLE_TRIES):
            found = self.submission(submission_id)
            if found is None or found.submission.status is SubmissionStatus.DISPATCHED:
                return
            if found.submission.outcome() is not None:
                # It has ended again already.
                return
            now = clock.now()
            after = move(
                found.submission,
                SubmissionStatus.DISPATCHED,
                updated_at=now,
                wake_at=now + TASK_LOST_AFTER,
            )
            try:
                self.save_submission(found, after)
                return
            except PreconditionFailed:
                continue

    def note_failed_dispatch(self, submission_id: str) -> None:
        """The task could not be enqueued. Raises what `commit` raises."""
        batch = self._db.batch()
        reference = self._db.document(submission_path(submission_id))
        batch.update(reference, {"dispatchFailedAt": clock.now()})
        commit(batch, landed=lambda: False)

    def save_submission(
        self,
        stored: StoredSubmission,
        after: Submission,
        create: tuple[Run, ...] = (),
        update: Sequence[tuple[StoredRun, Run]] = (),
    ) -> StoredSubmission:
        """Commit `after` over `stored`, with the runs that it brings into being or changes.

        Raises PreconditionFailed when somebody else changed the submission or one of the runs
        first, or had created the runs already.
        """
        after = replace(after, write_id=secrets.token_hex(8))
        reference = self._db.document(submission_path(after.submission_id))
        batch = self._db.batch()
        batch.update(
            reference,
            submissions.changed_fields(stored.submission, after),
            option=self._db.write_option(last_update_time=stored.update_time),
        )
        for run in create:
            path = run_path(run.submission_id, run.run_id)
            batch.create(self._db.document(path), runs.run_fields(run))
        for before, run in update:
            batch.update(
                self._db.document(run_path(run.submission_id, run.run_id)),
                runs.changed_fields(before.run, run),
                option=self._db.write_option(last_update_time=before.update_time),
            )
        version, _ = self._commit(batch, reference, after.write_id)
        return StoredSubmission(after, version)

    def delete(self, stored: StoredSubmission) -> None:
        """Remove a submission with its runs and their attempts.

        Raises PreconditionFailed when somebody else changed the submission first; then all but
        the record of some attempts is still there.
        """
        submission = stored.submission
        reference = self._db.document(submission_path(submission.submission_id))
        attempts = runs.attempt_references(self._db, submission.submission_id, submission.user_id)
        for start in range(0, len(attempts), _BATCH):
            batch = self._db.batch()
            for attempt in attempts[start : start + _BATCH]:
                batch.delete(attempt)
            commit(batch, landed=lambda: False)
        batch = self._db.batch()
        for found in runs.runs_of(self._db, submission.submission_id):
            batch.delete(self._db.document(run_path(submission.submission_id, found.run.run_id)))
        option = self._db.write_option(last_update_time=stored.update_time)
        batch.delete(reference, option=option)
        commit(
            batch, landed=lambda: not read_all(self._db, [reference.path])[reference.path].exists
        )

    def _record(self, batch: firestore.WriteBatch, run: Run, fields: Mapping[str, Any]) -> None:
        known = {
            "submissionId": run.submission_id,
            "runId": run.run_id,
            "userId": run.user_id,
            "attempt": run.attempt,
        }
        batch.set(self._db.document(attempt_path(run)), {**known, **fields}, merge=True)

    def _tell_submission(self, batch: firestore.WriteBatch, before: Run, run: Run) -> None:
        """Last of the batch, so that its result is where the count left behind is found."""
        now = clock.now()
        # Quoted: a run id may hold a colon.
        line = self._db.field_path("runSummary", run.run_id)
        news: dict[str, Any] = {line: summary_fields(summary_of(run)), "updatedAt": now}
        if run.is_ended != before.is_ended:
            news["remaining"] = firestore.Increment(before.is_ended - run.is_ended)
        ends_deletion = is_pending(before.deletion) and not is_pending(run.deletion)
        if before.status is RunStatus.UNCONFIRMED or ends_deletion:
            # The submission had ended, and nobody looked after it any more.
            news["wakeAt"] = now + TASK_LOST_AFTER
        batch.update(self._db.document(submission_path(run.submission_id)), news)

    def _commit(
        self, batch: firestore.WriteBatch, reference: Any, write_id: str
    ) -> tuple[Any, list[Any] | None]:
        """The version that the batch gave its first document, and its results if they came."""
        seen: list[Any] = []

        def landed() -> bool:
            snapshot = read_all(self._db, [reference.path])[reference.path]
            seen.append(snapshot.update_time)
            return bool(snapshot.exists and snapshot.get("writeId") == write_id)

        results = commit(batch, landed)
        return (results[0].update_time if results else seen[-1]), results
