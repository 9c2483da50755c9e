"""Runs and their submission, changed together: each change of a run is one commit.

The commit contains the run, with the version that was read as its precondition; the submission's
summary of that run, and its count of runs that have not ended; and the record of the attempt. The
submission is not read for this: the count is a blind increment, and the commit returns its value.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from google.cloud import firestore

from shared import clock
from shared.domain.inbox import MOST_ID
from shared.domain.metrics import next_pass
from shared.domain.run import TASK_LOST_AFTER, Run, is_pending
from shared.domain.submission import Submission, SubmissionStatus, move, settle
from shared.domain.webhooks import Wants, event_of_post
from shared.gcp import claims, runs, submissions
from shared.gcp.claims import Basis, Claim, PostHeld, claim_from
from shared.gcp.collecting import INBOX, METRICS, account_key, note_due, seconds_of
from shared.gcp.firestore import (
    PreconditionFailed,
    commit,
    document,
    incremented,
    read_all,
    retry_conflicts,
)
from shared.gcp.messages import Batch
from shared.gcp.runs import StoredRun, attempt_path, run_from, run_path, submission_path
from shared.gcp.submissions import (
    StoredSubmission,
    submission_from,
    summary_fields,
    summary_of,
)

if TYPE_CHECKING:
    from shared.webhooks.outbox import Outbox

# Firestore allows 500 writes in one commit.
_BATCH = 450

T = TypeVar("T")


@dataclass(frozen=True)
class Saved:
    """A run as it was committed."""

    stored: StoredRun
    may_be_last: bool
    """No other run is known to be unfinished: the submission may have its final status."""


# After a post is published; then, as often as its platform allows.
_FIRST_COMMENTS_AFTER = timedelta(minutes=5)


class Deliveries:
    def __init__(
        self,
        db: firestore.Client,
        outbox: "Outbox",
        shows_comments: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`shows_comments`: whether a platform shows the comments on a post."""
        self._db = db
        self._outbox = outbox
        self._shows_comments = shows_comments

    def run(self, submission_id: str, run_id: str) -> StoredRun | None:
        """Raises StoreUnavailable."""
        path = run_path(submission_id, run_id)
        return run_from(read_all(self._db, [path])[path])

    def submission(self, submission_id: str) -> StoredSubmission | None:
        """Raises StoreUnavailable."""
        path = submission_path(submission_id)
        return submission_from(read_all(self._db, [path])[path])

    def save(
        self,
        stored: StoredRun,
        after: Run,
        *,
        attempt: Mapping[str, Any] | None = None,
        basis: Basis = Basis.LOOK_UP,
        held: Claim | None = None,
        loser: tuple[StoredRun, Run] | None = None,
        wants: Wants | None = None,
    ) -> Saved:
        """Commit `after` over `stored`. `attempt` is merged into the run's current attempt.

        A run that succeeds claims its post in the same commit; `basis` is how the post is known.
        `held`: the claim that already exists, and moves to this run unless a direct answer made it.
        `loser`: the run that held it, and what becomes of that. `wants`: which webhooks want to
        know, if the caller has just read it. Raises PostHeld when another run holds the post,
        PreconditionFailed when someone else changed a run first, StoreUnavailable.
        """
        before, after = stored.run, replace(after, write_id=secrets.token_hex(8))
        reference = self._db.document(run_path(after.submission_id, after.run_id))
        batch = Batch(self._db)
        post = claims.post_of(after) if claims.post_of(before) is None else None
        # The numbers of a test post are not read.
        is_measured = post is not None and after.mode != "test"
        read_at = next_pass(account_key(after), clock.now()) if is_measured else None
        self._update_run(batch, stored, after, read_at)
        if post is not None:
            self._claim(batch, after, post, basis, held)
        if post is not None and read_at is not None:
            note_due(batch, self._db, after, METRICS, read_at)
            self._watch_comments(batch, after)
        if attempt is not None:
            self._record(batch, after, attempt)
        told = self._outbox.add_run(batch, before, after, wants)
        if loser is not None:
            self._update_run(batch, *loser)
            self._update_summary(batch, loser[0].run, loser[1])
        if summary_of(before) != summary_of(after):
            self._update_summary(batch, before, after)
        try:
            version, results = self._commit(batch, reference, after.write_id)
        except PreconditionFailed as error:
            claim = self._holder(stored, post) if post and not held else None
            if claim is None:
                raise
            if not claim.is_of(after):
                raise PostHeld(claim) from error
            # Our own, of an earlier commit.
            return self.save(stored, after, attempt=attempt, basis=basis, held=claim, wants=wants)
        self._outbox.deliver(told)
        remaining = incremented(results[-1]) if results else None
        return Saved(
            stored=StoredRun(after, version),
            may_be_last=after.is_ended
            and after.status is not before.status
            and remaining in (0, None),
        )

    def _watch_comments(self, batch: Any, run: Run) -> None:
        post_id = run.platform_post_id
        if post_id and len(post_id) <= MOST_ID and self._shows_comments(run.platform):
            now = clock.now()
            watched = {post_id: seconds_of(now)}
            note_due(batch, self._db, run, INBOX, now + _FIRST_COMMENTS_AFTER, watch=watched)

    def _update_run(
        self,
        batch: firestore.WriteBatch,
        stored: StoredRun,
        after: Run,
        read_at: datetime | None = None,
    ) -> None:
        """`read_at`: when the numbers of its post are read for the first time."""
        measured = {} if read_at is None else {"metricsAt": read_at}
        batch.update(
            self._db.document(run_path(after.submission_id, after.run_id)),
            {**runs.changed_fields(stored.run, after), **measured},
            option=self._db.write_option(last_update_time=stored.update_time),
        )

    def _claim(
        self,
        batch: firestore.WriteBatch,
        run: Run,
        post: str,
        basis: Basis,
        held: Claim | None,
    ) -> None:
        fields = claims.claim_fields(run, basis, clock.now())
        reference = self._db.document(claims.claim_path(run, post))
        if held is None:
            batch.create(reference, fields)
        elif held.basis is not Basis.ANSWER:
            option = self._db.write_option(last_update_time=held.update_time)
            batch.update(reference, fields, option=option)

    def _holder(self, stored: StoredRun, post: str) -> Claim | None:
        """Who holds `post`, unless the run has changed: then that is why the commit failed."""
        run = stored.run
        paths = (run_path(run.submission_id, run.run_id), claims.claim_path(run, post))
        snapshots = read_all(self._db, paths)
        has_changed = snapshots[paths[0]].update_time != stored.update_time
        return None if has_changed else claim_from(snapshots[paths[1]])

    def add_to_attempt(self, run: Run, fields: Mapping[str, Any]) -> None:
        """Merge `fields` into the run's current attempt, whatever state the run is in."""
        batch = Batch(self._db)
        self._record(batch, run, fields)
        commit(batch, landed=lambda: False)

    def hold(self, run: Run, post: str) -> None:
        """Claim a post that `run` published besides its own, unless another run holds it."""
        batch = Batch(self._db)
        self._claim(batch, run, post, Basis.ANSWER, None)
        reference = self._db.document(claims.claim_path(run, post))
        # Another run may hold the post. Either way, there is nothing more to do.
        commit(batch, landed=lambda: read_all(self._db, [reference.path])[reference.path].exists)

    def settle(self, submission_id: str, wants: Wants | None = None) -> Submission | None:
        """Write the submission's final status if all its runs have ended.

        Anyone may call it, any number of times. Returns the submission as it is now.
        """

        def settled(stored: StoredSubmission | None) -> Submission | None:
            if stored is None:
                return None
            after = settle(stored.submission, clock.now())
            if after is None:
                return stored.submission
            return self.save_submission(stored, after, wants=wants).submission

        return self._change(submission_id, settled)

    def revive(self, submission_id: str) -> None:
        """A run of an ended submission continues: the submission is dispatched again."""

        def revived(stored: StoredSubmission | None) -> None:
            if stored is None or stored.submission.status is SubmissionStatus.DISPATCHED:
                return
            if stored.submission.final_status() is not None:
                # It has ended again already.
                return
            now = clock.now()
            after = move(
                stored.submission,
                SubmissionStatus.DISPATCHED,
                updated_at=now,
                wake_at=now + TASK_LOST_AFTER,
            )
            self.save_submission(stored, after)

        self._change(submission_id, revived)

    def _change(self, submission_id: str, change: Callable[[StoredSubmission | None], T]) -> T:
        name = f"submission {submission_id}"
        return retry_conflicts(name, lambda: self.submission(submission_id), change)

    def note_failed_dispatch(self, submission_id: str) -> None:
        """The task could not be enqueued. Raises what `commit` raises."""
        batch = Batch(self._db)
        reference = self._db.document(submission_path(submission_id))
        batch.update(reference, {"dispatchFailedAt": clock.now()})
        commit(batch, landed=lambda: False)

    def save_submission(
        self,
        stored: StoredSubmission,
        after: Submission,
        create: tuple[Run, ...] = (),
        update: Sequence[tuple[StoredRun, Run]] = (),
        wants: Wants | None = None,
    ) -> StoredSubmission:
        """Commit `after` over `stored`, with the runs to create and to update.

        `wants`: as in `save`. Raises PreconditionFailed when someone else changed the submission
        or one of the runs first, or has created the runs already.
        """
        before = stored.submission
        version = before.version + (event_of_post(before, after) is not None)
        after = replace(after, version=version, write_id=secrets.token_hex(8))
        reference = self._db.document(submission_path(after.submission_id))
        batch = Batch(self._db)
        batch.update(
            reference,
            submissions.changed_fields(before, after),
            option=self._db.write_option(last_update_time=stored.update_time),
        )
        for run in create:
            path = run_path(run.submission_id, run.run_id)
            batch.create(self._db.document(path), runs.run_fields(run))
        for each, run in update:
            self._update_run(batch, each, run)
        told = self._outbox.add_post(batch, before, after, create, wants)
        update_time, _ = self._commit(batch, reference, after.write_id)
        self._outbox.deliver(told)
        return StoredSubmission(after, update_time)

    def delete(self, stored: StoredSubmission) -> None:
        """Remove a submission with its runs and their attempts.

        Raises PreconditionFailed when someone else changed the submission first; then nothing is
        removed but the records of some attempts.
        """
        submission = stored.submission
        reference = self._db.document(submission_path(submission.submission_id))
        attempts = runs.attempt_references(self._db, submission.submission_id, submission.user_id)
        for start in range(0, len(attempts), _BATCH):
            batch = Batch(self._db)
            for attempt in attempts[start : start + _BATCH]:
                batch.delete(attempt)
            commit(batch, landed=lambda: False)
        batch = Batch(self._db)
        for one in runs.runs_of(self._db, submission.submission_id):
            batch.delete(self._db.document(run_path(submission.submission_id, one.run.run_id)))
        option = self._db.write_option(last_update_time=stored.update_time)
        batch.delete(reference, option=option)
        commit(
            batch, landed=lambda: not read_all(self._db, [reference.path])[reference.path].exists
        )

    def _record(self, batch: firestore.WriteBatch, run: Run, fields: Mapping[str, Any]) -> None:
        ids = {
            "submissionId": run.submission_id,
            "runId": run.run_id,
            "userId": run.user_id,
            "attempt": run.attempt,
        }
        batch.set(self._db.document(attempt_path(run)), {**ids, **fields}, merge=True)

    def _update_summary(self, batch: firestore.WriteBatch, before: Run, run: Run) -> None:
        """The last write of the batch: its result has the new count."""
        now = clock.now()
        # `field_path` quotes: a run id may contain a colon.
        line = self._db.field_path("runSummary", run.run_id)
        changes: dict[str, Any] = {line: summary_fields(summary_of(run)), "updatedAt": now}
        if run.is_ended != before.is_ended:
            changes["remaining"] = firestore.Increment(before.is_ended - run.is_ended)
        ends_deletion = is_pending(before.deletion) and not is_pending(run.deletion)
        was_settled = before.is_ended and before.status is not run.status
        if was_settled or ends_deletion:
            # The submission had ended, so no task or sweep would settle it.
            changes["wakeAt"] = now + TASK_LOST_AFTER
        batch.update(self._db.document(submission_path(run.submission_id)), changes)

    def _commit(
        self, batch: firestore.WriteBatch, reference: Any, write_id: str
    ) -> tuple[Any, Sequence[Any] | None]:
        """The new version of the batch's first document, and the results if they arrived."""
        versions: list[Any] = []

        def landed() -> bool:
            snapshot = read_all(self._db, [reference.path])[reference.path]
            versions.append(snapshot.update_time)
            return (document(snapshot) or {}).get("writeId") == write_id

        results = commit(batch, landed)
        return (results[0].update_time if results else versions[-1]), results
