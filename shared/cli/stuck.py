"""`stuck`: what should have ended and has not, why, and what to do.

Everything with work left has a `wakeAt`, and the sweeper postpones it by at most an hour at a
time. So whatever is overdue has a `wakeAt` within the next hour. Unconfirmed runs are a separate
list: they wait for the platform or for their owner, and no task of ours is late.
"""

import argparse
import re
from datetime import datetime, timedelta
from typing import Any

from shared import clock
from shared.cli.result import Result, connect, shown
from shared.domain.run import TASK_LOST_AFTER, Run, RunStatus, is_pending
from shared.domain.submission import LONGEST_SWEEP, Submission
from shared.domain.unconfirmed import LOOK_UPS
from shared.domain.work_left import run_due, submission_due
from shared.gcp.runs import Woken, due, run_from, unconfirmed
from shared.gcp.submissions import submission_from
from shared.wiring import Parts

# More than this is an outage, and the first ones show its cause.
MOST_READ = 1000
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def add_to(commands: Any) -> None:
    stuck = commands.add_parser("stuck", help="list posts that are not moving, why, and what to do")
    stuck.add_argument(
        "--older-than",
        type=_duration,
        default=timedelta(minutes=10),
        metavar="TIME",
        help="list what is at least this late: 90s, 10m (the default), 2h, 1d",
    )
    stuck.add_argument(
        "--limit", type=_count, default=50, help="the length of each list (default 50)"
    )
    stuck.set_defaults(do=_stuck)


def _duration(value: str) -> timedelta:
    match = re.fullmatch(r"([0-9]{1,6})([smhd])", value, re.ASCII)
    if not match:
        raise argparse.ArgumentTypeError(f"{value!r} is not a time such as 90s, 10m, 2h or 1d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _count(value: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,5}", value, re.ASCII):
        raise argparse.ArgumentTypeError(f"{value!r} is not a number above 0")
    return int(value)


def _stuck(arguments: argparse.Namespace) -> Result:
    parts, now = connect(), clock.now()
    late = now - arguments.older_than
    lists = {
        "stuck": _submissions(parts, late, now) + _runs(parts, late, now),
        "unconfirmed": [_unconfirmed(stored.run) for stored in unconfirmed(parts.db, MOST_READ)],
    }
    first = {
        name: sorted(rows, key=lambda row: row["since"])[: arguments.limit]
        for name, rows in lists.items()
    }
    text = "\n".join(
        line
        for name, rows in first.items()
        for line in [_title(name, len(lists[name]), len(rows)), *map(_text, rows)]
    )
    return Result(text, first)


def _submissions(parts: Parts, late: datetime, now: datetime) -> list[dict[str, Any]]:
    snapshots = due(parts.db, Woken.SUBMISSIONS, now + LONGEST_SWEEP, MOST_READ)
    submissions = [stored.submission for each in snapshots if (stored := submission_from(each))]
    return [
        _submission_row(submission, since, now)
        for submission in submissions
        if (since := submission_due(submission)) and since <= late
    ]


def _runs(parts: Parts, late: datetime, now: datetime) -> list[dict[str, Any]]:
    # A run that is retried is due within a day; its age counts from when it was requested.
    horizon = now + LOOK_UPS[-1] + LONGEST_SWEEP
    snapshots = due(parts.db, Woken.RUNS, horizon, MOST_READ)
    rows = []
    for run in [stored.run for each in snapshots if (stored := run_from(each))]:
        next_at = run_due(run)
        if next_at is None or run.status is RunStatus.UNCONFIRMED:
            continue
        since = next_at if next_at <= now else _requested_at(run)
        if since <= late:
            rows.append(_run_row(run, since, _advice_for(run, next_at, now)))
    return rows


def _requested_at(run: Run) -> datetime:
    """When the run's current work was requested."""
    if run.deletion and is_pending(run.deletion):
        return run.deletion.requested_at
    return run.queued_at


def _submission_row(submission: Submission, since: datetime, now: datetime) -> dict[str, Any]:
    return {
        "postSubmissionId": submission.submission_id,
        "userId": submission.user_id,
        "status": submission.status.value,
        "since": since,
        "sweeps": submission.sweeps,
        "wakeAt": submission.wake_at,
        "advice": _overdue("orchestrate", submission.wake_at, submission.sweeps, now),
    }


def _run_row(run: Run, since: datetime, advice: str) -> dict[str, Any]:
    error = run.deletion.error if run.deletion and is_pending(run.deletion) else run.error
    return {
        "postSubmissionId": run.submission_id,
        "runId": run.run_id,
        "userId": run.user_id,
        "platform": run.platform,
        "accountId": run.account_id,
        "status": run.status.value,
        "since": since,
        "step": run.step,
        "error": error.message if error else None,
        "failures": run.failures,
        "nextAttemptAt": run.next_attempt_at,
        "leaseUntil": run.lease_until,
        "sweeps": run.sweeps,
        "wakeAt": run.wake_at,
        "advice": advice,
    }


def _advice_for(run: Run, next_at: datetime, now: datetime) -> str:
    if next_at <= now:
        return _overdue(f"publish-{run.platform}", run.wake_at, run.sweeps, now)
    if run.lease_until:
        return f"A publisher is working on it until {shown(run.lease_until)}. Wait until then."
    return f"Soku retries at {shown(next_at)}. Do nothing unless the error asks for it."


def _overdue(queue: str, wake_at: datetime | None, sweeps: int, now: datetime) -> str:
    if wake_at is None or wake_at < now - TASK_LOST_AFTER:
        return (
            "The sweeper has not run. Check the scheduler job `sweep` and the sweeper's log. "
            "Meanwhile, replay it."
        )
    if sweeps:
        return (
            f"It was enqueued {sweeps} times without effect. Check whether the queue {queue} is "
            "paused, and the function's log."
        )
    return f"The sweeper enqueues it at {shown(wake_at)}. Replay it if that is too late."


def _unconfirmed(run: Run) -> dict[str, Any]:
    if run.next_attempt_at:
        advice = f"Soku looks it up again at {shown(run.next_attempt_at)}."
    else:
        advice = (
            "Soku could not find out. Its owner must check the account and report the outcome: "
            f"POST /v1/posts/{run.submission_id}/runs/{run.run_id}/resolve."
        )
    return _run_row(run, run.finished_at or run.queued_at, advice)


def _title(name: str, total: int, listed: int) -> str:
    many = f"{total} or more" if total >= MOST_READ else str(total)
    return f"{name.capitalize()}: {many}" + (f", the first {listed}:" if listed < total else "")


def _text(row: dict[str, Any]) -> str:
    """Two or three lines: which document and its state, the error, what to do."""
    name = " ".join(filter(None, (row["postSubmissionId"], row.get("runId"))))
    facts = {
        "step": row.get("step"),
        "next attempt": row.get("nextAttemptAt"),
        "lease until": row.get("leaseUntil"),
        "sweeps": row["sweeps"] or None,
    }
    known = [f"{label} {shown(value)}" for label, value in facts.items() if value is not None]
    lines = [
        ", ".join([f"{name}  {row['status']}, since {shown(row['since'])}", *known]),
        *([f"    {row['error']}"] if row.get("error") else []),
        f"    -> {row['advice']}",
    ]
    return "\n".join(lines)
