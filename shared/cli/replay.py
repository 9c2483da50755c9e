"""`replay`: enqueues the tasks that the sweeper would enqueue, now.

It writes and decides nothing. The function that receives a task reads the state again, and does
nothing if the work is done or in progress. So a replay cannot publish anything twice.
"""

import argparse
from datetime import datetime
from typing import Any

from shared import clock
from shared.cli.result import Refused, Result, connect, shown
from shared.domain.run import Run
from shared.domain.submission import Submission, is_due_soon
from shared.domain.work_left import run_due, submission_due
from shared.gcp.runs import runs_of
from shared.wiring import Parts


def add_to(commands: Any) -> None:
    replay = commands.add_parser("replay", help="enqueue a post's remaining work")
    replay.add_argument("submission_id", metavar="SUBMISSION")
    replay.add_argument("run_id", metavar="RUN", nargs="?", help="only this run, such as x")
    replay.set_defaults(do=_replay)


def _replay(arguments: argparse.Namespace) -> Result:
    parts = connect("ORCHESTRATOR_URL", "PUBLISHER_URL", "TASKS_INVOKER")
    submission = _submission(parts, arguments.submission_id)
    runs = [stored.run for stored in runs_of(parts.db, submission.submission_id)]
    if arguments.run_id is not None:
        runs = [run for run in runs if run.run_id == arguments.run_id]
        if not runs:
            raise Refused(f"The post has no run {arguments.run_id}. To see its runs, run `stuck`.")
        rows = []
    else:
        rows = _enqueue_submission(submission, parts)
    rows += [row for run in runs for row in _enqueue_run(run, parts)]
    if not rows:
        raise Refused(f"Nothing was enqueued, because {_rest(submission, runs)}")
    text = "\n".join(
        f"enqueued {row['of']} in {row['queue']} for {shown(row['at'])}" for row in rows
    )
    return Result(text, rows)


def _submission(parts: Parts, submission_id: str) -> Submission:
    stored = parts.deliveries.submission(submission_id) if "/" not in submission_id else None
    if stored is None:
        raise Refused(f"Post {submission_id} not found. Use its postSubmissionId.")
    return stored.submission


def _enqueue_submission(submission: Submission, parts: Parts) -> list[dict[str, Any]]:
    due, now = submission_due(submission), clock.now()
    if due is None:
        return []
    if not is_due_soon(due, now):
        raise Refused(f"The post is scheduled for {shown(due)}. It is enqueued an hour before.")
    at = max(due, now)
    parts.queues.dispatch_submission(submission, at=at)
    return [_row("orchestrate", submission.submission_id, at)]


def _enqueue_run(run: Run, parts: Parts) -> list[dict[str, Any]]:
    due = run_due(run)
    if due is None:
        return []
    at = max(due, clock.now())
    parts.queues.dispatch_run(run, at=at)
    return [_row(f"publish-{run.platform}", f"{run.submission_id} {run.run_id}", at)]


def _row(queue: str, of: str, at: datetime) -> dict[str, Any]:
    return {"queue": queue, "of": of, "at": at}


def _rest(submission: Submission, runs: list[Run]) -> str:
    states = ", ".join(f"{run.run_id} {run.status}" for run in runs)
    return f"the post is {submission.status}" + (f" ({states})." if states else ".")
