"""Sliding-window rate limits, judged from two one-minute counters.

The window is the last 60 seconds. Of the previous minute's requests it counts
the share that still lies in it, as if they had come evenly.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

WINDOW = timedelta(seconds=60)
OVERALL = "overall"
# Where the share is exact to the second, the counting in floats may be a hair above it.
_HAIR = 1e-6


@dataclass(frozen=True)
class Allowance:
    """What a caller may still send, as the X-RateLimit headers say it."""

    limit: int
    remaining: int
    reset: int
    """Unix time in seconds at which the present minute, and so this count, ends."""
    retry_after: int
    """Seconds until one more request would be allowed; 0 when one is allowed now."""

    @property
    def is_exceeded(self) -> bool:
        return self.retry_after > 0


def window_of(now: datetime) -> int:
    """Number of the minute that `now` lies in, counted from the epoch."""
    return int(now.timestamp() // WINDOW.total_seconds())


def start_of(window: int) -> datetime:
    return datetime.fromtimestamp(window * WINDOW.total_seconds(), UTC)


def judge(
    limits: Mapping[str, int],
    previous: Mapping[str, int],
    current: Mapping[str, int],
    now: datetime,
) -> Allowance:
    """The tightest of `limits` (scope -> requests a window) for one more request now.

    `previous` and `current`: requests of the last minute and of this one, by scope.
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
        remaining=max(0, math.floor(limit - used - 1 + _HAIR)),
        reset=int(reset.timestamp()),
        retry_after=0 if used + 1 <= limit + _HAIR else _wait(limit, previous, current, elapsed),
    )


def _wait(limit: int, previous: int, current: int, elapsed: float) -> int:
    """Whole seconds until the share that counts has shrunk below the limit."""
    window = WINDOW.total_seconds()
    if limit < 1:
        # Nothing gets through at any time; there is no better answer than to ask later.
        return math.ceil(window)
    room = limit - 1 - current
    if room >= 0:
        # Within this minute, as the previous one's share goes down.
        return max(1, math.ceil(window * (1 - room / previous) - elapsed))
    # Only in the next minute, when this one has become the previous one.
    in_next = window * (1 - (limit - 1) / current)
    return max(1, math.ceil(window - elapsed + in_next))
