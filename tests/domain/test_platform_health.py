"""When a platform counts as failing, and since when."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.errors import (
    ContentRejected,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    TokenExpired,
)
from shared.domain.platform_health import (
    HELD_UP_AFTER,
    Counts,
    PlatformState,
    counts_as_failed,
    judge,
    minute_of,
)
from shared.domain.run import RunStatus
from tests.domain.examples import a_run

NOW = datetime(2026, 11, 29, 12, 0, 30, tzinfo=UTC)
GOOD, BAD = Counts(succeeded=1), Counts(failed=1)


def _minutes(*ago: tuple[int, Counts]) -> dict[int, Counts]:
    return {minute_of(NOW) - minutes: counts for minutes, counts in ago}


def _ago(minutes: int) -> datetime:
    return NOW.replace(second=0) - timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("minutes", "state", "since"),
    [
        ((), PlatformState.UNUSED, None),
        (((60, BAD), (61, Counts(failed=9))), PlatformState.UNUSED, None),
        (((5, GOOD),), PlatformState.WORKING, None),
        # Two failures are chance.
        (((5, BAD), (4, BAD)), PlatformState.WORKING, None),
        (((5, BAD), (4, BAD), (3, BAD)), PlatformState.FAILING, _ago(5)),
        (((9, Counts(27, 0)), (2, Counts(0, 3))), PlatformState.SOME_FAIL, _ago(2)),
        (((9, Counts(28, 0)), (2, Counts(0, 3))), PlatformState.WORKING, None),
        (((9, Counts(3, 3)),), PlatformState.FAILING, _ago(9)),
        # Nothing tells that it has recovered.
        (((50, Counts(0, 5)),), PlatformState.FAILING, _ago(50)),
        (((50, Counts(0, 5)), (20, GOOD)), PlatformState.WORKING, None),
        (((15, Counts(0, 5)), (1, GOOD)), PlatformState.FAILING, _ago(15)),
        # An outage that is over is not the beginning of the next one.
        (((55, BAD), (40, GOOD), (10, Counts(0, 3))), PlatformState.FAILING, _ago(10)),
        (((55, BAD), (10, Counts(0, 3))), PlatformState.FAILING, _ago(55)),
    ],
)
def test_a_platform_fails_by_its_share_of_the_last_hour(
    minutes: tuple[tuple[int, Counts], ...], state: PlatformState, since: datetime | None
) -> None:
    health = judge(_minutes(*minutes), NOW)
    assert (health.state, health.since) == (state, since)


def test_the_share_is_of_all_that_counts() -> None:
    assert judge(_minutes((3, Counts(6, 1)), (2, Counts(0, 1))), NOW).share == 0.25


FAILED = a_run(status=RunStatus.FAILED)
HELD_UP = a_run(status=RunStatus.PROCESSING, failures=HELD_UP_AFTER)
RETRIED = a_run(status=RunStatus.PROCESSING, failures=HELD_UP_AFTER - 1)
LATER = a_run(status=RunStatus.PROCESSING, failures=HELD_UP_AFTER + 1)


@pytest.mark.parametrize(
    ("failure", "run", "counts"),
    [
        (PlatformUnavailable("no"), FAILED, True),
        (PlatformUnavailable("no"), HELD_UP, True),
        (PlatformUnavailable("no"), RETRIED, False),
        (PlatformUnavailable("no"), LATER, False),
        (PlatformUnavailable("no credits", concerns_operator=True), FAILED, False),
        (OutcomeUnknown("lost"), a_run(status=RunStatus.UNCONFIRMED), True),
        (ContentRejected("no"), FAILED, False),
        (RateLimited("later", retry_after=None), FAILED, False),
        (ReconnectRequired("gone"), FAILED, False),
        (TokenExpired("old"), FAILED, False),
    ],
)
def test_only_what_the_platform_is_to_blame_for_counts(
    failure: PlatformError, run: object, counts: bool
) -> None:
    assert counts_as_failed(failure, run) is counts  # type: ignore[arg-type]
