"""What the orchestrator does with a submission.

    1. Read it, and do nothing before its time or for another generation.
    2. Claim it: one commit, `orchestrating`.
    3. Create its runs and set `dispatched`: one commit. A target that cannot go any more gets
       a run that is born failed.
    4. Enqueue one task for each run that is queued.

A redelivery that finds `orchestrating` goes on at 3, one that finds `dispatched`
at 4. Since the runs exist before their tasks do, no run overtakes `dispatched`.
"""

from dataclasses import replace
from datetime import datetime

from shared import clock, logs
from shared.domain.gates import Gates, refusal
from shared.domain.run import TASK_LOST_AFTER, Run, RunStatus
from shared.domain.submission import (
    Submission,
    SubmissionStatus,
    Target,
    is_due_soon,
    move,
    roll_up,
)
from shared.gcp.accounts import account_from, account_path
from shared.gcp.firestore import PreconditionFailed, read_all
from shared.gcp.runs import runs_of
from shared.gcp.submissions import StoredSubmission, summary_of
from shared.gcp.users import subscription_from, subscription_path
from shared.wiring import Parts

log = logs.logger("orchestrator")

TRIES = 10


def orchestrate(submission_id: str, generation: int, parts: Parts) -> str:
    """Do what the task asks for, if it still is to be done; answers what was done, in words."""
    with logs.bound(submissionId=submission_id):
        outcome = _orchestrate(submission_id, generation, parts)
        log.info("orchestrated", extra=logs.fields(outcome=outcome))
        return outcome


def _orchestrate(submission_id: str, generation: int, parts: Parts) -> str:
    for _ in range(TRIES):
        found = parts.deliveries.submission(submission_id)
        if found is None:
            return "the submission is gone"
        if found.submission.generation != generation:
            return "another generation"
        try:
            return _advance(found, parts)
        except PreconditionFailed:
            # Somebody else moved it: what it is now decides.
            continue
    raise PreconditionFailed(f"submission {submission_id} does not come to rest")


def _advance(found: StoredSubmission, parts: Parts) -> str:
    submission, now = found.submission, clock.now()
    match submission.status:
        case SubmissionStatus.QUEUED if submission.scheduled_time and (
            submission.scheduled_time > now
        ):
            return _wait(submission, now, parts)
        case SubmissionStatus.QUEUED:
            claimed = _claim(found, now, parts)
            return _dispatch(claimed, _bring_runs(claimed, parts), parts)
        case SubmissionStatus.ORCHESTRATING:
            return _dispatch(found, _bring_runs(found, parts), parts)
        case SubmissionStatus.DRAFT | SubmissionStatus.CANCELED:
            return f"nothing to do: it is {submission.status}"
    return _go_on(submission, parts)


def _wait(submission: Submission, now: datetime, parts: Parts) -> str:
    """The task came early, by our clock: another one comes at the exact second."""
    if not is_due_soon(submission.scheduled_time, now):
        return "not due for long; the sweeper knows"
    parts.queues.dispatch_submission(submission, at=submission.scheduled_time)
    return "not due yet; enqueued for its time"


def _claim(found: StoredSubmission, now: datetime, parts: Parts) -> StoredSubmission:
    claimed = move(
        found.submission,
        SubmissionStatus.ORCHESTRATING,
        updated_at=now,
        wake_at=now + TASK_LOST_AFTER,
        sweeps=0,
    )
    return parts.deliveries.save_submission(found, claimed)


def _bring_runs(found: StoredSubmission, parts: Parts) -> list[Run]:
    """Create all runs in the commit that says `dispatched`."""
    submission, now = found.submission, clock.now()
    gates = _read_gates(submission, parts)
    runs = [
        _new_run(submission, target, gates[target.target_id], now) for target in submission.targets
    ]
    final = roll_up(run.status for run in runs)
    after = move(
        submission,
        final or SubmissionStatus.DISPATCHED,
        updated_at=now,
        wake_at=None if final else now + TASK_LOST_AFTER,
        sweeps=0,
        remaining=sum(not run.is_ended for run in runs),
        runs={run.run_id: summary_of(run) for run in runs},
    )
    parts.deliveries.save_submission(found, after, create=tuple(runs))
    return runs


def _read_gates(submission: Submission, parts: Parts) -> dict[str, Gates]:
    """Subscription and accounts as they are now, in one read; by target id."""
    user_id = submission.user_id
    paths = {
        target.target_id: account_path(user_id, target.platform, target.account_id)
        for target in submission.targets
    }
    snapshots = read_all(parts.db, [subscription_path(user_id), *paths.values()])
    subscription = subscription_from(snapshots[subscription_path(user_id)])
    return {
        target_id: Gates(subscription, account_from(snapshots[path], user_id))
        for target_id, path in paths.items()
    }


def _new_run(submission: Submission, target: Target, gates: Gates, now: datetime) -> Run:
    run = Run(
        submission_id=submission.submission_id,
        run_id=target.run_id,
        user_id=submission.user_id,
        platform=target.platform,
        account_id=target.account_id,
        content=target.content,
        status=RunStatus.QUEUED,
        queued_at=now,
        scheduled_time=submission.scheduled_time,
        not_after=submission.not_after,
        wake_at=now + TASK_LOST_AFTER,
    )
    error = refusal(run, gates, now)
    if error is None:
        return run
    return replace(run, status=RunStatus.FAILED, error=error, finished_at=now, wake_at=None)


def _dispatch(found: StoredSubmission, runs: list[Run], parts: Parts) -> str:
    queued = [run for run in runs if run.status is RunStatus.QUEUED]
    for run in queued:
        parts.queues.dispatch_run(run)
    return f"dispatched {len(queued)} of {len(found.submission.targets)} runs"


def _go_on(submission: Submission, parts: Parts) -> str:
    """The tasks, or the last write of a run that ended or goes on again, may have been lost."""
    settled = parts.deliveries.settle(submission.submission_id)
    if settled is None:
        return "the submission is gone"
    if settled.outcome() is not None:
        return f"settled as {settled.status}"
    parts.deliveries.revive(submission.submission_id)
    queued = [
        stored.run
        for stored in runs_of(parts.db, submission.submission_id)
        if stored.run.status is RunStatus.QUEUED
    ]
    for run in queued:
        parts.queues.dispatch_run(run)
    return f"dispatched {len(queued)} runs again"
