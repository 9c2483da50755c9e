"""What a task that arrives has to do with its run: duplicate, late and stale ones have nothing."""

from datetime import datetime
from enum import StrEnum

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
    FINISH = "the run has ended: see that the submission knows"


def decide(run: Run, *, generation: int, seq: int, now: datetime) -> Do | Ignore:
    """What the task {generation, seq} has to do with `run` now."""
    refusal = _stale(run, generation, seq)
    if refusal:
        return refusal
    if run.is_ended and run.status is not RunStatus.UNCONFIRMED:
        return Do.FINISH
    if run.lease_until and run.lease_until + LEASE_MARGIN > now:
        return Ignore.HELD
    if run.next_attempt_at and run.next_attempt_at > now + EARLY:
        return Ignore.EARLY
    if run.status is RunStatus.UNCONFIRMED:
        return Do.LOOK_UP if run.next_attempt_at else Ignore.SETTLED
    return Do.RECORD_LOSS if run.intent_at else Do.TAKE_STEP


def _stale(run: Run, generation: int, seq: int) -> Ignore | None:
    if run.generation != generation:
        return Ignore.OTHER_GENERATION
    # An ended run takes any seq: its last task may have died before the submission knew.
    if run.seq != seq and not run.is_ended:
        return Ignore.OTHER_SEQ
    if run.seq != seq and run.status is RunStatus.UNCONFIRMED:
        return Ignore.OTHER_SEQ
    return None
