"""What an instance counts in its memory: callers without a valid key, and requests in flight."""

import threading
from collections import Counter, OrderedDict
from functools import cache
from ipaddress import IPv6Address, IPv6Network, ip_address

import flask

from shared import clock, config
from shared.domain import rate_limit
from shared.domain.errors import ApiError, ErrorCode
from shared.domain.rate_limit import OVERALL

_MOST_ADDRESSES = 10_000
# Of an address that cannot be read.
_LONGEST_ADDRESS = 45
# One subscriber usually has at least this network of IPv6 (RFC 6177), so it counts as one address.
_IPV6_PREFIX = 64


class Strangers:
    """Counts requests by address, in the same sliding window as for all callers."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        # place -> (minute, requests in the previous minute, requests in this minute)
        self._counts: OrderedDict[str, tuple[int, int, int]] = OrderedDict()

    def count(self, address: str) -> int:
        """Count one request. Returns the seconds to wait, 0 when it is within the limit."""
        now, place = clock.now(), _place(address)
        window = rate_limit.window_of(now)
        with self._lock:
            previous, current = self._counts_of(place, window)
            allowance = self._judge(previous, current)
            if not allowance.is_exceeded:
                self._counts[place] = (window, previous, current + 1)
                self._counts.move_to_end(place)
            if len(self._counts) > _MOST_ADDRESSES:
                self._counts.popitem(last=False)
            return allowance.retry_after

    def wait(self, address: str) -> int:
        """The seconds that one more request would have to wait; 0 when it would be allowed."""
        place = _place(address)
        with self._lock:
            counts = self._counts_of(place, rate_limit.window_of(clock.now()))
            return self._judge(*counts).retry_after

    def _judge(self, previous: int, current: int) -> rate_limit.Allowance:
        return rate_limit.judge(
            {OVERALL: self._limit}, {OVERALL: previous}, {OVERALL: current}, clock.now()
        )

    def _counts_of(self, place: str, window: int) -> tuple[int, int]:
        counted, previous, current = self._counts.get(place, (window, 0, 0))
        if counted == window:
            return previous, current
        return (current, 0) if counted == window - 1 else (0, 0)


@cache
def strangers() -> Strangers:
    return Strangers(config.settings().rate_limits.without_key)


def refused_stranger(message: str, code: ErrorCode = ErrorCode.UNAUTHORIZED) -> ApiError:
    """The error for a caller without a valid key, who is counted."""
    wait = strangers().count(address_of(flask.request))
    return _too_many(wait) if wait else ApiError(code, message)


def check_strangers() -> None:
    """Raises ApiError if a caller without a valid key would be refused by the limit."""
    wait = strangers().wait(address_of(flask.request))
    if wait:
        raise _too_many(wait)


def _too_many(wait: int) -> ApiError:
    return ApiError(
        ErrorCode.RATE_LIMIT_EXCEEDED,
        f"Too many requests without a valid key. Try again in {wait} seconds.",
        headers={"Retry-After": str(wait)},
    )


def address_of(request: flask.Request) -> str:
    """The address that Google's front end added last; a caller can forge the others."""
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip()
    return forwarded or request.remote_addr or ""


def _place(address: str) -> str:
    """What is counted as one address: of IPv6 the network."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:_LONGEST_ADDRESS]
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((parsed, _IPV6_PREFIX), strict=False))


class InFlight:
    """The requests of each user and scope that are being answered and not yet counted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def enter(self, user_id: str, scope: str | None) -> dict[str, int]:
        """Add a request. Returns the number of the others by scope."""
        with self._lock:
            others = {name: self._counts[user_id, name] for name in _scopes(scope)}
            self._counts.update((user_id, name) for name in others)
        return others

    def leave(self, user_id: str, scope: str | None) -> None:
        with self._lock:
            for name in _scopes(scope):
                self._counts[user_id, name] -= 1
                if not self._counts[user_id, name]:
                    del self._counts[user_id, name]


class Places:
    """Places for requests that hold a thread for long, at most some of them for one user."""

    def __init__(self, most: int, most_of_user: int) -> None:
        self._most = most
        self._most_of_user = most_of_user
        self._lock = threading.Lock()
        self._users: Counter[str] = Counter()

    def enter(self, user_id: str) -> bool:
        """Whether there is a place for one more request of this user; then it is taken."""
        with self._lock:
            is_free = self._users.total() < self._most and self._users[user_id] < self._most_of_user
            self._users[user_id] += is_free
            self._users += Counter()
        return is_free

    def leave(self, user_id: str) -> None:
        with self._lock:
            self._users[user_id] -= 1
            self._users += Counter()


def _scopes(scope: str | None) -> list[str]:
    return [OVERALL] if scope is None else [OVERALL, scope]


in_flight = InFlight()
