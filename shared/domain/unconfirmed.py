"""A run whose visible step was lost: it may or may not be live, and is looked up first.

Pure transitions of `run.TRANSITIONS`, like those of `shared.domain.run`.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared.domain.errors import ErrorCategory
from shared.domain.run import EARLY, RELEASED, TASK_LOST_AFTER, Run, RunError, RunStatus, move

# When the platform is asked after the outcome of the visible step was lost. The third is the first
# that may prove absence (`reconciliation.LISTED_WITHIN`).
LOOK_UPS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=31),
    timedelta(hours=2),
    timedelta(hours=12),
)
# Two readings of a list closer together than this count as one.
BETWEEN_READINGS = timedelta(minutes=4)
# When a look-up that failed is repeated.
FAILED_AGAIN_AFTER = timedelta(minutes=5)
# A look-up that keeps failing is left to the user this long after the outcome was lost, or after
# the user requested it. An hour of an outage would be too short; nobody waits for days.
LONGEST_FAILING = timedelta(hours=24)
# How often the user may request a look-up of one run.
BETWEEN_REQUESTS = timedelta(minutes=1)


def doubt(run: Run, *, error: RunError, now: datetime) -> Run:
    """The outcome of the visible step was lost: do not repeat it, ask the platform."""
    return move(
        run,
        RunStatus.UNCONFIRMED,
        seq=run.seq + 1,
        error=error,
        # A poll can also find that the post is live although its publication was refused.
        intent_at=run.intent_at or run.sent_at or run.started_at or now,
        sent_at=None,
        failures=0,
        token_refreshes=0,
        look_ups=0,
        absences=0,
        absent_at=None,
        is_asked=False,
        next_attempt_at=now + LOOK_UPS[0],
        wake_at=now + LOOK_UPS[0] + TASK_LOST_AFTER,
        finished_at=now,
        refused_as_duplicate=run.refused_as_duplicate or error.category is ErrorCategory.DUPLICATE,
        **RELEASED,
    )


def lose_post(run: Run, *, error: RunError, now: datetime) -> Run:
    """The post that this run was believed to have published is another run's: look again.

    A deletion was of that post, not of this run's.
    """
    if run.status is not RunStatus.SUCCEEDED:
        raise ValueError(f"run {run.run_id} is {run.status} and holds no post")
    without_post = replace(run, platform_post_id=None, permalink=None, deletion=None)
    return doubt(without_post, error=error, now=now)


def look_again(run: Run, *, absent: bool | None, now: datetime) -> Run:
    """A look-up settled nothing: ask at the next of the fixed times, or leave it to the user.

    `absent`: the list was read completely and does not contain the post (True), contains what may
    be the post (False), or was not read completely (None).
    """
    look_ups = run.look_ups + (not run.is_asked)
    doubted_at = run.finished_at or now
    at = None
    if look_ups < len(LOOK_UPS):
        at = max(now + BETWEEN_READINGS + EARLY, doubted_at + LOOK_UPS[look_ups])
    readings: dict[str, Any] = {}
    if absent is False:
        readings = {"absences": 0, "absent_at": None}
    elif absent and is_apart(run, now):
        readings = {"absences": run.absences + 1, "absent_at": now}
    return _wait(run, at, look_ups=look_ups, failures=0, token_refreshes=0, **readings)


def is_apart(run: Run, now: datetime) -> bool:
    """Whether a reading at `now` is far enough from the last one that counted."""
    return run.absent_at is None or now >= run.absent_at + BETWEEN_READINGS


def look_later(run: Run, *, at: datetime, **counted: int) -> Run:
    """The platform could not be asked yet: the look-up does not count, only `counted` does."""
    return _wait(run, at, is_asked=run.is_asked, **counted)


def look_after_failure(run: Run, *, wait: timedelta, now: datetime) -> Run:
    """The platform did not answer a look-up: it does not count. At last it is the user's turn."""
    began = max(run.finished_at or now, run.asked_at or run.finished_at or now)
    at = now + max(wait, FAILED_AGAIN_AFTER)
    if at > began + LONGEST_FAILING:
        return _wait(run, None)
    return _wait(run, at, is_asked=run.is_asked, failures=run.failures + 1)


def ask(run: Run, *, now: datetime) -> Run:
    """The user requests a look-up now. It does not count as one of the fixed times."""
    return _wait(run, now, asked_at=now, is_asked=True, failures=0)


def may_ask_at(run: Run) -> datetime | None:
    """When the user may request the next look-up; None: at any time."""
    return run.asked_at and run.asked_at + BETWEEN_REQUESTS


def _wait(run: Run, at: datetime | None, **changes: Any) -> Run:
    return move(
        run,
        RunStatus.UNCONFIRMED,
        **{
            "seq": run.seq + 1,
            "is_asked": False,
            "next_attempt_at": at,
            "wake_at": at + TASK_LOST_AFTER if at else None,
            **changes,
        },
    )


def publish_again(
    run: Run, *, checkpoint: Mapping[str, Any], may_be_live: bool = False, now: datetime
) -> Run:
    """Proven absent, or harmless to repeat: the visible step may run once more."""
    return move(
        run,
        RunStatus.QUEUED,
        seq=run.seq + 1,
        checkpoint=checkpoint,
        intent_at=None,
        sent_at=run.intent_at if may_be_live else None,
        error=None,
        failures=0,
        token_refreshes=0,
        absences=0,
        absent_at=None,
        is_asked=False,
        next_attempt_at=now,
        wake_at=now + TASK_LOST_AFTER,
        finished_at=None,
    )
