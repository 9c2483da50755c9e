"""Found, proven absent, or neither: each case of the architecture."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.domain.reconciliation import (
    Absent,
    Found,
    Handle,
    LookUpResult,
    SeenPost,
    Sighting,
    Undecided,
    judge,
    window_start,
)
from shared.domain.run import Run, RunStatus
from tests.domain.examples import NOW, a_run

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
OURS = SeenPost("77", NOW + SECOND, "https://x.com/77")
NOTHING = Sighting(list_was_read=True)
# Two readings that count were made, and this is the third.
TWICE: dict[str, Any] = {"absences": 2, "absent_at": NOW + 5 * MINUTE}
THIRD = NOW + 31 * MINUTE


def _run(**changes: Any) -> Run:
    return a_run(
        RunStatus.UNCONFIRMED,
        **{"intent_at": NOW, "started_at": NOW, "visible_attempts": 1, **changes},
    )


def _judge(
    sighting: Sighting,
    *,
    run: Run | None = None,
    taken: tuple[str, ...] = (),
    rivals: tuple[Run, ...] = (),
    at: datetime = NOW + 6 * MINUTE,
) -> LookUpResult:
    # The platform's clock is right; tests of clocks say otherwise.
    known = replace(sighting, platform_now=sighting.platform_now or at)
    return judge(run or _run(), known, taken=taken, rivals=rivals, now=at)


def _rival(**changes: Any) -> Run:
    return _run(**{"submission_id": "s2", **changes})


def test_the_list_is_read_from_a_minute_before_the_intent() -> None:
    assert window_start(_run()) == NOW - MINUTE


def test_after_an_earlier_lost_try_the_list_is_read_from_a_minute_before_it() -> None:
    run = _run(intent_at=NOW + 10 * MINUTE, visible_attempts=2)
    assert window_start(run) == NOW - MINUTE


def test_a_run_without_an_intent_has_nothing_to_look_for() -> None:
    with pytest.raises(ValueError, match="no intent"):
        window_start(_run(intent_at=None))


def test_a_post_with_the_same_content_since_the_intent_is_found() -> None:
    assert _judge(Sighting(same=(OURS,))) == Found("77", "https://x.com/77")


def test_it_is_found_immediately_and_not_only_after_five_minutes() -> None:
    assert _judge(Sighting(same=(OURS,)), at=NOW + SECOND) == Found("77", "https://x.com/77")


@pytest.mark.parametrize(
    ("made", "found"), [(NOW - MINUTE, True), (NOW - MINUTE - timedelta(microseconds=1), False)]
)
def test_a_post_counts_up_to_a_minute_before_the_intent(made: datetime, found: bool) -> None:
    verdict = _judge(Sighting(same=(SeenPost("77", made),)))
    assert isinstance(verdict, Found) == found


def test_a_post_of_another_run_is_not_ours() -> None:
    sighting = Sighting(same=(OURS,), list_was_read=True)
    assert _judge(sighting, taken=("77",)) == Undecided(absent=True)
    both = Sighting(same=(OURS, SeenPost("78", NOW + 2 * SECOND)), list_was_read=True)
    assert _judge(both, taken=("77",)) == Found("78", None)


def test_of_several_the_oldest_is_ours() -> None:
    sighting = Sighting(same=(SeenPost("79", NOW + MINUTE), OURS))
    assert _judge(sighting) == Found("77", "https://x.com/77")


@pytest.mark.parametrize(
    ("readings", "last", "at", "absent"),
    [
        (0, None, THIRD, False),
        (1, 5 * MINUTE, THIRD, False),
        (2, 5 * MINUTE, THIRD, True),
        (2, 5 * MINUTE, NOW + 30 * MINUTE, True),
        (2, 5 * MINUTE, NOW + 30 * MINUTE - SECOND, False),
        (2, 26 * MINUTE, NOW + 30 * MINUTE, True),
        (2, 26 * MINUTE + SECOND, NOW + 30 * MINUTE, False),
        (7, 5 * MINUTE, NOW + 29 * MINUTE, False),
    ],
)
def test_three_readings_four_minutes_apart_the_last_after_half_an_hour_prove_absence(
    readings: int, last: timedelta | None, at: datetime, absent: bool
) -> None:
    run = _run(absences=readings, absent_at=NOW + last if last else None)
    verdict = _judge(NOTHING, run=run, at=at)
    assert isinstance(verdict, Absent) == absent
    assert absent or verdict == Undecided(absent=True)


def test_the_half_hour_counts_from_the_last_try_and_not_from_the_first() -> None:
    tried_again = {"intent_at": NOW + 10 * MINUTE, "visible_attempts": 2}
    run = _run(**tried_again, absences=2, absent_at=NOW + 20 * MINUTE)
    assert isinstance(_judge(NOTHING, run=run, at=NOW + 39 * MINUTE), Undecided)
    assert isinstance(_judge(NOTHING, run=run, at=NOW + 40 * MINUTE), Absent)


def test_a_list_that_was_not_read_to_its_end_never_proves_anything() -> None:
    verdict = _judge(Sighting(), run=_run(**TWICE), at=NOW + timedelta(days=1))
    assert verdict == Undecided(absent=None)


@pytest.mark.parametrize(
    ("at", "absent"), [(NOW + 5 * MINUTE - SECOND, False), (NOW + 5 * MINUTE, True)]
)
def test_a_container_that_is_not_published_proves_absence_after_five_minutes(
    at: datetime, absent: bool
) -> None:
    kept = {"container": "9"}
    verdict = _judge(Sighting(handle=Handle.NOT_PUBLISHED, checkpoint=kept), at=at)
    if absent:
        assert verdict == Absent(checkpoint=kept, exhausted=False)
    else:
        assert verdict == Undecided(absent=None)


@pytest.mark.parametrize(
    ("at", "absent"), [(NOW + 5 * MINUTE - SECOND, False), (NOW + 5 * MINUTE, True)]
)
def test_a_post_that_is_harmless_to_repeat_is_sent_again_after_five_minutes(
    at: datetime, absent: bool
) -> None:
    again = {"first_try": "2026-11-22T12:00:00+00:00"}
    verdict = _judge(Sighting(handle=Handle.REPEATABLE, checkpoint=again), at=at)
    if absent:
        assert verdict == Absent(checkpoint=again, exhausted=False, may_be_live=True)
    else:
        assert verdict == Undecided(absent=None)


def test_nothing_is_repeated_that_could_return_a_rivals_post() -> None:
    sighting = Sighting(handle=Handle.REPEATABLE, checkpoint={})
    assert _judge(sighting, rivals=(_rival(),)) == Undecided(absent=False)


def test_nothing_is_repeated_that_was_refused_as_a_duplicate() -> None:
    sighting = Sighting(handle=Handle.REPEATABLE, checkpoint={})
    assert _judge(sighting, run=_run(refused_as_duplicate=True)) == Undecided(absent=None)


def test_a_container_that_is_published_without_being_listed_is_given_time_to_appear() -> None:
    sighting = Sighting(handle=Handle.PUBLISHED)
    for look_ups in range(4):
        run = _run(look_ups=look_ups)
        assert _judge(sighting, run=run) == Undecided(absent=False)
    assert _judge(sighting, run=_run(look_ups=4)) == Found(None, None)
    # One that the user requested is not the last of the fixed times.
    assert _judge(sighting, run=_run(look_ups=4, is_asked=True)) == Undecided(absent=False)


def test_a_published_container_is_the_listed_post() -> None:
    sighting = Sighting(same=(OURS,), handle=Handle.PUBLISHED)
    assert _judge(sighting) == Found("77", "https://x.com/77")


def test_a_post_refused_as_a_duplicate_is_never_absent() -> None:
    run = _run(**TWICE, refused_as_duplicate=True)
    assert _judge(NOTHING, run=run, at=NOW + timedelta(hours=12)) == Undecided(absent=True)
    assert isinstance(_judge(Sighting(same=(OURS,)), run=run), Found)


@pytest.mark.parametrize(("tries", "exhausted"), [(4, False), (5, True)])
def test_a_post_is_lost_five_times_and_then_given_up(tries: int, exhausted: bool) -> None:
    run = _run(**TWICE, visible_attempts=tries)
    assert _judge(NOTHING, run=run, at=THIRD) == Absent(checkpoint=None, exhausted=exhausted)


def test_a_post_that_the_platform_names_for_our_handle_is_always_ours() -> None:
    sighting = Sighting(same=(SeenPost("78", NOW),), made=OURS, handle=Handle.PUBLISHED)
    assert _judge(sighting, rivals=(_rival(),), taken=("78",)) == Found("77", OURS.permalink)


def test_a_container_that_is_not_published_is_believed_more_than_a_post_that_looks_alike() -> None:
    sighting = Sighting(same=(OURS,), handle=Handle.NOT_PUBLISHED, list_was_read=True)
    assert _judge(sighting, at=NOW + MINUTE) == Undecided(absent=True)
    assert isinstance(_judge(sighting), Absent)
    assert isinstance(_judge(sighting, rivals=(_rival(),)), Absent)
