"""A platform that limits how long its numbers are kept: nothing older is left in any document."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from shared import clock
from shared.accounts.disconnecting import disconnect
from shared.domain.metrics import Metric
from shared.gcp.readings import pages_to_read
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
from tests.world import USER, World

__all__ = ["counters"]

DAY = timedelta(days=1)
KEPT_FOR = 30 * DAY


@pytest.fixture(autouse=True)
def _kept_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Counters, "kept_for", KEPT_FOR)


def _oldest(world: World, post: str) -> list[datetime]:
    """The times of all numbers of a post, in whichever document they are."""
    run, submission = run_of(world, post), world.submission(post)
    readings = [*run.get("metricSeries", []), *submission.get("metrics", {}).values()]
    if "metrics" in run:
        readings.append(run["metrics"])
    days = [datetime.fromisoformat(f"{day}T00:00Z") for day in days_of(world)]
    return [each["at"] for each in readings] + days


@pytest.mark.full
def test_no_number_is_older_than_the_platform_allows(
    world: World, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    [post] = publish(world, "Hello")
    post_id, likes = run_of(world, post)["platformPostId"], count(5)
    for age in (91, 370):
        world.advance(age * DAY)
        collect(world)
        for _ in range(6):
            counters.numbers[post_id] = {Metric.LIKES: next(likes)}
            _reach_next(world)
            assert _oldest(world, post), age
            assert min(_oldest(world, post)) > clock.now() - KEPT_FOR, age
            collect(world)
    # The platform shows the post no more.
    monkeypatch.setattr(Counters, "read", lambda *_: {})
    let_pass(world, KEPT_FOR)
    assert _oldest(world, post) == []


def _reach_next(world: World) -> None:
    """Until just when the collector has work again."""
    due_at = collecting(world).get().get("dueAt")
    world.advance(timedelta(seconds=due_at - clock.now().timestamp() + 1))


def test_numbers_go_with_the_post_and_the_last_post_with_the_days(
    world: World, counters: Counters
) -> None:
    [post] = publish(world, "Hello")
    let_pass(world)
    assert _oldest(world, post)
    [run_id] = world.submission(post)["runSummary"]
    run = world.parts.db.document(f"postSubmissions/{post}/runs/{run_id}")
    run.update({"deletion": {"status": "deleted", "requestedAt": clock.now()}})
    let_pass(world)
    assert _oldest(world, post) == []
    assert not collecting(world).get().exists


@pytest.mark.full
def test_numbers_that_were_turned_off_are_forgotten(
    world: World, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    [post] = publish(world, "Hello")
    let_pass(world)
    monkeypatch.setattr(Counters, "daily_budget", 0)
    for _ in range(5):
        let_pass(world, 6 * DAY)
    assert _oldest(world, post) == []
    monkeypatch.setattr(Counters, "daily_budget", None)
    let_pass(world, DAY)
    assert _oldest(world, post)


@pytest.mark.full
def test_disconnecting_forgets_everything_at_once_and_connecting_reads_again(
    world: World, counters: Counters
) -> None:
    [post] = publish(world, "Hello")
    posts = [post, *copies(world, post, 4)]
    let_pass(world)
    account: Any = world.account("threads")
    batch = world.parts.db.batch()
    for number in range(250):
        day = f"{clock.now() - number * DAY:%Y-%m-%d}"
        path = f"users/{USER}/metricDays/{day}:threads:{account.account_id}"
        own = {"platform": "threads", "accountId": account.account_id}
        batch.set(world.parts.db.document(path), {"day": day, **own})
    batch.commit()
    disconnect(USER, "threads", account.account_id, world.parts)
    let_pass(world, timedelta(minutes=1))
    assert _oldest(world, post) == []
    assert not collecting(world).get().exists
    # With more posts than one page has, all are found.
    pages = pages_to_read(world.parts.db, account, 2)
    assert sorted(run.run.submission_id for page in pages for run in page) == sorted(posts)
    world.connect("threads", account.account_id)
    publish(world, "Another")
    let_pass(world)
    assert _oldest(world, post)
