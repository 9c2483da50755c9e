"""What a task must do with its run. Duplicate, late and stale tasks do nothing."""

from datetime import datetime
from enum import StrEnum

from shared.domain.run import EARLY, LEASE_MARGIN, Run, RunStatus, is_pending


class Ignore(StrEnum):
    """Why a task has nothing to do."""

    OTHER_GENERATION = "another generation"
    OTHER_SEQ = "another seq"
    HELD = "another task holds the lease"
    EARLY = "not due yet"
    SETTLED = "nothing left to look up"


class Do(StrEnum):
    """What a task must do."""

    TAKE_STEP = "do the next step"
    RECORD_LOSS = "the holder died between intent and outcome"
    LOOK_UP = "ask the platform whether the post is there"
    DELETE = "delete the post"
    FINISH = "the run has ended: make sure that the submission knows"


def decide(run: Run, *, generation: int, seq: int, now: datetime) -> Do | Ignore:
    """What the task {generation, seq} must do with `run` now."""
    reason = _stale(run, generation, seq)
    if reason:
        return reason
    if _is_done(run):
        return Do.FINISH
    if run.lease_until and run.lease_until + LEASE_MARGIN > now:
        return Ignore.HELD
    if run.next_attempt_at and run.next_attempt_at > now + EARLY:
        return Ignore.EARLY
    if is_pending(run.deletion):
        return Do.DELETE
    if run.status is RunStatus.UNCONFIRMED:
        return Do.LOOK_UP if run.next_attempt_at else Ignore.SETTLED
    return Do.RECORD_LOSS if run.intent_at else Do.TAKE_STEP


def _stale(run: Run, generation: int, seq: int) -> Ignore | None:
    if run.generation != generation:
        return Ignore.OTHER_GENERATION
    # For a run that is done any seq is valid: its last task may have died before it updated the
    # submission.
    if run.seq != seq and not _is_done(run):
        return Ignore.OTHER_SEQ
    return None


def _is_done(run: Run) -> bool:
    """No work is left: neither a look-up nor a deletion."""
    is_certain = run.is_ended and run.status is not RunStatus.UNCONFIRMED
    return is_certain and not is_pending(run.deletion)
