"""Whether a platform is failing: what became of the runs on it in the last hour.

Only two ends count: a post that went live, and one that failed because of the platform. What a
user can fix (a text that is too long, a lost authorization) says nothing about the platform.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from shared.domain.errors import OutcomeUnknown, PlatformError, PlatformUnavailable
from shared.domain.run import Run

WINDOW = timedelta(hours=1)
# A run is tried again for almost three hours. It counts once it was held up for half a minute, so
# that an outage is seen while it lasts.
HELD_UP_AFTER = 3
# Fewer failures than this are chance.
_LEAST_FAILURES = 3
_SOME, _MOST = 0.1, 0.5
# A platform without a failure for this long has recovered, if it has published something since.
_QUIET_MINUTES = 15


class PlatformState(StrEnum):
    WORKING = "working"
    SOME_FAIL = "some_fail"
    FAILING = "failing"
    UNUSED = "unused"
    """Nothing was published in the window."""


@dataclass(frozen=True)
class Counts:
    """What ended on a platform within one minute."""

    succeeded: int = 0
    failed: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.succeeded + other.succeeded, self.failed + other.failed)


@dataclass(frozen=True)
class PlatformHealth:
    state: PlatformState
    share: float = 0.0
    """Of the counted runs, how many failed: 0 to 1."""
    since: datetime | None = None
    """Beginning of the minute of the first of the failures; None without a failure that matters."""


def counts_as_failed(failure: PlatformError, after: Run) -> bool:
    """Whether `failure` of a step, which left the run as `after`, counts against the platform."""
    is_of_platform = isinstance(failure, PlatformUnavailable | OutcomeUnknown)
    if not is_of_platform or failure.concerns_operator:
        return False
    return after.is_ended or after.failures == HELD_UP_AFTER


def minute_of(at: datetime) -> int:
    """The number of the minute, counted from 1970."""
    return int(at.timestamp() // 60)


def judge(minutes: Mapping[int, Counts], now: datetime) -> PlatformHealth:
    """The health of a platform from the counts of its minutes."""
    first = minute_of(now - WINDOW)
    recent = {minute: counts for minute, counts in minutes.items() if minute > first}
    total = sum(recent.values(), Counts())
    ended = total.succeeded + total.failed
    if not ended:
        return PlatformHealth(PlatformState.UNUSED)
    began, last, has_recovered = _failures(recent)
    share = total.failed / ended
    if has_recovered and minute_of(now) - last > _QUIET_MINUTES:
        return PlatformHealth(PlatformState.WORKING, share)
    if total.failed < _LEAST_FAILURES or share < _SOME:
        return PlatformHealth(PlatformState.WORKING, share)
    state = PlatformState.FAILING if share >= _MOST else PlatformState.SOME_FAIL
    return PlatformHealth(state, share, datetime.fromtimestamp(began * 60, UTC))


def _failures(minutes: Mapping[int, Counts]) -> tuple[int, int, bool]:
    """When the present failures began, the last one, and whether something succeeded since."""
    began, last, has_recovered = 0, 0, True
    for minute in sorted(minutes):
        if minutes[minute].failed:
            if has_recovered and minute - last > _QUIET_MINUTES:
                began = minute
            last, has_recovered = minute, False
        elif minutes[minute].succeeded:
            has_recovered = True
    return began, last, has_recovered
