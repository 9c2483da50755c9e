"""Found, proven absent, or neither: each case of the architecture."""

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
    has_rival: bool = False,
    at: datetime = NOW + 6 * MINUTE,
) -> LookUpResult:
    return judge(run or _run(), sighting, taken=taken, has_rival=has_rival, now=at)


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


def test_a_post_that_a_rival_could_have_created_is_neither_found_nor_absent() -> None:
    sighting = Sighting(same=(OURS,), list_was_read=True)
    run = _run(absent_since=NOW + MINUTE)
    assert _judge(sighting, run=run, has_rival=True) == Undecided(absent=False)


def test_when_nothing_is_seen_a_rival_has_created_nothing_either() -> None:
    run = _run(absent_since=NOW + MINUTE)
    assert isinstance(_judge(NOTHING, run=run, has_rival=True), Absent)


def test_one_reading_without_the_post_proves_nothing() -> None:
    assert _judge(NOTHING) == Undecided(absent=True)


@pytest.mark.parametrize(
    ("at", "absent"), [(NOW + 5 * MINUTE - SECOND, False), (NOW + 5 * MINUTE, True)]
)
def test_a_second_reading_proves_absence_five_minutes_after_the_intent(
    at: datetime, absent: bool
) -> None:
    verdict = _judge(NOTHING, run=_run(absent_since=NOW + MINUTE), at=at)
    assert isinstance(verdict, Absent) == absent


def test_the_five_minutes_count_from_the_last_try_and_not_from_the_first() -> None:
    run = _run(intent_at=NOW + 10 * MINUTE, visible_attempts=2, absent_since=NOW + 11 * MINUTE)
    assert isinstance(_judge(NOTHING, run=run, at=NOW + 14 * MINUTE), Undecided)
    assert isinstance(_judge(NOTHING, run=run, at=NOW + 15 * MINUTE), Absent)


def test_a_list_that_was_not_read_to_its_end_never_proves_anything() -> None:
    run = _run(absent_since=NOW + MINUTE)
    assert _judge(Sighting(), run=run, at=NOW + timedelta(days=1)) == Undecided(absent=False)


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
        assert verdict == Undecided(absent=False)


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
        assert verdict == Undecided(absent=False)


def test_nothing_is_repeated_that_could_return_a_rivals_post() -> None:
    sighting = Sighting(handle=Handle.REPEATABLE, checkpoint={})
    assert _judge(sighting, has_rival=True) == Undecided(absent=False)


def test_nothing_is_repeated_that_was_refused_as_a_duplicate() -> None:
    sighting = Sighting(handle=Handle.REPEATABLE, checkpoint={})
    assert _judge(sighting, run=_run(refused_as_duplicate=True)) == Undecided(absent=False)


def test_a_container_that_is_published_without_being_listed_is_given_time_to_appear() -> None:
    sighting = Sighting(handle=Handle.PUBLISHED)
    for look_ups in range(4):
        run = _run(look_ups=look_ups)
        assert _judge(sighting, run=run) == Undecided(absent=False)
    assert _judge(sighting, run=_run(look_ups=4)) == Found(None, None)


def test_a_published_container_is_the_listed_post() -> None:
    sighting = Sighting(same=(OURS,), handle=Handle.PUBLISHED)
    assert _judge(sighting) == Found("77", "https://x.com/77")


def test_a_post_refused_as_a_duplicate_is_never_absent() -> None:
    run = _run(absent_since=NOW + MINUTE, refused_as_duplicate=True)
    assert _judge(NOTHING, run=run, at=NOW + timedelta(hours=12)) == Undecided(absent=True)
    assert isinstance(_judge(Sighting(same=(OURS,)), run=run), Found)


@pytest.mark.parametrize(("tries", "exhausted"), [(4, False), (5, True)])
def test_a_post_is_lost_five_times_and_then_given_up(tries: int, exhausted: bool) -> None:
    run = _run(absent_since=NOW + MINUTE, visible_attempts=tries)
    assert _judge(NOTHING, run=run) == Absent(checkpoint=None, exhausted=exhausted)


def test_a_post_that_the_platform_names_for_our_handle_is_always_ours() -> None:
    sighting = Sighting(same=(SeenPost("78", NOW),), made=OURS, handle=Handle.PUBLISHED)
    assert _judge(sighting, has_rival=True, taken=("78",)) == Found("77", OURS.permalink)
