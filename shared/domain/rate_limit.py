"""Sliding-window rate limits, computed from two one-minute counters.

The window is the last 60 seconds. Of the previous minute's requests it counts the share that is
still in the window, as if they had arrived evenly.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

WINDOW = timedelta(seconds=60)
OVERALL = "overall"
# Rounding errors must not count where the share is exact to the second.
_EPSILON = 1e-6


@dataclass(frozen=True)
class Allowance:
    """What a caller may still send, for the X-RateLimit headers."""

    limit: int
    remaining: int
    reset: int
    """Unix time in seconds at which the current minute, and so this count, ends."""
    retry_after: int
    """Seconds until one more request would be allowed; 0 when one is allowed now."""

    @property
    def is_exceeded(self) -> bool:
        return self.retry_after > 0


def window_of(now: datetime) -> int:
    """The number of the minute of `now`, counted from the epoch."""
    return int(now.timestamp() // WINDOW.total_seconds())


def start_of(window: int) -> datetime:
    return datetime.fromtimestamp(window * WINDOW.total_seconds(), UTC)


def judge(
    limits: Mapping[str, int],
    previous: Mapping[str, int],
    current: Mapping[str, int],
    now: datetime,
) -> Allowance:
    """The allowance for one more request now, under the tightest of `limits`.

    `limits`: scope -> requests per window. `previous` and `current`: scope -> requests in the last
    minute and in this one.
    """
    allowances = [
        _judge_one(limit, previous.get(scope, 0), current.get(scope, 0), now)
        for scope, limit in limits.items()
    ]
    return min(allowances, key=lambda allowance: (-allowance.retry_after, allowance.remaining))


def _judge_one(limit: int, previous: int, current: int, now: datetime) -> Allowance:
    elapsed = now.timestamp() % WINDOW.total_seconds()
    share = 1 - elapsed / WINDOW.total_seconds()
    used = previous * share + current
    reset = start_of(window_of(now) + 1)
    return Allowance(
        limit=limit,
        remaining=max(0, math.floor(limit - used - 1 + _EPSILON)),
        reset=int(reset.timestamp()),
        retry_after=0 if used + 1 <= limit + _EPSILON else _wait(limit, previous, current, elapsed),
    )


def _wait(limit: int, previous: int, current: int, elapsed: float) -> int:
    """Whole seconds until the counted share is below the limit."""
    window = WINDOW.total_seconds()
    if limit < 1:
        # Nothing is ever allowed: there is no better answer than a later time.
        return math.ceil(window)
    room = limit - 1 - current
    if room >= 0:
        # Within this minute, as the share of the previous one decreases.
        return max(1, math.ceil(window * (1 - room / previous) - elapsed))
    # Only in the next minute, when this one is the previous one.
    in_next = window * (1 - (limit - 1) / current)
    return max(1, math.ceil(window - elapsed + in_next))
