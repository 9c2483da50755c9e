"""What happens after a step fails: a pure decision that the publisher acts on."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from shared.domain.errors import (
    DuplicateRejected,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReadRefused,
    ReconnectRequired,
    Rejected,
    TokenExpired,
)
from shared.domain.run import Run, RunError, error_from

BACK_OFF = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=2),
)
LONGEST_WAIT = timedelta(hours=6)
# A platform may ask for one short wait after another; nobody wants a post this late.
LONGEST_WAITING = timedelta(hours=24)
# A token that is refused right after its refresh was not refused because it had expired.
MAX_TOKEN_REFRESHES = 1


@dataclass(frozen=True)
class Again:
    """Repeat the same step at `at`."""

    at: datetime
    error: RunError
    disconnects: ClassVar[bool] = False


@dataclass(frozen=True)
class GiveUp:
    """The run has failed. `disconnects`: the account must be authorized again."""

    error: RunError
    disconnects: bool = False


@dataclass(frozen=True)
class LookUp:
    """The post may be live: the run becomes unconfirmed, and the platform is asked.

    `disconnects`: the account must be authorized again before the platform can be asked.
    """

    error: RunError
    disconnects: bool = False


Decision = Again | GiveUp | LookUp


def may_renew_token(run: Run) -> bool:
    """Whether TokenExpired still means: renew the tokens and repeat. Later it disconnects."""
    return run.token_refreshes < MAX_TOKEN_REFRESHES


def after(failure: PlatformError, run: Run, now: datetime) -> Decision:
    """What follows from `failure` of the step that `run` was claimed for."""
    decision = _after(failure, run, now)
    has_sent = run.sent_at is not None and not isinstance(failure, Rejected)
    if has_sent and isinstance(decision, GiveUp):
        # The platform has accepted the post and publishes it, whether or not we can ask about it.
        return LookUp(decision.error, decision.disconnects)
    return decision


def _after(failure: PlatformError, run: Run, now: datetime) -> Decision:
    match failure:
        case OutcomeUnknown():
            return LookUp(error_from(failure, retryable=False))
        case DuplicateRejected() if run.visible_attempts > 1:
            # We sent it before: the platform most likely means that post.
            return LookUp(error_from(failure, retryable=False))
    return after_harmless(failure, run, run.started_at, now)


def after_harmless(
    failure: PlatformError, run: Run, since: datetime | None, now: datetime
) -> Again | GiveUp:
    """What follows from `failure` of something that is harmless to repeat, begun at `since`."""
    match failure:
        case TokenExpired() | ReconnectRequired():
            return GiveUp(error_from(failure, retryable=True), disconnects=True)
        case RateLimited():
            return _wait_out(failure, run, since, now)
        case PlatformUnavailable() | OutcomeUnknown() | ReadRefused():
            return _back_off(failure, run, now)
        case _:
            return GiveUp(error_from(failure, retryable=False))


def _wait_out(
    failure: RateLimited, run: Run, since: datetime | None, now: datetime
) -> Again | GiveUp:
    if failure.retry_after is None:
        return _back_off(failure, run, now)
    if failure.retry_after > LONGEST_WAIT:
        error = error_from(failure, retryable=True)
        reopens = now + failure.retry_after
        message = f"{error.message} It can be retried after {reopens:%Y-%m-%d %H:%M} UTC."
        return GiveUp(replace(error, message=message))
    if since is not None and now - since > LONGEST_WAITING:
        return GiveUp(error_from(failure, retryable=True))
    return Again(now + failure.retry_after, error_from(failure, retryable=True))


def _back_off(failure: PlatformError, run: Run, now: datetime) -> Again | GiveUp:
    error = error_from(failure, retryable=True)
    if run.failures >= len(BACK_OFF):
        return GiveUp(error)
    return Again(now + BACK_OFF[run.failures], error)
