"""What a task that arrives has to do with its run: duplicate, late and stale ones have nothing."""

from datetime import datetime
from enum import StrEnum

from shared.domain.deletion import is_pending
from shared.domain.run import EARLY, LEASE_MARGIN, Run, RunStatus


class Ignore(StrEnum):
    """Why a task has nothing to do."""

    OTHER_GENERATION = "another generation"
    OTHER_SEQ = "another seq"
    HELD = "somebody holds the lease"
    EARLY = "it is not its time yet"
    SETTLED = "nothing left to look up"


class Do(StrEnum):
    """What a task finds to do."""

    TAKE_STEP = "take the next step"
    RECORD_LOSS = "the holder died between intent and outcome"
    LOOK_UP = "ask the platform whether the post is there"
    DELETE = "take the post down again"
    FINISH = "the run has ended: see that the submission knows"


def decide(run: Run, *, generation: int, seq: int, now: datetime) -> Do | Ignore:
    """What the task {generation, seq} has to do with `run` now."""
    refusal = _stale(run, generation, seq)
    if refusal:
        return refusal
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
    # A run that is done takes any seq: its last task may have died before the submission knew.
    if run.seq != seq and not _is_done(run):
        return Ignore.OTHER_SEQ
    return None


def _is_done(run: Run) -> bool:
    """No work is left: neither a look-up nor a deletion."""
    is_certain = run.is_ended and run.status is not RunStatus.UNCONFIRMED
    return is_certain and not is_pending(run.deletion)
