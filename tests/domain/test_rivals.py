"""Several open runs with the same text on one account: which of the posts is whose."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from shared.domain.reconciliation import (
    Absent,
    Found,
    SeenPost,
    Sighting,
    Undecided,
    judge,
    read_since,
)
from shared.domain.run import Run, RunStatus
from tests.domain.examples import NOW, a_run

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def _run(name: str, intent_at: datetime, **changes: Any) -> Run:
    return a_run(
        RunStatus.UNCONFIRMED,
        submission_id=name,
        intent_at=intent_at,
        started_at=intent_at,
        visible_attempts=1,
        **changes,
    )


def _post(name: str, created_at: datetime) -> SeenPost:
    return SeenPost(name, created_at)


def _verdicts(runs: list[Run], posts: tuple[SeenPost, ...], taken: str = "") -> list[Any]:
    """What each of the runs is told, all having seen the same."""
    at = NOW + 5 * HOUR
    sighting = Sighting(same=posts, list_was_read=True, platform_now=at)
    return [
        judge(
            run,
            sighting,
            taken=set(taken),
            rivals=[other for other in runs if other is not run],
            now=at,
        )
        for run in runs
    ]


@pytest.mark.parametrize("count", [2, 3])
def test_as_many_posts_as_runs_are_matched_in_the_order_of_time(count: int) -> None:
    runs = [_run(f"s{i}", NOW + i * SECOND) for i in range(count)]
    posts = [_post(str(i), NOW + i * SECOND) for i in range(count)]
    for shuffled in permutations(posts):
        assert _verdicts(runs, shuffled) == [Found(str(i), None) for i in range(count)]


def test_of_runs_and_posts_of_the_same_time_each_still_gets_its_own() -> None:
    runs = [_run(name, NOW) for name in ("s2", "s1")]
    posts = (_post("8", NOW), _post("7", NOW))
    assert _verdicts(runs, posts) == [Found("8", None), Found("7", None)]


def test_fewer_posts_than_runs_are_neither_found_nor_absent() -> None:
    runs = [_run(f"s{i}", NOW, absences=2, absent_at=NOW + MINUTE) for i in range(3)]
    for posts in [(_post("1", NOW),), (_post("1", NOW), _post("2", NOW))]:
        assert _verdicts(runs, posts) == [Undecided(absent=False)] * 3


def test_a_post_that_another_run_holds_is_not_matched() -> None:
    runs = [_run("s1", NOW), _run("s2", NOW)]
    posts = (_post("1", NOW), _post("2", NOW))
    assert _verdicts(runs, posts, taken="1") == [Undecided(absent=False)] * 2


def test_without_any_post_no_run_blocks_another() -> None:
    runs = [_run(f"s{i}", NOW, absences=2, absent_at=NOW + MINUTE) for i in range(2)]
    assert all(isinstance(verdict, Absent) for verdict in _verdicts(runs, ()))


def test_a_run_that_began_after_a_post_does_not_compete_for_it() -> None:
    early, late = _run("s1", NOW), _run("s2", NOW + 3 * HOUR)
    found, undecided = _verdicts([early, late], (_post("1", NOW + SECOND),))
    assert found == Found("1", None)
    assert undecided == Undecided(absent=True)


def test_a_later_post_may_still_be_the_earlier_runs() -> None:
    early, late = _run("s1", NOW), _run("s2", NOW + 3 * HOUR)
    posts = (_post("1", NOW + 3 * HOUR),)
    assert _verdicts([early, late], posts) == [Undecided(absent=False)] * 2


def test_runs_hours_apart_are_matched_by_either_of_them() -> None:
    runs = [_run("s1", NOW), _run("s2", NOW + 3 * HOUR)]
    posts = (_post("2", NOW + 3 * HOUR + SECOND), _post("1", NOW + SECOND))
    assert _verdicts(runs, posts) == [Found("1", None), Found("2", None)]
    # For this the list is read from the earliest of them on, by whatever clock.
    assert read_since(runs[1], [runs[0]]) == NOW - 11 * MINUTE
    assert read_since(runs[1], []) == NOW + 3 * HOUR - 11 * MINUTE


def test_a_run_that_was_tried_before_competes_from_its_first_try_on() -> None:
    early = _run("s1", NOW)
    tried = a_run(
        RunStatus.UNCONFIRMED,
        submission_id="s2",
        intent_at=NOW + 3 * HOUR,
        started_at=NOW,
        visible_attempts=2,
    )
    posts = (_post("1", NOW + SECOND),)
    assert _verdicts([early, tried], posts) == [Undecided(absent=False)] * 2
