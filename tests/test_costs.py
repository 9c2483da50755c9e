"""The cost tables in docs/operating.md match the counted operations, at the page's prices."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from google.cloud import firestore

from functions import collector
from shared.domain.metrics import PASS
from shared.gcp.collecting import INBOX, METRICS
from tests import conftest
from tests.bill import Bill, billed
from tests.conftest import ROOT
from tests.functions.api_client import ApiClient
from tests.functions.conftest import api
from tests.functions.counting import Counters, collect, copies, counters, publish
from tests.functions.talking import FIRST, Talk, post_id_of, talk
from tests.webhooks.receiver import Receiver, receiver, register
from tests.world import USER, TaskServer, World

__all__ = ["api", "counters", "receiver", "talk"]

PAGE = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
# USD each, as on the page.
READ, WRITE, DELETE = 0.03 / 100_000, 0.09 / 100_000, 0.01 / 100_000
TASK_OPERATION = 0.40 / 1_000_000
REQUEST = 0.40 / 1_000_000
INSTANCE_SECOND = 0.000024 + 0.0000025  # 1 vCPU, 1 GiB
SECONDS = 0.3


@pytest.fixture
def bill(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bill]:
    with billed(monkeypatch) as bill:
        yield bill


@pytest.fixture
def db(firestore_emulator: str, bill: Bill) -> firestore.Client:
    """A database whose operations are counted."""
    return firestore.Client(project=f"demo-{uuid4().hex[:12]}")


@pytest.fixture
def task_server(bill: Bill) -> Iterator[TaskServer]:
    """A server whose connection is counted."""
    server = TaskServer(conftest._CLOCK)
    yield server
    server.stop()


def _row(name: str) -> list[float]:
    """The figures in the row `name` of the page's tables."""
    [line] = re.findall(rf"^\| {re.escape(name)} \|(.*)\|$", PAGE, re.MULTILINE)
    return [float(cell.replace(",", "")) for cell in line.split("|")]


def _publish(api: ApiClient, text: str, platforms: list[str]) -> None:
    body = {"post": {"content": {"text": text, "platform": platforms}}}
    assert api.call("POST", "/v1/posts", json=body).status_code == 201
    api.world.deliver_due()
    for platform in platforms:
        assert api.world.visible(platform)[-1] == text


@pytest.mark.parametrize(
    ("name", "platforms"),
    [
        ("a text post to X", ["x"]),
        ("a text post to X, Threads and LinkedIn", ["x", "threads", "linkedin"]),
    ],
)
def test_a_post_costs_what_the_page_says(
    api: ApiClient, bill: Bill, name: str, platforms: list[str]
) -> None:
    # The first post is on an instance that does not know the key yet.
    _publish(api, "The first", platforms)
    api.world.log.clear()
    bill.clear()
    _publish(api, "The second", platforms)
    invocations = 1 + len(api.world.log)
    counted = [bill.reads, bill.writes, bill.deletes, bill.tasks, invocations]

    firestore_usd = 1000 * (bill.reads * READ + bill.writes * WRITE + bill.deletes * DELETE)
    # Creating a task is one operation, delivering it another one.
    tasks_usd = 1000 * 2 * bill.tasks * TASK_OPERATION
    functions_usd = 1000 * invocations * (REQUEST + SECONDS * INSTANCE_SECOND)
    dollars = [firestore_usd, tasks_usd, functions_usd]
    expected = [*counted, *(round(usd, 4) for usd in (*dollars, sum(dollars)))]
    assert _row(name) == expected, " | ".join(map(str, expected))


@pytest.mark.parametrize(
    ("name", "platform"), [("a text on LinkedIn", "linkedin"), ("a text on Threads", "threads")]
)
def test_a_further_target_costs_what_the_page_says(
    api: ApiClient, bill: Bill, name: str, platform: str
) -> None:
    _publish(api, "The first", ["x"])
    counted = []
    for number, platforms in enumerate((["x"], ["x", platform])):
        api.world.log.clear()
        bill.clear()
        _publish(api, f"The next, {number}", platforms)
        counted.append((bill.reads, bill.writes, bill.tasks, len(api.world.log)))
    further = [more - few for few, more in zip(*counted, strict=True)]
    assert _row(name) == further, " | ".join(map(str, further))


def test_an_event_costs_what_the_page_says(api: ApiClient, bill: Bill, receiver: Receiver) -> None:
    register(api.world, receiver, ("post.published",), api.user_id)
    _publish(api, "The first", ["x"])
    api.world.log.clear()
    bill.clear()
    _publish(api, "The second", ["x"])
    invocations = 1 + len(api.world.log)
    counted = [bill.reads, bill.writes, bill.deletes, bill.tasks, invocations]
    assert len(receiver.heard) == 2
    assert _row("a text post to X, and its event") == counted, " | ".join(map(str, counted))


def test_an_idle_month_costs_what_the_page_says(world: World, bill: Bill) -> None:
    bill.clear()
    world.sweep()
    assert (bill.deletes, bill.tasks) == (0, 0)
    sweeps = 60 * 24 * 30
    firestore_usd = sweeps * (bill.reads * READ + bill.writes * WRITE)
    functions_usd = sweeps * (REQUEST + SECONDS * INSTANCE_SECOND)
    counted = [sweeps, sweeps * bill.reads, sweeps * bill.writes]
    expected = [*counted, round(firestore_usd, 2), round(functions_usd, 2)]
    assert _row("the sweeper, 30 days") == expected, " | ".join(map(str, expected))


@pytest.mark.parametrize(
    ("name", "posts_per_call"),
    [
        ("500 posts, 50 in a request", 50),
        pytest.param("500 posts, one in a request", 1, marks=pytest.mark.full),
    ],
)
def test_a_pass_of_the_collector_costs_what_the_page_says(
    world: World,
    bill: Bill,
    counters: Counters,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    posts_per_call: int,
) -> None:
    monkeypatch.setattr(Counters, "posts_per_call", posts_per_call)
    [post] = publish(world, "Hello")
    copies(world, post, 499)
    world.advance(PASS)
    bill.clear()
    assert _collect(world) == "read what was due"
    assert sum(map(len, counters.calls)) == 500
    dollars = 1000 * (bill.reads * READ + bill.writes * WRITE)
    expected = [len(counters.calls), bill.reads, bill.writes, round(dollars, 2)]
    assert _row(name) == expected, " | ".join(map(str, expected))


def test_numbers_that_are_off_cost_what_the_page_says(
    world: World, bill: Bill, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Counters, "daily_budget", 0)
    publish(world, "One", "Two", "Three")
    world.advance(PASS)
    bill.clear()
    assert "off" in _collect(world)
    dollars = 1000 * (bill.reads * READ + bill.writes * WRITE)
    expected = [0, bill.reads, bill.writes, round(dollars, 2)]
    assert _row("numbers that are off, however many posts") == expected, expected


def test_a_pass_over_comments_costs_what_the_page_says(
    world: World, bill: Bill, talk: Talk
) -> None:
    [post] = publish(world, "Hello")
    platform_post = post_id_of(world, post)
    talk.write(platform_post, "First")
    world.advance(FIRST)
    collect(world)
    counted = {}
    for name, comments in (
        ("comments of a quiet account", 0),
        ("one new comment", 1),
        ("10 new comments", 10),
    ):
        for number in range(comments):
            talk.write(platform_post, f"Comment {number}")
        talk.calls.clear()
        world.advance(FIRST)
        bill.clear()
        assert _collect(world, INBOX) == "read what was new"
        dollars = 1000 * (bill.reads * READ + bill.writes * WRITE)
        counted[name] = [len(talk.calls), bill.reads, bill.writes, round(dollars, 4)]
    assert {name: _row(name) for name in counted} == counted


def _collect(world: World, job: str = METRICS) -> str:
    task = {"userId": USER, "platform": "threads", "accountId": f"threads_{USER}", "job": job}
    return collector.do_task(task, world.parts)
