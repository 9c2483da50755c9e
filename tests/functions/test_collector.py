"""The numbers of posts are read when they are due, stored once, and forgotten when they must be."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions import collector
from functions.collector.collection import CollectTask
from shared import clock
from shared.domain.errors import RateLimited, ReadRefused
from shared.domain.metrics import Metric
from shared.domain.submission import Submission
from shared.gcp.readings import METRICS, collecting_path
from shared.metrics import of_post
from shared.platforms import registry
from tests.functions.counting import Counters
from tests.media import Shelf
from tests.world import USER, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def counters(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counters]:
    counters = Counters()
    monkeypatch.setattr(registry, "metrics", lambda _: counters)
    yield counters


def _publish(world: World, *texts: str) -> list[str]:
    posts = [world.submit(text, "threads") for text in texts]
    world.deliver_due()
    assert all(world.submission(post)["status"] == "succeeded" for post in posts)
    return posts


def _collect(world: World) -> None:
    """Sweep and deliver, as happens every minute."""
    world.sweep()
    world.deliver_due()


def _pass(world: World, after: timedelta = 6 * HOUR) -> None:
    world.advance(after)
    _collect(world)


def _run(world: World, post: str) -> dict[str, Any]:
    [run_id] = world.submission(post)["runSummary"]
    return world.run(post, run_id)


def _collecting(world: World) -> Any:
    task = CollectTask(USER, "threads", f"threads_{USER}", METRICS)
    return world.parts.db.document(collecting_path(task, METRICS))


def _days(world: World) -> dict[str, dict[str, int]]:
    days = world.parts.db.collection(f"users/{USER}/metricDays").stream()
    return {day.get("day"): day.to_dict().get("numbers", {}) for day in days}


def test_numbers_are_on_the_run_and_the_submission_six_hours_later(
    world: World, counters: Counters
) -> None:
    [post] = _publish(world, "Hello")
    _collect(world)
    assert counters.calls == []
    _pass(world)
    run = _run(world, post)
    assert run["metrics"]["numbers"] == {"likes": 5, "reach": 9, "shares": None}
    assert [reading["numbers"]["likes"] for reading in run["metricSeries"]] == [5]
    assert list(world.submission(post)["metrics"].values()) == [run["metrics"]]
    assert _days(world) == {f"{clock.now():%Y-%m-%d}": {"likes": 5}}


def test_posts_of_an_account_are_read_together(world: World, counters: Counters) -> None:
    posts = _publish(world, *(f"Post {number}" for number in range(7)))
    _pass(world)
    assert sorted(map(len, counters.calls)) == [1, 3, 3]
    assert all(_run(world, post)["metrics"]["numbers"]["likes"] == 5 for post in posts)
    _collect(world)
    assert len(counters.calls) == 3


def test_only_changes_are_added_to_the_series_and_the_day(world: World, counters: Counters) -> None:
    [post] = _publish(world, "Hello")
    post_id = _run(world, post)["platformPostId"]
    _pass(world)
    _pass(world)
    counters.numbers[post_id] = {Metric.LIKES: 3, Metric.REACH: None, Metric.SHARES: 2}
    _pass(world)
    run = _run(world, post)
    # A number that is withheld keeps its last value.
    assert run["metrics"]["numbers"] == {"likes": 3, "reach": 9, "shares": 2}
    assert [each["numbers"]["likes"] for each in run["metricSeries"]] == [5, 3]
    days = _days(world).values()
    assert sum(day.get("likes", 0) for day in days) == 3
    assert sum(day.get("shares", 0) for day in days) == 2


def test_a_task_delivered_twice_reads_once(world: World, counters: Counters) -> None:
    _publish(world, "Hello")
    world.advance(6 * HOUR)
    world.sweep()
    task = {"userId": USER, "platform": "threads", "accountId": f"threads_{USER}", "job": METRICS}
    assert "read 1" in collector.do_task(task, world.parts)
    assert collector.do_task(task, world.parts) == "not due"
    world.deliver_due()
    assert len(counters.calls) == 1


def test_old_posts_are_read_less_often_and_then_no_more(world: World, counters: Counters) -> None:
    _publish(world, "Hello")
    for age, every in ((0, 6 * HOUR), (8, DAY), (91, 7 * DAY)):
        world.advance(timedelta(days=age))
        _collect(world)
        counters.calls.clear()
        world.advance(every - timedelta(minutes=1))
        _collect(world)
        world.advance(timedelta(minutes=2))
        _collect(world)
        assert len(counters.calls) == 1, age
    world.advance(timedelta(days=400))
    _collect(world)
    assert not _collecting(world).get().exists


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
    [post] = _publish(world, "Hello")
    counters.failure = failure
    _pass(world)
    assert len(counters.calls) == 1
    world.advance(wait - timedelta(minutes=1))
    _collect(world)
    assert len(counters.calls) == 1
    counters.failure = None
    _publish(world, "Another")
    world.advance(timedelta(minutes=2) if wait < HOUR else 6 * HOUR)
    _pass(world)
    assert _run(world, post)["metrics"]["numbers"]["likes"] == 5


def test_nothing_is_read_without_a_subscription_or_where_a_permission_is_missing(
    world: World, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    _publish(world, "Hello")
    world.expire_subscription()
    _pass(world)
    assert counters.calls == []
    world.settle(USER)
    monkeypatch.setattr(Counters, "scopes", ("insights",))
    account = world.account("threads")
    own = f"users/{USER}/integrations/threads/accounts/{account.account_id}"
    world.parts.db.document(own).update({"missingScopes": ["insights"]})
    _pass(world, DAY)
    assert counters.calls == []
    world.parts.db.document(own).update({"missingScopes": []})
    _pass(world, DAY)
    assert len(counters.calls) == 1


def test_a_budget_is_kept_and_the_rest_waits_for_the_next_day(
    world: World, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Counters, "daily_budget", 2)
    posts = _publish(world, *(f"Post {number}" for number in range(7)))
    _pass(world)
    assert len(counters.calls) == 2
    _pass(world, timedelta(minutes=30))
    assert len(counters.calls) == 2
    _pass(world, DAY)
    assert len(counters.calls) == 4
    assert sum("metrics" in _run(world, post) for post in posts) >= 6


def test_numbers_that_cannot_be_read_again_are_forgotten_in_time(
    world: World, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Counters, "kept_for", timedelta(days=30))
    [post] = _publish(world, "Hello")
    _pass(world)
    assert "metrics" in _run(world, post)
    counters.failure = ReadRefused("No.")
    for _ in range(9):
        _pass(world, 4 * DAY)
    assert "metrics" not in _run(world, post)
    assert "metricSeries" not in _run(world, post)
    assert world.submission(post)["metrics"] == {}
    assert _days(world) == {}
    counters.failure = None
    _pass(world, DAY)
    assert "metrics" in _run(world, post)
    _pass(world, timedelta(days=400))
    assert "metrics" in _run(world, post)


def test_numbers_of_a_disconnected_account_are_kept_or_forgotten_as_the_platform_wants(
    world: World, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    [post] = _publish(world, "Hello")
    _pass(world)
    account = world.account("threads")
    own = f"users/{USER}/integrations/threads/accounts/{account.account_id}"
    world.parts.db.document(own).delete()
    _pass(world)
    assert not _collecting(world).get().exists
    assert "metrics" in _run(world, post)
    assert "metricsAt" not in _run(world, post)


def test_a_post_that_was_deleted_is_not_read(world: World, counters: Counters) -> None:
    [post] = _publish(world, "Hello")
    [run_id] = world.submission(post)["runSummary"]
    run = world.parts.db.document(f"postSubmissions/{post}/runs/{run_id}")
    run.update({"deletion": {"status": "deleted", "requestedAt": clock.now()}})
    _pass(world)
    assert counters.calls == []
    assert not _collecting(world).get().exists


def test_a_test_post_has_no_numbers(world: World, counters: Counters) -> None:
    world.mode = "test"
    _publish(world, "Hello")
    _pass(world)
    assert counters.calls == []
    assert not _collecting(world).get().exists


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
    _pass(world)
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
