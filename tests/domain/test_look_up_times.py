"""When an unconfirmed run is looked up, and what each look-up counts for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain import unconfirmed
from shared.domain.run import Run, RunStatus
from shared.domain.unconfirmed import LOOK_UPS
from tests.domain.examples import ERROR, NOW, a_run

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def _doubted() -> Run:
    return unconfirmed.doubt(a_run(RunStatus.PROCESSING, intent_at=NOW), error=ERROR, now=NOW)


def test_look_ups_come_after_1_5_31_minutes_2_and_12_hours_and_then_no_more() -> None:
    run = _doubted()
    times = []
    while run.next_attempt_at is not None:
        times.append(run.next_attempt_at - NOW)
        run = unconfirmed.look_again(run, absent=None, now=run.next_attempt_at)
    assert times == [
        timedelta(minutes=1),
        # Four minutes later, for the two to count as two.
        timedelta(minutes=5, seconds=2),
        timedelta(minutes=31),
        timedelta(hours=2),
        timedelta(hours=12),
    ]
    assert run.wake_at is None
    assert run.look_ups == len(LOOK_UPS)
    assert run.status is RunStatus.UNCONFIRMED


def test_a_late_look_up_is_followed_by_one_that_counts() -> None:
    late = unconfirmed.look_again(_doubted(), absent=True, now=NOW + timedelta(hours=3))
    assert late.next_attempt_at is not None
    assert late.next_attempt_at - NOW > timedelta(hours=3, minutes=4)
    again = unconfirmed.look_again(late, absent=True, now=late.next_attempt_at)
    assert again.absences == 2


def test_readings_without_the_post_are_counted_four_minutes_apart() -> None:
    first = unconfirmed.look_again(_doubted(), absent=True, now=NOW + MINUTE)
    assert (first.absences, first.absent_at) == (1, NOW + MINUTE)
    early = unconfirmed.look_again(first, absent=True, now=NOW + 5 * MINUTE - SECOND)
    assert (early.absences, early.absent_at) == (1, NOW + MINUTE)
    second = unconfirmed.look_again(early, absent=True, now=NOW + 5 * MINUTE)
    assert (second.absences, second.absent_at) == (2, NOW + 5 * MINUTE)
    unclear = unconfirmed.look_again(second, absent=None, now=NOW + 30 * MINUTE)
    assert (unclear.absences, unclear.absent_at) == (2, NOW + 5 * MINUTE)
    seen = unconfirmed.look_again(unclear, absent=False, now=NOW + 40 * MINUTE)
    assert (seen.absences, seen.absent_at) == (0, None)


def test_a_look_up_that_waits_for_tokens_does_not_count() -> None:
    later = unconfirmed.look_later(_doubted(), at=NOW + 2 * MINUTE, token_refreshes=1)
    assert (later.look_ups, later.token_refreshes) == (0, 1)
    assert later.seq == _doubted().seq + 1
    assert later.next_attempt_at == NOW + 2 * MINUTE
    assert later.wake_at == NOW + 4 * MINUTE


@pytest.mark.parametrize(
    ("wait", "minutes"), [(timedelta(0), 5), (5 * MINUTE, 5), (timedelta(hours=2), 120)]
)
def test_a_failed_look_up_is_repeated_after_five_minutes_and_does_not_count(
    wait: timedelta, minutes: int
) -> None:
    run = replace(_doubted(), absences=1, absent_at=NOW)
    failed = unconfirmed.look_after_failure(run, wait=wait, now=NOW + MINUTE)
    assert failed.next_attempt_at == NOW + MINUTE + minutes * MINUTE
    assert (failed.look_ups, failed.failures, failed.absences) == (0, 1, 1)


def test_a_look_up_that_fails_for_a_day_is_left_to_the_user() -> None:
    run, now, tries = _doubted(), NOW + MINUTE, 0
    while run.next_attempt_at is not None:
        run = unconfirmed.look_after_failure(run, wait=timedelta(0), now=now)
        now, tries = now + 5 * MINUTE, tries + 1
    assert tries == 288
    assert (run.wake_at, run.look_ups) == (None, 0)
    asked = unconfirmed.ask(run, now=NOW + timedelta(days=9))
    again = unconfirmed.look_after_failure(asked, wait=timedelta(0), now=NOW + timedelta(days=9))
    assert again.next_attempt_at == NOW + timedelta(days=9, minutes=5)


def test_look_ups_that_the_user_requests_use_up_none() -> None:
    run = _doubted()
    for minutes in range(10):
        asked = unconfirmed.ask(run, now=NOW + minutes * MINUTE)
        assert asked.next_attempt_at == asked.asked_at == NOW + minutes * MINUTE
        run = unconfirmed.look_again(asked, absent=True, now=NOW + minutes * MINUTE)
    assert (run.look_ups, run.is_asked) == (0, False)
    # They are readings like any other.
    assert run.absences == 3
    assert unconfirmed.may_ask_at(run) == NOW + 10 * MINUTE
    waited = unconfirmed.look_later(asked, at=NOW + timedelta(hours=1))
    assert unconfirmed.look_again(waited, absent=None, now=NOW + timedelta(hours=1)).look_ups == 0


def test_after_the_last_look_up_the_user_can_still_request_one() -> None:
    run = replace(_doubted(), look_ups=len(LOOK_UPS), next_attempt_at=None)
    asked = unconfirmed.ask(run, now=NOW + timedelta(days=3))
    again = unconfirmed.look_again(asked, absent=None, now=NOW + timedelta(days=3))
    assert (again.next_attempt_at, again.look_ups) == (None, len(LOOK_UPS))
