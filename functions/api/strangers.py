"""The rate limit for callers without a valid key, in the memory of each instance."""

import threading
from collections import OrderedDict
from functools import cache

from shared import clock, config
from shared.domain import rate_limit
from shared.domain.rate_limit import OVERALL

_MOST_ADDRESSES = 10_000


class Strangers:
    """Counts requests by address, in the same sliding window as for all callers."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        # address -> (minute, requests in the previous minute, requests in this minute)
        self._counts: OrderedDict[str, tuple[int, int, int]] = OrderedDict()

    def count(self, address: str) -> int:
        """Count one request. Returns the seconds to wait, 0 when it is within the limit."""
        now = clock.now()
        with self._lock:
            previous, current = self._counts_of(address, rate_limit.window_of(now))
            allowance = rate_limit.judge(
                {OVERALL: self._limit}, {OVERALL: previous}, {OVERALL: current}, now
            )
            if not allowance.is_exceeded:
                self._counts[address] = (rate_limit.window_of(now), previous, current + 1)
                self._counts.move_to_end(address)
            if len(self._counts) > _MOST_ADDRESSES:
                self._counts.popitem(last=False)
            return allowance.retry_after

    def _counts_of(self, address: str, window: int) -> tuple[int, int]:
        counted, previous, current = self._counts.get(address, (window, 0, 0))
        if counted == window:
            return previous, current
        return (current, 0) if counted == window - 1 else (0, 0)


@cache
def strangers() -> Strangers:
    return Strangers(config.settings().rate_limits.without_key)
