"""What users ask to be done with comments keeps nobody waiting, and costs no more than it must."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.collector import asked as asked_module
from functions.collector.asked import MOST_TRIES
from shared.domain.errors import PlatformUnavailable, RateLimited, TokenExpired
from shared.domain.inbox import Asked
from shared.inbox import change
from shared.platforms.comments import CommentPage
from tests.functions.counting import collect, publish
from tests.functions.talking import Talk, collecting, come, id_of, items, post_id_of, talk
from tests.world import USER, World

__all__ = ["talk"]

MINUTE = timedelta(minutes=1)


@pytest.fixture
def post(world: World, talk: Talk) -> str:
    """The platform's id of a post with two comments, which are in the inbox."""
    [submission] = publish(world, "Hello")
    post = post_id_of(world, submission)
    for text in ("One", "Two"):
        talk.write(post, text)
    come(world)
    talk.calls.clear()
    return post


def ask(world: World, *comment_ids: str, asked: Asked = Asked.HIDE) -> None:
    ids = [id_of(world, each) for each in comment_ids]
    change.ask(change.read_items(ids, USER, world.parts), asked, world.parts)


def hidden(world: World) -> set[str]:
    return {name for name, item in items(world).items() if item["isHidden"]}


@pytest.mark.full
def test_a_change_that_always_fails_stops_neither_others_nor_the_reading(
    world: World, talk: Talk, post: str
) -> None:
    talk.failure, talk.fails_on = PlatformUnavailable("Away."), "hide c1"
    ask(world, "c1", "c2")
    world.deliver_due()
    assert hidden(world) == {"c2"}
    assert items(world)["c1"]["asked"] == "hide"
    talk.write(post, "Three")
    come(world)
    collect(world)
    assert "c3" in items(world)
    for _ in range(10):
        come(world, timedelta(minutes=30))
    assert talk.calls.count("hide c1 True") == MOST_TRIES
    item = items(world)["c1"]
    assert (item["problem"], "asked" in item) == ("Away.", False)


@pytest.mark.full
def test_a_token_that_one_change_refuses_again_and_again_ends_that_change(
    world: World, talk: Talk, post: str
) -> None:
    talk.failure, talk.fails_on = TokenExpired("No."), "hide c1"
    ask(world, "c1")
    for _ in range(MOST_TRIES + 1):
        come(world, timedelta(hours=7))
    assert talk.calls.count("hide c1 True") == MOST_TRIES
    assert items(world)["c1"]["problem"] == "No."


def test_what_one_task_cannot_do_follows_at_once(
    world: World, talk: Talk, post: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked_module, "MOST_AT_ONCE", 1)
    ask(world, "c1", "c2")
    for _ in range(2):
        collect(world)
    assert hidden(world) == {"c1", "c2"}


def test_slow_changes_are_done_in_several_tasks(
    world: World, talk: Talk, post: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide = talk.set_hidden

    def slow(*args: Any) -> None:
        world.advance(2 * MINUTE)
        hide(*args)

    monkeypatch.setattr(talk, "set_hidden", slow)
    ask(world, "c1", "c2")
    world.tasks.deliver_due()
    assert len(hidden(world)) == 1
    collect(world)
    assert hidden(world) == {"c1", "c2"}


def during_pages(talk: Talk, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    page = talk.page

    def interrupted(*args: Any) -> CommentPage:
        happens()
        return page(*args)

    monkeypatch.setattr(talk, "page", interrupted)


def test_asking_all_the_time_repeats_no_pass(
    world: World, talk: Talk, post: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    during_pages(talk, monkeypatch, lambda: ask(world, "c1"))
    talk.write(post, "Three")
    come(world)
    collect(world)
    assert [call for call in talk.calls if not call.startswith("hide")] == [
        "survey",
        f"page {post} 0",
    ]
    assert hidden(world) == {"c1"}
    assert "asked" not in items(world)["c1"]


def test_asking_the_same_while_it_is_done_leaves_nothing_pending(
    world: World, talk: Talk, post: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle, again = asked_module.settle_ask, iter([True])

    def asked_again(*args: Any) -> None:
        settle(*args)
        for _ in again:
            monkeypatch.setattr(asked_module, "commit", commit_then_ask)

    commit = asked_module.commit

    def commit_then_ask(*args: Any, **named: Any) -> Any:
        monkeypatch.setattr(asked_module, "commit", commit)
        result = commit(*args, **named)
        ask(world, "c1")
        return result

    monkeypatch.setattr(asked_module, "settle_ask", asked_again)
    ask(world, "c1")
    for _ in range(2):
        collect(world)
    assert "asked" not in items(world)["c1"]


@pytest.mark.full
def test_asking_starts_no_pass_while_the_collector_backs_off(
    world: World, talk: Talk, post: str
) -> None:
    talk.failure, talk.fails_on = PlatformUnavailable("Away."), "survey"
    come(world)
    for comment in ("c1", "c2"):
        ask(world, comment)
        collect(world)
        world.advance(MINUTE)
        collect(world)
    assert talk.calls == ["survey", "hide c1 True", "hide c2 True"]
    talk.failure = None
    come(world)
    assert talk.calls[3:] == ["survey"]


@pytest.mark.full
def test_nothing_is_asked_of_a_platform_that_wants_us_to_wait(
    world: World, talk: Talk, post: str
) -> None:
    talk.failure = RateLimited("Slow down.", retry_after=timedelta(hours=1))
    come(world)
    for _ in range(3):
        ask(world, "c1")
        collect(world)
        world.advance(MINUTE)
    assert talk.calls == ["survey"]
    talk.failure = None
    come(world, timedelta(hours=1))
    assert hidden(world) == {"c1"}


def test_reading_again_needs_a_budget(world: World, talk: Talk, post: str) -> None:
    settings = replace(world.parts.settings, collect_budgets={"threads": 0})
    world.parts = replace(world.parts, settings=settings)
    world.advance(2 * MINUTE)
    ask(world, "c1", asked=Asked.READ)
    collect(world)
    assert talk.calls == []
    item = items(world)["c1"]
    assert "asked" not in item
    assert "today" in item["problem"]


def test_a_comment_is_read_again_at_most_once_a_minute(world: World, talk: Talk, post: str) -> None:
    world.advance(2 * MINUTE)
    for _ in range(3):
        ask(world, "c1", asked=Asked.READ)
        world.deliver_due()
    assert talk.calls == ["one c1"]
    assert collecting(world).get().get("requests") == {}
