"""Sliding windows: what they allow, and that Retry-After is correct."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.rate_limit import judge, start_of, window_of

MIDNIGHT = datetime(2030, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class _Caller:
    """A caller with the counters of a user, which applies the limits."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.counts: dict[int, int] = {}
        self.allowed: list[datetime] = []

    def judge(self, now: datetime):
        window = window_of(now)
        previous = {"overall": self.counts.get(window - 1, 0)}
        current = {"overall": self.counts.get(window, 0)}
        return judge({"overall": self.limit}, previous, current, now)

    def ask(self, now: datetime) -> bool:
        if self.judge(now).is_exceeded:
            return False
        self.count(now)
        self.allowed.append(now)
        return True

    def count(self, now: datetime, times: int = 1) -> None:
        window = window_of(now)
        self.counts[window] = self.counts.get(window, 0) + times


@given(
    limit=st.integers(1, 200),
    previous=st.integers(0, 400),
    current=st.integers(0, 400),
    second=st.floats(0, 59.999),
)
def test_after_retry_after_a_request_is_allowed(
    limit: int, previous: int, current: int, second: float
) -> None:
    now = MIDNIGHT + timedelta(seconds=second)
    caller = _Caller(limit)
    caller.count(now - 60 * SECOND, previous)
    caller.count(now, current)
    said = caller.judge(now)
    assert (said.retry_after == 0) == (not said.is_exceeded)
    assert 0 <= said.retry_after <= 120
    assert caller.ask(now + timedelta(seconds=said.retry_after))


@given(
    limit=st.integers(1, 60),
    previous=st.integers(1, 100),
    current=st.integers(0, 60),
    second=st.floats(0, 59.999),
)
def test_retry_after_is_not_seconds_too_long(
    limit: int, previous: int, current: int, second: float
) -> None:
    now = MIDNIGHT + timedelta(seconds=second)
    caller = _Caller(limit)
    caller.count(now - 60 * SECOND, previous)
    caller.count(now, current)
    said = caller.judge(now)
    if said.retry_after > 2:
        # Rounding up can add a second.
        assert not caller.ask(now + timedelta(seconds=said.retry_after - 2))


@given(
    limit=st.integers(1, 60),
    before=st.floats(0, 1),
    phase=st.floats(0, 0.999),
    seconds=st.lists(st.floats(0, 59.9), min_size=1, max_size=150).map(sorted),
)
def test_after_an_even_minute_no_60_seconds_see_more_than_the_limit(
    limit: int, before: float, phase: float, seconds: list[float]
) -> None:
    caller = _Caller(limit)
    evenly = round(limit * before)
    for number in range(evenly):
        at = MIDNIGHT + (number + phase) / evenly * 60 * SECOND
        caller.count(at)
        caller.allowed.append(at)
    for second in seconds:
        now = MIDNIGHT + (60 + second) * SECOND
        if caller.ask(now):
            in_window = [at for at in caller.allowed if at > now - 60 * SECOND]
            assert len(in_window) <= limit


@given(limit=st.integers(1, 60), minutes=st.integers(1, 4))
def test_requests_at_half_the_rate_of_the_limit_are_all_allowed(limit: int, minutes: int) -> None:
    caller = _Caller(limit)
    asked = limit * minutes
    for number in range(asked):
        caller.ask(MIDNIGHT + number * 120 / limit * SECOND)
    assert len(caller.allowed) == asked


@given(limit=st.integers(1, 100), times=st.integers(0, 300))
def test_within_one_minute_exactly_the_limit_is_allowed(limit: int, times: int) -> None:
    caller = _Caller(limit)
    for _ in range(times):
        caller.ask(MIDNIGHT + 10 * SECOND)
    assert len(caller.allowed) == min(limit, times)


def test_remaining_counts_down_to_zero() -> None:
    caller = _Caller(3)
    remaining = []
    for _ in range(3):
        remaining.append(caller.judge(MIDNIGHT).remaining)
        caller.ask(MIDNIGHT)
    assert remaining == [2, 1, 0]
    refused = caller.judge(MIDNIGHT)
    assert refused.is_exceeded
    assert refused.remaining == 0


def test_the_count_resets_at_the_end_of_the_minute() -> None:
    now = MIDNIGHT + 59.5 * SECOND
    assert _Caller(3).judge(now).reset == int((MIDNIGHT + 60 * SECOND).timestamp())
    assert start_of(window_of(now)) == MIDNIGHT


def test_of_several_limits_the_tightest_counts() -> None:
    said = judge({"overall": 100, "posts": 3}, {}, {"overall": 5, "posts": 2}, MIDNIGHT)
    assert (said.limit, said.remaining) == (3, 0)
    said = judge({"overall": 5, "posts": 3}, {}, {"overall": 5, "posts": 0}, MIDNIGHT)
    assert said.limit == 5
    assert said.is_exceeded


@pytest.mark.parametrize(("second", "allowed"), [(0, False), (29, False), (31, True), (59, True)])
def test_the_previous_minute_fades_out_evenly(second: int, allowed: bool) -> None:
    # The limit is ten. There were ten in the previous minute and four in this one.
    caller = _Caller(10)
    now = MIDNIGHT + second * SECOND
    caller.count(now - 60 * SECOND, 10)
    caller.count(now, 4)
    assert caller.ask(now) is allowed
