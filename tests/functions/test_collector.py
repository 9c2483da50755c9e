"""The numbers of posts are read when they are due, stored once, and forgotten when they must be."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions import collector
from shared import clock
from shared.domain.errors import RateLimited, ReadRefused
from shared.domain.metrics import Metric
from shared.domain.submission import Submission
from shared.gcp.collecting import METRICS
from shared.metrics import of_post
from shared.platforms import registry
from tests.functions.counting import (
    Counters,
    collect,
    collecting,
    counters,
    days_of,
    let_pass,
    publish,
    run_of,
)
from tests.media import Shelf
from tests.world import USER, World

__all__ = ["counters"]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_numbers_are_on_the_run_and_the_submission_six_hours_later(
    world: World, counters: Counters
) -> None:
    [post] = publish(world, "Hello")
    collect(world)
    assert counters.calls == []
    let_pass(world)
    run = run_of(world, post)
    assert run["metrics"]["numbers"] == {"likes": 5, "reach": 9, "shares": None}
    assert [reading["numbers"]["likes"] for reading in run["metricSeries"]] == [5]
    assert list(world.submission(post)["metrics"].values()) == [run["metrics"]]
    assert days_of(world) == {f"{clock.now():%Y-%m-%d}": {"likes": 5}}


def test_posts_of_an_account_are_read_together(world: World, counters: Counters) -> None:
    posts = publish(world, *(f"Post {number}" for number in range(7)))
    let_pass(world)
    assert sorted(map(len, counters.calls)) == [1, 3, 3]
    assert all(run_of(world, post)["metrics"]["numbers"]["likes"] == 5 for post in posts)
    collect(world)
    assert len(counters.calls) == 3


@pytest.mark.full
def test_only_changes_are_added_to_the_series_and_the_day(world: World, counters: Counters) -> None:
    [post] = publish(world, "Hello")
    post_id = run_of(world, post)["platformPostId"]
    let_pass(world)
    let_pass(world)
    counters.numbers[post_id] = {Metric.LIKES: 3, Metric.REACH: None, Metric.SHARES: 2}
    let_pass(world)
    run = run_of(world, post)
    # A number that is withheld keeps its last value.
    assert run["metrics"]["numbers"] == {"likes": 3, "reach": 9, "shares": 2}
    assert [each["numbers"]["likes"] for each in run["metricSeries"]] == [5, 3]
    days = days_of(world).values()
    assert sum(day.get("likes", 0) for day in days) == 3
    assert sum(day.get("shares", 0) for day in days) == 2


def test_a_task_delivered_twice_reads_once(world: World, counters: Counters) -> None:
    publish(world, "Hello")
    world.advance(6 * HOUR)
    world.sweep()
    task = {"userId": USER, "platform": "threads", "accountId": f"threads_{USER}", "job": METRICS}
    assert "read" in collector.do_task(task, world.parts)
    assert collector.do_task(task, world.parts) == "not due"
    world.deliver_due()
    assert len(counters.calls) == 1


@pytest.mark.full
def test_old_posts_are_read_less_often_and_then_no_more(world: World, counters: Counters) -> None:
    publish(world, "Hello")
    for age, every in ((0, 6 * HOUR), (8, DAY), (91, 7 * DAY)):
        world.advance(timedelta(days=age))
        collect(world)
        counters.calls.clear()
        world.advance(every - timedelta(minutes=1))
        collect(world)
        world.advance(timedelta(minutes=2))
        collect(world)
        assert len(counters.calls) == 1, age
    world.advance(timedelta(days=400))
    collect(world)
    assert not collecting(world).get().exists


@pytest.mark.full
@pytest.mark.parametrize(
    ("failure", "wait"),
    [
        (RateLimited("Wait.", retry_after=timedelta(hours=2)), timedelta(hours=2)),
        (ReadRefused("No."), timedelta(minutes=5)),
    ],
)
def test_a_failure_is_waited_out_and_nothing_else_stops(
    world: World, counters: Counters, failure: Exception, wait: timedelta
) -> None:
    [post] = publish(world, "Hello")
    counters.failure = failure
    let_pass(world)
    assert len(counters.calls) == 1
    world.advance(wait - timedelta(minutes=1))
    collect(world)
    assert len(counters.calls) == 1
    counters.failure = None
    publish(world, "Another")
    world.advance(timedelta(minutes=2) if wait < HOUR else 6 * HOUR)
    let_pass(world)
    assert run_of(world, post)["metrics"]["numbers"]["likes"] == 5


@pytest.mark.full
def test_nothing_is_read_without_a_subscription_or_where_a_permission_is_missing(
    world: World, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(world, "Hello")
    world.expire_subscription()
    let_pass(world)
    assert counters.calls == []
    world.settle(USER)
    monkeypatch.setattr(Counters, "scopes", ("insights",))
    account = world.account("threads")
    own = f"users/{USER}/integrations/threads/accounts/{account.account_id}"
    world.parts.db.document(own).update({"missingScopes": ["insights"]})
    let_pass(world, DAY)
    assert counters.calls == []
    world.parts.db.document(own).update({"missingScopes": []})
    let_pass(world, DAY)
    assert len(counters.calls) == 1


@pytest.mark.full
def test_a_budget_is_kept_and_the_rest_waits_for_the_next_day(
    world: World, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Counters, "daily_budget", 2)
    posts = publish(world, *(f"Post {number}" for number in range(7)))
    let_pass(world)
    assert len(counters.calls) == 2
    let_pass(world, timedelta(minutes=30))
    assert len(counters.calls) == 2
    let_pass(world, DAY)
    assert len(counters.calls) == 4
    assert sum("metrics" in run_of(world, post) for post in posts) >= 6


@pytest.mark.full
def test_numbers_that_cannot_be_read_again_are_forgotten_in_time(
    world: World, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Counters, "kept_for", timedelta(days=30))
    [post] = publish(world, "Hello")
    let_pass(world)
    assert "metrics" in run_of(world, post)
    counters.failure = ReadRefused("No.")
    for _ in range(9):
        let_pass(world, 4 * DAY)
    assert "metrics" not in run_of(world, post)
    assert "metricSeries" not in run_of(world, post)
    assert world.submission(post)["metrics"] == {}
    assert days_of(world) == {}
    counters.failure = None
    let_pass(world, DAY)
    assert "metrics" in run_of(world, post)
    let_pass(world, timedelta(days=400))
    assert "metrics" in run_of(world, post)


def test_numbers_of_a_disconnected_account_are_kept_or_forgotten_as_the_platform_wants(
    world: World, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    [post] = publish(world, "Hello")
    let_pass(world)
    account = world.account("threads")
    own = f"users/{USER}/integrations/threads/accounts/{account.account_id}"
    world.parts.db.document(own).delete()
    let_pass(world)
    assert not collecting(world).get().exists
    assert "metrics" in run_of(world, post)
    assert counters.calls == [[run_of(world, post)["platformPostId"]]]


def test_a_post_that_was_deleted_is_not_read(world: World, counters: Counters) -> None:
    [post] = publish(world, "Hello")
    [run_id] = world.submission(post)["runSummary"]
    run = world.parts.db.document(f"postSubmissions/{post}/runs/{run_id}")
    run.update({"deletion": {"status": "deleted", "requestedAt": clock.now()}})
    let_pass(world)
    assert counters.calls == []
    assert not collecting(world).get().exists


def test_a_test_post_has_no_numbers(world: World, counters: Counters) -> None:
    world.mode = "test"
    publish(world, "Hello")
    let_pass(world)
    assert counters.calls == []
    assert not collecting(world).get().exists


def test_every_platform_that_gives_numbers_shows_them_six_hours_later(
    world: World, shelf: Shelf
) -> None:
    budgets = {**world.parts.settings.collect_budgets, "x": 100}
    world.with_parts(settings=replace(world.parts.settings, collect_budgets=budgets))
    texts = world.submit("Hello", ["x", "threads", "linkedin", "facebook"])
    media = [shelf.video()]
    videos: list[Any] = ["instagram", "tiktok", "snapchat"]
    videos.append({"platform": "youtube", "options": {"title": "Hello"}})
    films = world.submit("Hello", videos, media)
    world.live_until_quiet()
    let_pass(world)
    shown = {
        each.measured.run.platform: each
        for post in (texts, films)
        for each in of_post.read(_submission(world, post), world.parts)
    }
    assert set(shown) == set(registry.names())
    statuses = {name: each.availability.value for name, each in shown.items()}
    assert statuses.pop("linkedin") == "not_offered"
    assert set(statuses.values()) == {"available"}, statuses
    for name in statuses:
        latest = shown[name].latest
        assert latest is not None
        assert latest.numbers[Metric.IMPRESSIONS], name
    days = world.parts.db.collection(f"users/{USER}/metricDays").stream()
    counted = {day.get("platform") for day in days if day.to_dict().get("followers")}
    job_of = {name: registry.metrics(name) for name in statuses}
    assert counted == {name for name, job in job_of.items() if job and job.counts_followers}


def _submission(world: World, post: str) -> Submission:
    stored = world.parts.deliveries.submission(post)
    assert stored is not None
    return stored.submission
