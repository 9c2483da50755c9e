"""Whose post is it: duplicates, lists that lag, and runs that could have created the same post."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from local.platforms.x import posts as x_posts
from local.platforms.x.twin import X
from shared import clock
from shared.domain import run as runs
from shared.gcp.runs import run_from
from tests.crash.faults import Killed, die_after, watch
from tests.functions.publishing import (
    PLATFORMS,
    TEXT,
    VISIBLE,
    assert_published_once,
    fault,
    requests_to,
)
from tests.world import World

MINUTE = timedelta(minutes=1)


def test_a_duplicate_of_an_older_post_fails_as_one(world: World) -> None:
    older = world.submit(TEXT, "x")
    world.deliver_due()
    again = world.submit_body({"post": {"content": {"text": TEXT, "platform": "x"}}}, "key-2")
    world.live_until_quiet()
    assert world.run(older, "x")["status"] == "succeeded"
    run = world.run(again, "x")
    assert run["status"] == "failed"
    assert run["error"]["category"] == "duplicate"
    assert run["error"]["retryable"] is False
    assert world.visible("x") == [TEXT]


@pytest.mark.parametrize("mode", ["expired_token", "rate_limit"])
def test_a_try_that_was_surely_refused_is_no_try_that_a_duplicate_could_mean(
    world: World, mode: str
) -> None:
    world.submit(TEXT, "x")
    world.deliver_due()
    again = world.submit_body({"post": {"content": {"text": TEXT, "platform": "x"}}}, "key-2")
    fault(world, "x", VISIBLE["x"], mode)
    world.live_until_quiet(5 * MINUTE)
    assert world.run(again, "x")["error"]["category"] == "duplicate"


@pytest.mark.full
def test_a_duplicate_of_our_own_lost_try_turns_out_to_be_a_success(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list lags so far behind that the first try seems absent, but X refuses a duplicate."""
    monkeypatch.setattr(x_posts, "DUPLICATE_WINDOW", 60 * MINUTE)
    world.platforms["x"].listing_lag = 40 * MINUTE
    post = world.submit(TEXT, "x")
    fault(world, "x", VISIBLE["x"], "accept_then_500")
    world.live_until_quiet()
    assert requests_to(world, "x", VISIBLE["x"]) == 2
    assert_published_once(world, post, "x")


def test_a_duplicate_that_is_never_found_is_left_to_the_user(world: World) -> None:
    """X refuses it as a duplicate, but the account's list never shows the post."""
    post = world.submit(TEXT, "x")
    fault(world, "x", VISIBLE["x"], "status", status=503)
    refusal = {"detail": "You are not allowed to create a Tweet with duplicate content."}
    fault(world, "x", VISIBLE["x"], "status", times=50, status=403, body=refusal)
    world.live_until_quiet(timedelta(days=2))
    assert world.run(post, "x")["status"] == "unconfirmed"
    assert requests_to(world, "x", VISIBLE["x"]) == 2


@pytest.mark.parametrize(
    ("platform", "minutes"), [("x", 2), ("threads", 2), ("x", 8), ("x", 25), ("x", 30)]
)
def test_a_list_that_lags_up_to_half_an_hour_does_no_harm(
    world: World, platform: str, minutes: int
) -> None:
    world.platforms[platform].listing_lag = minutes * MINUTE
    post = world.submit(TEXT, platform)
    fault(world, platform, VISIBLE[platform], "accept_then_500")
    world.live_until_quiet()
    assert requests_to(world, platform, VISIBLE[platform]) == 1
    assert_published_once(world, post, platform)


def test_a_post_of_threads_that_is_never_listed_is_still_known_to_be_live(world: World) -> None:
    """Its container reports it as published."""
    world.platforms["threads"].listing_lag = timedelta(days=30)
    post = world.submit(TEXT, "threads")
    fault(world, "threads", VISIBLE["threads"], "accept_then_500")
    world.live_until_quiet(timedelta(days=1))
    run = world.run(post, "threads")
    assert run["status"] == "succeeded"
    assert "platformPostId" not in run
    assert world.visible("threads") == [TEXT]


def _same_text_twice(world: World, platform: str) -> tuple[str, str]:
    body = {"post": {"content": {"text": TEXT, "platform": platform}}}
    return world.submit_body(body, "key-1"), world.submit_body(body, "key-2")


@pytest.mark.full
def test_two_rivals_never_both_get_one_live_post(world: World) -> None:
    _x(world).state.refuses_duplicates = False
    posts = _same_text_twice(world, "x")
    fault(world, "x", VISIBLE["x"], "accept_then_500")
    fault(world, "x", VISIBLE["x"], "status", status=503)
    world.live_until_quiet(timedelta(days=1))
    runs = [world.run(post, "x") for post in posts]
    assert [run["status"] for run in runs] == ["unconfirmed", "unconfirmed"]
    assert world.visible("x") == [TEXT]
    assert requests_to(world, "x", VISIBLE["x"]) == 2


@pytest.mark.full
def test_a_container_that_was_not_published_does_not_get_the_post_of_a_rival(world: World) -> None:
    posts = _same_text_twice(world, "threads")
    fault(world, "threads", VISIBLE["threads"], "accept_then_500")
    fault(world, "threads", VISIBLE["threads"], "status", status=503)
    world.live_until_quiet(timedelta(days=1))
    _assert_each_has_its_own(world, posts, "threads")
    assert requests_to(world, "threads", VISIBLE["threads"]) == 3


@pytest.mark.parametrize("platform", PLATFORMS)
def test_two_rivals_that_are_both_live_get_one_post_each(world: World, platform: str) -> None:
    if platform == "x":
        _x(world).state.refuses_duplicates = False
    posts = _same_text_twice(world, platform)
    fault(world, platform, VISIBLE[platform], "accept_then_500", times=2)
    world.live_until_quiet()
    _assert_each_has_its_own(world, posts, platform)
    assert requests_to(world, platform, VISIBLE[platform]) == 2


def _assert_each_has_its_own(world: World, posts: tuple[str, str], platform: str) -> None:
    runs = [world.run(post, platform) for post in posts]
    assert [run["status"] for run in runs] == ["succeeded", "succeeded"], world.log
    live = {post.id for post in world.platforms[platform].posts.all()}
    assert {run["platformPostId"] for run in runs} == live
    assert world.visible(platform) == [TEXT, TEXT]
    assert world.open_documents() == []


@pytest.mark.full
@pytest.mark.parametrize("platform", PLATFORMS)
def test_rivals_without_a_live_post_do_not_block_each_other(world: World, platform: str) -> None:
    if platform == "x":
        _x(world).state.refuses_duplicates = False
    posts = _same_text_twice(world, platform)
    fault(world, platform, VISIBLE[platform], "status", times=2, status=503)
    world.live_until_quiet()
    runs = [world.run(post, platform) for post in posts]
    assert [run["status"] for run in runs] == ["succeeded", "succeeded"]
    assert len({run["platformPostId"] for run in runs}) == 2
    assert world.visible(platform) == [TEXT, TEXT]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_post_of_another_run_is_not_assigned_again(world: World, platform: str) -> None:
    if platform == "x":
        _x(world).state.refuses_duplicates = False
    first, second = _same_text_twice(world, platform)
    fault(world, platform, VISIBLE[platform], "status", status=503, after=1)
    world.live_until_quiet()
    runs = [world.run(post, platform) for post in (first, second)]
    assert [run["status"] for run in runs] == ["succeeded", "succeeded"]
    assert len({run["platformPostId"] for run in runs}) == 2
    assert len(world.visible(platform)) == 2


@pytest.mark.parametrize("call", [6, 7], ids=["rivals", "claims"])
def test_a_rival_that_succeeds_during_the_look_up_keeps_its_post(world: World, call: int) -> None:
    _x(world).state.refuses_duplicates = False
    calls = watch(world)
    lost, rival = _same_text_twice(world, "x")
    fault(world, "x", VISIBLE["x"], "status", status=503)
    world.tasks.deliver_due()
    first, second = [task for task in world.tasks.pending() if "publish-x" in task.name]
    world.tasks.deliver(first.name)
    # The rival's post is live, but its success is not saved yet.
    calls.strike(4, die_after)
    with pytest.raises(Killed):
        world.tasks.deliver(second.name)
    assert calls.made[-1] == "POST 2/tweets"

    def rival_succeeds_first(query: Callable[[], Any]) -> Any:
        snapshot = world.parts.db.document(f"postSubmissions/{rival}/runs/x").get()
        stored = run_from(snapshot)
        assert stored is not None
        (live,) = _x(world).posts.all()
        after = runs.succeed(stored.run, platform_post_id=live.id, permalink="-", now=clock.now())
        world.parts.deliveries.save(stored, after)
        return query()

    world.advance(MINUTE)
    calls.strike(call, rival_succeeds_first)
    world.deliver_due()
    assert calls.made[call] == ("run_query" if call == 6 else "batch_get_documents")
    assert world.run(rival, "x")["status"] == "succeeded"
    assert world.run(lost, "x")["status"] == "unconfirmed"
    calls.count()
    world.live_until_quiet()
    assert len({world.run(post, "x")["platformPostId"] for post in (lost, rival)}) == 2
    assert len(world.visible("x")) == 2


def _x(world: World) -> X:
    x = world.platforms["x"]
    assert isinstance(x, X)
    return x
