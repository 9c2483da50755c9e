"""The numbers of posts in the Python client, and for assistants."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from mcp import Client as McpClient

from shared import clock
from shared.platforms import registry
from soku import ApiError, Soku
from tests.functions.api_client import ApiClient, post
from tests.functions.assistant import ask, said_by
from tests.functions.counting import Counters
from tests.functions.python_client import client_of


@pytest.fixture
def counters(monkeypatch: pytest.MonkeyPatch) -> Counters:
    counters = Counters()
    monkeypatch.setattr(registry, "metrics", lambda name: counters if name == "threads" else None)
    return counters


@pytest.fixture
def soku(api: ApiClient) -> Iterator[Soku]:
    """In a world of its own: the collector reads for everybody in it."""
    with client_of(api) as soku:
        yield soku


def _published(api: ApiClient) -> str:
    post_id = api.accept(post("Hello", ["threads", "x"]))
    api.world.deliver_due()
    return post_id


@pytest.mark.full
def test_the_numbers_of_a_post_are_read_and_read_again(
    api: ApiClient, soku: Soku, counters: Counters
) -> None:
    post_id = _published(api)
    before = soku.metrics.of_post(post_id)
    assert {each["platform"]: each["status"] for each in before["platforms"]} == {
        "threads": "pending",
        "x": "not_offered",
    }
    soku.metrics.refresh(post_id)
    after = soku.metrics.of_post(post_id)
    assert after["totals"] == {"likes": 5}
    assert after["platforms"][0]["metrics"] == {"likes": 5, "reach": 9, "shares": None}
    with pytest.raises(ApiError, match="Try again in"):
        soku.metrics.refresh(post_id)

    async def act(client: McpClient) -> None:
        said = await said_by(client, "post_metrics", post_id=post_id)
        threads, x = said.splitlines()
        assert threads.startswith("threads (available, read 2")
        numbers = threads.partition("): ")[2].split(", ")
        assert sorted(numbers) == ["likes: 5", "reach: 9", "shares: None"]
        assert x == "x (not_offered, read None): no numbers. X gives no numbers of posts."

    ask(soku, act, can_write=False)


@pytest.mark.full
def test_growth_is_read_by_day_and_account_and_as_a_table(
    api: ApiClient, soku: Soku, counters: Counters
) -> None:
    _published(api)
    api.world.advance(timedelta(hours=6))
    api.world.sweep()
    api.world.deliver_due()
    today = clock.now().date()
    read = soku.metrics.over_time(since=today, until=str(today))
    assert [(each.get("day"), each["metrics"].get("likes")) for each in read["data"]] == [
        (str(today), 5)
    ]
    [one] = soku.metrics.over_time(group_by="account", account_id="threads_main")["data"]
    assert (one.get("accountId"), one["metrics"].get("likes")) == ("threads_main", 5)
    head, row = soku.metrics.over_time_as_csv(since=today, platform="threads").split()
    assert head.startswith("day,")
    assert row.startswith(f"{today},")
    with pytest.raises(ApiError, match="groupBy"):
        soku.metrics.over_time_as_csv(group_by="color")

    async def act(client: McpClient) -> None:
        said = await said_by(client, "metrics_over_time", group_by="platform", since=str(today))
        first, line = said.splitlines()
        assert first.startswith(f"{today} to {today}: ")
        assert line.startswith("- threads: ")
        assert "likes: 5" in line

    ask(soku, act, can_write=False)
