"""Scheduled posts: soon, years ahead, missed, too late, and many at the same time."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from tests import extent
from tests.end_to_end.conftest import Client, until

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# On a stack without other work.
LATEST = timedelta(seconds=2)
MANY = extent.of(24, 1_000)


def lateness(client: Client, run: dict[str, Any]) -> timedelta:
    """How late a run started. Neither it nor its post may exist before its time."""
    due = datetime.fromisoformat(run["scheduledTime"])
    post = {post["id"]: post for post in client.visible(run["platform"])}[run["platformPostId"]]
    assert datetime.fromisoformat(post["visibleAt"]) >= due
    late = datetime.fromisoformat(run["startedAt"]) - due
    assert late >= timedelta(0)
    return late


def assert_once(client: Client, text: str) -> None:
    for platform in ("x", "threads"):
        assert len(client.visible(platform, text)) == 1


@pytest.mark.full
@pytest.mark.parametrize(
    "ahead", extent.some([2 * MINUTE, 31 * DAY, 5 * 365 * DAY], [31 * DAY]), ids=str
)
def test_a_post_is_published_in_its_second(client: Client, ahead: timedelta) -> None:
    at = client.now() + ahead
    text = f"In {ahead} {uuid4()}"
    post = client.post(text, scheduledTime=at.isoformat())
    assert client.read(post)["displayStatus"] == "scheduled"
    client.move_to(at - HOUR / 2)
    until(lambda: any(post in task["body"] for task in client.tasks()))
    assert client.visible("x", text) == client.visible("threads", text) == []
    client.move_to(at)
    ended = client.read(post, wait=60)
    assert ended["status"] == "succeeded", ended["runs"]
    for run in ended["runs"]:
        assert datetime.fromisoformat(run["scheduledTime"]) == _milliseconds(at)
        assert lateness(client, run) < LATEST
    assert_once(client, text)


@pytest.mark.full
def test_a_post_whose_time_was_missed_is_published_immediately_and_once(client: Client) -> None:
    at = client.now() + 40 * DAY
    text = f"Missed {uuid4()}"
    post = client.post(text, scheduledTime=at.isoformat())
    client.move_to(at + DAY)
    ended = client.read(post, wait=60)
    assert ended["status"] == "succeeded", ended["runs"]
    for run in ended["runs"]:
        assert DAY <= lateness(client, run) < DAY + MINUTE
    client.move_to(client.now() + 2 * HOUR)
    until(client.is_quiet)
    assert_once(client, text)


@pytest.mark.full
def test_a_post_past_its_not_after_expires_and_can_still_be_retried(client: Client) -> None:
    at = client.now() + 2 * HOUR
    too_late = (at + HOUR).isoformat()
    text = f"Only then {uuid4()}"
    post = client.post(text, scheduledTime=at.isoformat(), notAfter=too_late)
    client.move_to(at + HOUR + MINUTE)
    ended = client.read(post, wait=60)
    assert (ended["status"], ended["displayStatus"]) == ("failed", "failed")
    for run in ended["runs"]:
        assert (run["error"]["category"], run["error"]["retryable"]) == ("expired", True)
        assert datetime.fromisoformat(run["scheduledTime"]) == _milliseconds(at)
        assert "startedAt" not in run
    assert client.visible("x", text) == client.visible("threads", text) == []
    assert client.call("POST", post, "/retry").status_code == 202
    assert client.read(post, wait=60)["status"] == "succeeded"
    assert_once(client, text)


@pytest.mark.full
def test_a_post_that_starts_before_its_not_after_is_published(client: Client) -> None:
    at = client.now() + 2 * HOUR
    text = f"Just in time {uuid4()}"
    post = client.post(text, scheduledTime=at.isoformat(), notAfter=(at + HOUR).isoformat())
    client.move_to(at + HOUR - MINUTE)
    assert client.read(post, wait=60)["status"] == "succeeded"
    assert_once(client, text)


@pytest.mark.full
@pytest.mark.timeout(600)
def test_many_posts_in_the_same_second_are_all_published_and_none_twice(client: Client) -> None:
    load = client.as_user("load")
    at = client.now() + HOUR / 2
    texts = [f"Together {number} {uuid4()}" for number in range(MANY)]
    with ThreadPoolExecutor(8) as clients:
        posts = list(clients.map(partial(_schedule_one, load, at), range(MANY), texts))
        client.move_to(at)
        until(client.is_quiet, 200)
        ended = list(clients.map(lambda post: load.read(post, wait=60), posts))
    assert Counter(post["status"] for post in ended) == {"succeeded": MANY}
    assert all(run["startedAt"] >= run["scheduledTime"] for post in ended for run in post["runs"])
    wanted = set(texts)
    visible = [post["text"] for platform in ("x", "threads") for post in client.visible(platform)]
    assert Counter(text for text in visible if text in wanted) == dict.fromkeys(texts, 1)


def _schedule_one(client: Client, at: datetime, number: int, text: str) -> str:
    """A post for one of two platforms, alternating."""
    return client.post(text, ("x", "threads")[number % 2], scheduledTime=at.isoformat())


def _milliseconds(moment: datetime) -> datetime:
    """A time as it appears in a response."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
