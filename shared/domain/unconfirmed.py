"""A run whose visible step was lost: it may or may not be live, and is looked up first.

Pure transitions of `run.TRANSITIONS`, like those of `shared.domain.run`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.domain.errors import ErrorCategory
from shared.domain.run import RELEASED, TASK_LOST_AFTER, Run, RunError, RunStatus, move

# When the platform is asked after the outcome of the visible step was lost.
LOOK_UPS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)


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
        absent_since=None,
        next_attempt_at=now + LOOK_UPS[0],
        wake_at=now + LOOK_UPS[0] + TASK_LOST_AFTER,
        finished_at=now,
        refused_as_duplicate=run.refused_as_duplicate or error.category is ErrorCategory.DUPLICATE,
        **RELEASED,
    )


def look_again(run: Run, *, absent: bool, now: datetime) -> Run:
    """A look-up settled nothing: ask at the next of the fixed times, or leave it to the user."""
    look_ups = run.look_ups + 1
    doubted_at = run.finished_at or now
    at = max(now, doubted_at + LOOK_UPS[look_ups]) if look_ups < len(LOOK_UPS) else None
    return move(
        run,
        RunStatus.UNCONFIRMED,
        seq=run.seq + 1,
        failures=0,
        token_refreshes=0,
        look_ups=look_ups,
        absent_since=(run.absent_since or now) if absent else None,
        next_attempt_at=at,
        wake_at=at + TASK_LOST_AFTER if at else None,
    )


def look_later(run: Run, *, at: datetime, **counted: int) -> Run:
    """The platform could not be asked: the look-up does not count, only `counted` does."""
    return move(
        run,
        RunStatus.UNCONFIRMED,
        seq=run.seq + 1,
        next_attempt_at=at,
        wake_at=at + TASK_LOST_AFTER,
        **counted,
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
        absent_since=None,
        next_attempt_at=now,
        wake_at=now + TASK_LOST_AFTER,
        finished_at=None,
    )
