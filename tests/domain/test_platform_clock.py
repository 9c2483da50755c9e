"""Whether a listed post is from before or after the intent, by the platform's own clock."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.domain.reconciliation import Absent, Found, SeenPost, Sighting, Undecided, judge
from shared.domain.run import RunStatus
from tests.domain.examples import NOW, a_run

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
AT = NOW + 31 * MINUTE


def _judge(posts: tuple[SeenPost, ...], platform_now: datetime | None) -> Any:
    run = a_run(
        RunStatus.UNCONFIRMED,
        intent_at=NOW,
        started_at=NOW,
        visible_attempts=1,
        absences=2,
        absent_at=NOW + 5 * MINUTE,
    )
    sighting = Sighting(same=posts, list_was_read=True, platform_now=platform_now)
    return judge(run, sighting, taken=(), rivals=(), now=AT)


@pytest.mark.parametrize("behind", [-600, -90, -30, 0, 30, 61, 90, 600])
@pytest.mark.parametrize(("after", "found"), [(-61, False), (-60, True), (0, True), (100, True)])
def test_a_post_is_compared_by_the_platforms_clock(behind: int, after: int, found: bool) -> None:
    """`after`: seconds from the intent to the post, by one clock."""
    clock = timedelta(seconds=-behind)
    verdict = _judge((SeenPost("7", NOW + after * SECOND + clock),), AT + clock)
    assert isinstance(verdict, Found) == found
    assert isinstance(verdict, Absent) != found


@pytest.mark.parametrize("behind", [timedelta(minutes=10, seconds=1), timedelta(days=-3)])
def test_absence_does_not_count_when_the_clocks_are_too_far_apart(behind: timedelta) -> None:
    assert _judge((), AT - behind) == Undecided(absent=None)


@pytest.mark.parametrize(
    ("before", "absent"), [(11 * MINUTE + SECOND, True), (11 * MINUTE, False), (MINUTE, None)]
)
def test_without_the_platforms_time_its_clock_may_be_minutes_behind(
    before: timedelta, absent: bool | None
) -> None:
    verdict = _judge((SeenPost("7", NOW - before),), None)
    if absent is None:
        assert verdict == Found("7", None)
    elif absent:
        assert isinstance(verdict, Absent)
    else:
        assert verdict == Undecided(absent=False)
