"""Lost answers at every call to X and to Threads: nothing is published twice or lost."""

from datetime import timedelta
from typing import Any

import pytest

from shared.domain import unconfirmed
from shared.platforms.base import Turn
from shared.platforms.threads.publishing import Publishing
from tests.functions.publishing import (
    PLATFORMS,
    TEXT,
    VISIBLE,
    assert_failed,
    assert_published_once,
    attempts,
    fault,
    lose_patience,
    requests_to,
    waits_for,
)
from tests.world import World

TAKEN = ["accept_then_timeout", "accept_then_500", "accept_then_reset"]
NOT_TAKEN = ["timeout_before", "reset_before", "status"]
INVISIBLE = [
    ("threads", "POST /v1.0/me/threads"),
    ("threads", "GET /v1.0/1"),
]


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    lose_patience(monkeypatch)


def _more(mode: str) -> dict[str, int]:
    return {"status": 503} if mode == "status" else {}


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("mode", TAKEN)
def test_a_post_that_the_platform_took_is_found_and_not_repeated(
    world: World, platform: str, mode: str
) -> None:
    post = world.submit(TEXT, platform)
    fault(world, platform, VISIBLE[platform], mode)
    world.deliver_due()
    run = world.run(post, platform)
    assert run["status"] == "unconfirmed"
    assert run["error"]["category"] == "unknown"
    assert "may or may not be live" in run["error"]["message"]
    assert world.submission(post)["status"] == "unconfirmed"

    world.live_until_quiet()
    assert_published_once(world, post, platform)
    assert requests_to(world, platform, VISIBLE[platform]) == 1


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("mode", NOT_TAKEN)
def test_a_post_that_never_arrived_is_sent_again_once_it_is_proven_absent(
    world: World, platform: str, mode: str
) -> None:
    post = world.submit(TEXT, platform)
    fault(world, platform, VISIBLE[platform], mode, **_more(mode))
    world.deliver_due()
    assert world.run(post, platform)["status"] == "unconfirmed"

    world.advance(timedelta(minutes=4, seconds=50))
    world.deliver_due()
    assert requests_to(world, platform, VISIBLE[platform]) == 1, "not before five minutes"
    world.live_until_quiet()
    assert_published_once(world, post, platform)
    assert requests_to(world, platform, VISIBLE[platform]) == 2
    outcomes = [attempt["outcome"] for attempt in attempts(world, post, platform)]
    assert outcomes[-2:] == ["OutcomeUnknown", "published"]


@pytest.mark.parametrize("mode", TAKEN + NOT_TAKEN)
@pytest.mark.parametrize(("platform", "match"), INVISIBLE)
def test_a_call_that_makes_nothing_visible_is_repeated(
    world: World, platform: str, match: str, mode: str
) -> None:
    post = world.submit(TEXT, platform)
    fault(world, platform, match, mode, times=2, **_more(mode))
    world.deliver_due()
    assert world.run(post, platform)["status"] == "processing"
    assert timedelta(seconds=2) < waits_for(world, post, platform) <= timedelta(seconds=5)
    world.live_until_quiet(timedelta(minutes=3))
    assert_published_once(world, post, platform)


@pytest.mark.parametrize(
    ("step", "status"), [("create_container", "processing"), ("publish_container", "unconfirmed")]
)
def test_a_bug_after_an_answer_leaves_only_the_visible_step_in_doubt(
    world: World, monkeypatch: pytest.MonkeyPatch, step: str, status: str
) -> None:
    original = getattr(Publishing, step)

    def broken(self: Publishing, turn: Turn[Any]) -> None:
        original(self, turn)
        raise KeyError("id")

    post = world.submit(TEXT, "threads")
    monkeypatch.setattr(Publishing, step, broken)
    world.deliver_due()
    run = world.run(post, "threads")
    assert (run["status"], run["step"]) == (status, step)
    monkeypatch.undo()
    world.live_until_quiet()
    assert_published_once(world, post, "threads")


@pytest.mark.parametrize("mode", ["accept_then_timeout", "accept_then_500", "reset_before"])
def test_a_missing_permalink_is_no_failure(world: World, mode: str) -> None:
    post = world.submit(TEXT, "threads")
    # The first of these reads is for the container, the second for the post.
    fault(world, "threads", "GET /v1.0/1", mode, after=1)
    world.deliver_due()
    run = world.run(post, "threads")
    assert run["status"] == "succeeded"
    assert "permalink" not in run
    assert world.visible("threads") == [TEXT]
    assert world.submission(post)["status"] == "succeeded"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_failed_look_ups_are_repeated_and_do_not_count(world: World, platform: str) -> None:
    post = world.submit(TEXT, platform)
    listing = {"x": "GET /2/users/", "threads": "GET /v1.0/me/threads"}[platform]
    fault(world, platform, VISIBLE[platform], "accept_then_500")
    fault(world, platform, listing, "status", times=2, status=503)
    fault(world, platform, listing, "reset_before")
    fault(world, platform, listing, "rate_limit", retryAfter=60)
    world.live_until_quiet(timedelta(minutes=30))
    assert_published_once(world, post, platform)


def test_a_look_up_waits_for_a_rate_limit_for_six_hours_at_most(world: World) -> None:
    post = world.submit(TEXT, "x")
    fault(world, "x", VISIBLE["x"], "accept_then_500")
    fault(world, "x", "GET /2/users/", "rate_limit", retryAfter=20 * 60 * 60)
    world.deliver_due()
    world.advance(timedelta(minutes=1))
    world.deliver_due()
    assert timedelta(hours=5) < waits_for(world, post, "x") <= timedelta(hours=6)


def test_a_submission_is_open_again_when_a_run_that_ended_it_is(world: World) -> None:
    post = world.submit(TEXT, "x")
    fault(world, "x", VISIBLE["x"], "reset_before")
    for minutes in (0, 1, 5):
        world.advance(timedelta(minutes=minutes))
        world.deliver_due()
    assert world.submission(post)["status"] == "unconfirmed"
    world.advance(timedelta(minutes=31))
    world.tasks.deliver_due()
    assert world.run(post, "x")["status"] == "queued"
    assert world.submission(post)["status"] == "dispatched"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_list_in_an_unknown_form_stops_no_run_forever(world: World, platform: str) -> None:
    post = world.submit(TEXT, platform)
    listing = {"x": "GET /2/users/", "threads": "GET /v1.0/me/threads"}[platform]
    fault(world, platform, VISIBLE[platform], "accept_then_500")
    fault(world, platform, listing, "status", times=3, status=200, body={"data": ["odd"]})
    world.live_until_quiet(timedelta(hours=3))
    assert_published_once(world, post, platform)


@pytest.mark.parametrize(
    ("platform", "body"), [("x", {"data": ["id"]}), ("threads", "<html>"), ("x", "<html>")]
)
def test_an_acceptance_in_an_unknown_form_leaves_the_run_unconfirmed(
    world: World, platform: str, body: object
) -> None:
    post = world.submit(TEXT, platform)
    fault(world, platform, VISIBLE[platform], "status", status=201, body=body)
    world.deliver_due()
    assert world.run(post, platform)["status"] == "unconfirmed"
    world.live_until_quiet()
    assert_published_once(world, post, platform)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_platform_that_cannot_be_asked_for_a_day_leaves_it_to_the_user(
    world: World, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unconfirmed, "FAILED_AGAIN_AFTER", timedelta(hours=2))
    post = world.submit(TEXT, platform)
    fault(world, platform, VISIBLE[platform], "accept_then_500")
    # The first read of Threads is still for the container before its publication.
    polls = {"x": 0, "threads": 1}[platform]
    fault(world, platform, "GET /", "status", times=1000, status=503, after=polls)
    world.live_until_quiet(timedelta(days=3))
    run = world.run(post, platform)
    assert run["status"] == "unconfirmed"
    assert world.submission(post)["status"] == "unconfirmed"
    assert world.visible(platform) == [TEXT]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_post_that_is_lost_time_and_again_fails_in_the_end(world: World, platform: str) -> None:
    post = world.submit(TEXT, platform)
    fault(world, platform, VISIBLE[platform], "status", times=100, status=502)
    world.live_until_quiet(timedelta(days=3))
    assert_failed(world, post, platform, "platform_unavailable", retryable=True)
    assert requests_to(world, platform, VISIBLE[platform]) == 5


def test_an_unreachable_address_is_retried_and_never_unconfirmed(world: World) -> None:
    post = world.submit(TEXT, "x")
    send, refused = world.parts.send, "http://127.0.0.1:1/2/tweets"
    world.with_parts(send=lambda method, url, **request: send(method, refused, **request))
    world.deliver_due()
    assert world.run(post, "x")["status"] == "processing"
    world.with_parts(send=send)
    world.live_until_quiet(timedelta(minutes=1))
    assert_published_once(world, post, "x")
