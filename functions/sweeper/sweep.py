"""Finds every document whose `wakeAt` has passed, enqueues its task, and moves `wakeAt` on.

Extra tasks are harmless, so the task is enqueued before `wakeAt` is moved. `wakeAt` moves by
doubling steps, so that a paused queue does not fill up.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from shared import clock, logs
from shared.domain import run as runs
from shared.domain.submission import next_sweep
from shared.gcp.firestore import PreconditionFailed
from shared.gcp.runs import Woken, due, run_from
from shared.gcp.submissions import submission_from
from shared.gcp.tasks import DispatchFailed
from shared.wiring import Parts

log = logs.logger("sweeper")

PAGE = 300
MOST_PAGES = 20
THREADS = 8


def sweep(parts: Parts) -> str:
    """Returns how much was enqueued. Raises StoreUnavailable."""
    submissions = _sweep_all(Woken.SUBMISSIONS, _wake_submission, parts)
    woken = _sweep_all(Woken.RUNS, _wake_run, parts)
    result = f"enqueued {submissions} submissions and {woken} runs"
    log.info("swept", extra=logs.fields(result=result))
    return result


def _sweep_all(group: Woken, wake: Callable[[Any, Parts], bool], parts: Parts) -> int:
    count = 0
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(MOST_PAGES):
            page = due(parts.db, group, clock.now(), PAGE)
            moved = sum(pool.map(lambda snapshot: wake(snapshot, parts), page))
            count += moved
            # A page of which nothing could be moved would only be read again.
            if len(page) < PAGE or not moved:
                break
    return count


def _wake_submission(snapshot: Any, parts: Parts) -> bool:
    stored = submission_from(snapshot)
    if stored is None:
        return False
    submission, now = stored.submission, clock.now()
    due_at = submission.scheduled_time or now
    after = replace(
        submission,
        wake_at=next_sweep(due_at, submission.sweeps, now),
        sweeps=submission.sweeps + 1,
    )
    with logs.bound(submissionId=submission.submission_id):
        return _enqueue_and_move(
            lambda: parts.queues.dispatch_submission(submission, at=max(due_at, now)),
            lambda: parts.deliveries.save_submission(stored, after),
        )


def _wake_run(snapshot: Any, parts: Parts) -> bool:
    stored = run_from(snapshot)
    if stored is None:
        return False
    run, now = stored.run, clock.now()
    due_at = run.next_attempt_at or now
    after = runs.sweep(run, wake_at=next_sweep(due_at, run.sweeps, now))
    with logs.bound(submissionId=run.submission_id, runId=run.run_id):
        return _enqueue_and_move(
            lambda: parts.queues.dispatch_run(run, at=max(due_at, now)),
            lambda: parts.deliveries.save(stored, after),
        )


def _enqueue_and_move(enqueue: Callable[[], Any], move: Callable[[], Any]) -> bool:
    try:
        enqueue()
        move()
    except PreconditionFailed:
        # It moved meanwhile: its task will find nothing to do.
        return True
    except DispatchFailed as error:
        log.error("could not enqueue; the next sweep tries again: %s", error)
        return False
    return True
