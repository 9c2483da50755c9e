"""Waits: for a platform, after a race, and while backing off."""

from datetime import timedelta
from typing import Any

import pytest

from local.platforms.threads.twin import Threads
from shared import clock
from tests.functions.publishing import (
    PLATFORMS,
    VISIBLE,
    assert_failed,
    attempts,
    fault,
    requests_to,
    waits_for,
)
from tests.world import World

MINUTE = timedelta(minutes=1)
CALLS = [
    ("x", VISIBLE["x"]),
    ("threads", "POST /v1.0/me/threads"),
    ("threads", "GET /v1.0/1"),
    ("threads", VISIBLE["threads"]),
]


def _published(world: World, post: str, platform: str, text: str = "Hello") -> bool:
    return world.run(post, platform)["status"] == "succeeded" and world.visible(platform) == [text]


@pytest.mark.parametrize(("platform", "match"), CALLS)
def test_a_rate_limit_waits_as_long_as_the_platform_says(
    world: World, platform: str, match: str
) -> None:
    post = world.submit("Hello", platform)
    fault(world, platform, match, "rate_limit", retryAfter=1800)
    world.deliver_due()
    run = world.run(post, platform)
    assert run["status"] == "processing"
    assert abs(waits_for(world, post, platform) - 30 * MINUTE) < timedelta(seconds=5)
    assert run["error"]["category"] == "rate_limited"
    assert world.submission(post)["runSummary"][platform]["error"]["category"] == "rate_limited"

    world.advance(29 * MINUTE)
    world.deliver_due()
    assert world.visible(platform) == []
    world.advance(MINUTE)
    world.deliver_due()
    assert _published(world, post, platform)
    assert "error" not in world.run(post, platform)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_rate_limit_of_more_than_six_hours_fails_and_names_the_time(
    world: World, platform: str
) -> None:
    post = world.submit("Hello", platform)
    fault(world, platform, VISIBLE[platform], "rate_limit", retryAfter=7 * 3600)
    reopens = clock.now() + timedelta(hours=7)
    world.live_until_quiet()
    assert_failed(world, post, platform, "rate_limited", retryable=True)
    message = world.run(post, platform)["error"]["message"]
    assert "can be retried after" in message
    assert f"{reopens:%Y-%m-%d %H:}" in message or f"{reopens + MINUTE:%Y-%m-%d %H:}" in message


@pytest.mark.parametrize(
    ("variant", "status", "wait"),
    [
        ("usage-capped", "failed", None),
        ("day", "processing", timedelta(hours=5)),
        ("credits-depleted", "processing", timedelta(hours=1)),
    ],
)
def test_a_quota_of_x_waits_as_long_as_it_lasts(
    world: World, variant: str, status: str, wait: timedelta | None
) -> None:
    post = world.submit("Hello", "x")
    fault(world, "x", VISIBLE["x"], "quota", variant=variant, retryAfter=5 * 3600)
    world.deliver_due()
    run = world.run(post, "x")
    assert run["status"] == status
    assert run["error"]["category"] == "rate_limited"
    assert run["error"]["retryable"]
    if wait:
        assert abs(waits_for(world, post, "x") - wait) < timedelta(seconds=5)


@pytest.mark.full
@pytest.mark.parametrize("match", ["POST /v1.0/me/threads", VISIBLE["threads"]])
def test_a_quota_of_threads_is_backed_off_and_then_fails(world: World, match: str) -> None:
    post = world.submit("Hello", "threads")
    # The path for publishing starts like the one for creating.
    fault(world, "threads", match, "quota", times=100)
    world.live_until_quiet()
    assert_failed(world, post, "threads", "rate_limited", retryable=True)
    assert "9/2207042" in world.run(post, "threads")["error"]["platformCode"]


@pytest.mark.full
@pytest.mark.parametrize("platform", PLATFORMS)
def test_backing_off_takes_longer_each_time_and_ends_in_a_failure(
    world: World, platform: str
) -> None:
    post = world.submit("Hello", platform)
    # No address can be reached, so nothing is ever sent.
    world.with_parts(send=_to_nobody(world.parts.send))
    waits = []
    world.deliver_due()
    while world.run(post, platform)["status"] == "processing":
        waits.append(round(waits_for(world, post, platform).total_seconds()))
        world.advance(waits_for(world, post, platform))
        world.deliver_due()
    assert waits == pytest.approx([5, 30, 120, 600, 1800, 7200], abs=1)
    assert_failed(world, post, platform, "platform_unavailable", retryable=True)


def _to_nobody(send: Any) -> Any:
    return lambda method, url, **request: send(method, "http://127.0.0.1:1/", **request)


@pytest.mark.full
@pytest.mark.parametrize("races", [1, 4])
def test_a_publication_race_of_threads_publishes_the_same_container_again(
    world: World, races: int
) -> None:
    threads = world.platforms["threads"]
    assert isinstance(threads, Threads)
    threads.state.publish_races = races
    post = world.submit("Hello", "threads")
    world.live_until_quiet(2 * MINUTE)
    assert _published(world, post, "threads")
    assert requests_to(world, "threads", "POST /v1.0/me/threads") == 1
    assert requests_to(world, "threads", VISIBLE["threads"]) == races + 1


@pytest.mark.full
def test_a_race_that_does_not_end_creates_another_container(world: World) -> None:
    threads = world.platforms["threads"]
    assert isinstance(threads, Threads)
    threads.state.publish_races = 5
    post = world.submit("Hello", "threads")
    world.live_until_quiet(3 * MINUTE)
    assert _published(world, post, "threads")
    assert requests_to(world, "threads", "POST /v1.0/me/threads") == 2


@pytest.mark.full
def test_a_race_that_never_ends_fails_for_certain(world: World) -> None:
    threads = world.platforms["threads"]
    assert isinstance(threads, Threads)
    threads.state.publish_races = 10**6
    post = world.submit("Hello", "threads")
    world.live_until_quiet()
    assert_failed(world, post, "threads", "platform_unavailable", retryable=True)


def test_a_container_that_fails_once_is_created_again(world: World) -> None:
    post = world.submit("Hello", "threads")
    fault(world, "threads", "POST /v1.0/me/threads", "processing_failed")
    world.live_until_quiet(MINUTE)
    assert _published(world, post, "threads")
    assert requests_to(world, "threads", "POST /v1.0/me/threads") == 2


@pytest.mark.full
def test_containers_that_keep_failing_fail_the_run(world: World) -> None:
    post = world.submit("Hello", "threads")
    fault(world, "threads", "POST /v1.0/me/threads", "processing_failed", times=10)
    world.live_until_quiet()
    assert_failed(world, post, "threads", "media_error", retryable=False)


@pytest.mark.full
def test_a_stuck_container_is_replaced(world: World) -> None:
    post = world.submit("Hello", "threads")
    fault(world, "threads", "POST /v1.0/me/threads", "processing_stuck")
    world.live_until_quiet(10 * MINUTE)
    assert _published(world, post, "threads")
    assert requests_to(world, "threads", "POST /v1.0/me/threads") == 2


@pytest.mark.full
def test_stuck_containers_end_in_a_failure_that_can_be_retried(world: World) -> None:
    post = world.submit("Hello", "threads")
    fault(world, "threads", "POST /v1.0/me/threads", "processing_stuck", times=100)
    world.live_until_quiet(timedelta(days=2))
    assert_failed(world, post, "threads", "platform_unavailable", retryable=True)


@pytest.mark.full
def test_polls_leave_no_attempts_behind(world: World) -> None:
    post = world.submit("Hello", "threads")
    fault(world, "threads", "GET /v1.0/1", "slow", seconds=0)
    world.deliver_due()
    steps = [attempt["step"] for attempt in attempts(world, post, "threads")]
    assert steps == ["create_container", "publish_container"]


@pytest.mark.full
def test_a_slow_platform_is_waited_for(world: World) -> None:
    post = world.submit("Hello", "x")
    fault(world, "x", VISIBLE["x"], "slow", seconds=0.2)
    world.deliver_due()
    assert _published(world, post, "x")
