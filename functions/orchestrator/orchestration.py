"""What the orchestrator does with a submission.

    1. Read it, and do nothing before its time or for another generation.
    2. Claim it: one commit, `orchestrating`.
    3. Create its runs and set `dispatched`: one commit. A target that cannot be published any
       more gets a run that has failed already.
    4. Enqueue one task for each queued run.

A redelivery that finds `orchestrating` continues at 3, one that finds `dispatched` at 4. The runs
exist before their tasks do, so no run overtakes `dispatched`.
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
from shared.gcp.firestore import read_all, retry_conflicts
from shared.gcp.runs import runs_of
from shared.gcp.submissions import StoredSubmission, summary_of
from shared.gcp.users import subscription_from, subscription_path
from shared.platforms import registry
from shared.wiring import Parts

log = logs.logger("orchestrator")


def orchestrate(submission_id: str, generation: int, parts: Parts) -> str:
    """Do what the task is for, if it still needs doing; returns what was done, in words.

    Raises StoreUnavailable, DispatchFailed, PreconditionFailed: deliver the task again.
    """
    with logs.bound(submissionId=submission_id):
        result = retry_conflicts(
            f"submission {submission_id}",
            lambda: parts.deliveries.submission(submission_id),
            lambda stored: _orchestrate(stored, generation, parts),
        )
        log.info("submission orchestrated", extra=logs.fields(result=result))
        return result


def _orchestrate(stored: StoredSubmission | None, generation: int, parts: Parts) -> str:
    """Raises PreconditionFailed when someone else changed the submission first."""
    if stored is None:
        return "the submission was deleted"
    submission, now = stored.submission, clock.now()
    if submission.generation != generation:
        return "another generation"
    match submission.status:
        case SubmissionStatus.QUEUED if submission.scheduled_time and (
            submission.scheduled_time > now
        ):
            return _wait(submission, now, parts)
        case SubmissionStatus.QUEUED:
            claimed = _claim(stored, now, parts)
            return _dispatch(_create_runs(claimed, parts), parts)
        case SubmissionStatus.ORCHESTRATING:
            return _dispatch(_create_runs(stored, parts), parts)
        case SubmissionStatus.DRAFT | SubmissionStatus.CANCELED:
            return f"nothing to do: it is {submission.status}"
    return _resume(submission, parts)


def _wait(submission: Submission, now: datetime, parts: Parts) -> str:
    """The task came early by our clock: enqueue another one for the exact second."""
    if not is_due_soon(submission.scheduled_time, now):
        return "not due soon; the sweeper enqueues it"
    parts.queues.dispatch_submission(submission, at=submission.scheduled_time)
    return "not due yet; enqueued for its time"


def _claim(stored: StoredSubmission, now: datetime, parts: Parts) -> StoredSubmission:
    claimed = move(
        stored.submission,
        SubmissionStatus.ORCHESTRATING,
        updated_at=now,
        wake_at=now + TASK_LOST_AFTER,
        sweeps=0,
    )
    return parts.deliveries.save_submission(stored, claimed)


def _create_runs(stored: StoredSubmission, parts: Parts) -> list[Run]:
    """Create all runs in the commit that sets `dispatched`."""
    submission, now = stored.submission, clock.now()
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
    wants = next((each.subscription.webhook_events for each in gates.values()), None)
    parts.deliveries.save_submission(stored, after, create=tuple(runs), wants=wants)
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
        target.target_id: Gates(
            subscription,
            account_from(snapshots[paths[target.target_id]], user_id),
            registry.display_name(target.platform),
            parts.settings.billing,
        )
        for target in submission.targets
    }


def _new_run(submission: Submission, target: Target, gates: Gates, now: datetime) -> Run:
    run = Run(
        submission_id=submission.submission_id,
        run_id=target.run_id,
        user_id=submission.user_id,
        platform=target.platform,
        account_id=target.account_id,
        content=target.content,
        mode=submission.mode,
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


def _dispatch(runs: list[Run], parts: Parts) -> str:
    queued = [run for run in runs if run.status is RunStatus.QUEUED]
    for run in queued:
        parts.queues.dispatch_run(run)
    return f"dispatched {len(queued)} of {len(runs)} runs"


def _resume(submission: Submission, parts: Parts) -> str:
    """Tasks may have been lost, or the submission's update after a run ended or was revived."""
    settled = parts.deliveries.settle(submission.submission_id)
    if settled is None:
        return "the submission was deleted"
    if settled.final_status() is not None:
        return f"settled as {settled.status}"
    parts.deliveries.revive(submission.submission_id)
    runs = [stored.run for stored in runs_of(parts.db, submission.submission_id)]
    return f"{_dispatch(runs, parts)} again"
