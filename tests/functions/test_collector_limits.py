"""However many posts are due, and whatever the platform does: tasks are short, and go on."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from shared import clock
from shared.domain.errors import ReadRefused, TokenExpired
from shared.domain.metrics import Metric
from shared.gcp.readings import MOST_READINGS
from shared.platforms.http import Http
from tests.functions.counting import (
    Counters,
    collect,
    collecting,
    copies,
    counters,
    days_of,
    let_pass,
    publish,
    run_of,
)
from tests.world import World

__all__ = ["counters"]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def _read(world: World, posts: Sequence[str]) -> int:
    """How many of these posts have numbers."""
    return sum("metrics" in run_of(world, post) for post in posts)


@pytest.mark.full
def test_a_slow_platform_makes_short_tasks_that_go_on_where_the_last_one_ended(
    world: World, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer_slowly(ids: Sequence[str], http: Http) -> None:
        assert http.limits.lease_until is not None
        limits.append(http.limits.lease_until - clock.now())
        world.advance(timedelta(seconds=45))

    limits: list[timedelta] = []
    counters.on_read = answer_slowly
    monkeypatch.setattr(Counters, "posts_per_call", 1)
    [post] = publish(world, "Hello")
    posts = [post, *copies(world, post, 8)]
    world.advance(6 * HOUR)
    world.sweep()
    before = clock.now()
    assert world.tasks.deliver_due() == 2
    assert clock.now() - before <= timedelta(minutes=3)
    # A single call cannot outlast the function either.
    assert max(limits) <= timedelta(minutes=8)
    for _ in range(4):
        let_pass(world, timedelta(minutes=1))
    assert _read(world, posts) == 9
    # None of them was read twice.
    assert len(counters.calls) == 9


@pytest.mark.full
def test_a_post_that_cannot_be_read_keeps_no_other_waiting(
    world: World, counters: Counters
) -> None:
    def refuse_one(ids: Sequence[str], http: Http) -> None:
        if bad in ids:
            raise ReadRefused("No.")

    counters.on_read = refuse_one
    [first, *others] = publish(world, *(f"Post {number}" for number in range(7)))
    bad = run_of(world, first)["platformPostId"]
    let_pass(world)
    for wait in (5, 10, 20, 40, 80, 160):
        let_pass(world, timedelta(minutes=wait))
    assert _read(world, others) == 6
    assert _read(world, [first]) == 0


@pytest.mark.full
def test_a_budget_below_the_size_of_a_call_is_used(
    world: World, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Counters, "daily_budget", 5)
    monkeypatch.setattr(Counters, "cost", lambda self, posts: 2 * len(posts))
    posts = publish(world, "One", "Two", "Three")
    let_pass(world)
    assert _read(world, posts) == 2
    let_pass(world, DAY)
    assert _read(world, posts) == 3


@pytest.mark.full
def test_a_token_that_is_refused_again_and_again_is_not_renewed_each_minute(
    world: World, counters: Counters
) -> None:
    publish(world, "Hello")
    counters.failure = TokenExpired("Expired.")
    let_pass(world)
    for _ in range(20):
        let_pass(world, timedelta(minutes=1))
    assert len(counters.calls) <= 3


@pytest.mark.full
def test_publishing_postpones_no_reading(
    world: World, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Counters, "lives_for", lambda self, content: DAY if content.text == "Story" else None
    )
    [story] = publish(world, "Story")
    published_at = run_of(world, story)["finishedAt"]
    for _ in range(3):
        let_pass(world)
    world.advance(published_at + DAY - timedelta(minutes=31) - clock.now())
    collect(world)
    publish(world, "Hello")
    let_pass(world, timedelta(minutes=2))
    assert run_of(world, story)["metrics"]["at"] > published_at + DAY - timedelta(minutes=31)
    assert "metricsAt" not in run_of(world, story)


def test_readings_and_numbers_have_a_limit(world: World, counters: Counters) -> None:
    """Years of readings on request fit into the run; numbers of any size can be summed."""
    [post] = publish(world, "Hello")
    posts = [post, *copies(world, post, 2)]
    for each in posts:
        counters.numbers[run_of(world, each)["platformPostId"]] = {Metric.LIKES: 2**63 - 1}
    start = clock.now() - 300 * DAY
    series = [
        {"at": start + number * HOUR, "numbers": {"likes": number}}
        for number in range(MOST_READINGS)
    ]
    [run_id] = world.submission(post)["runSummary"]
    world.parts.db.document(f"postSubmissions/{post}/runs/{run_id}").update(
        {"metrics": series[-1], "metricSeries": series}
    )
    let_pass(world)
    kept = run_of(world, post)["metricSeries"]
    assert len(kept) <= MOST_READINGS
    assert (kept[0], kept[-1]) == (series[0], run_of(world, post)["metrics"])
    [day] = days_of(world).values()
    assert 0 < day["likes"] < 2**63 - 1
    assert collecting(world).get().get("failures") == 0
