"""Deleting a post despite failures, rate limits, expired tokens and refusals."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared import clock
from shared.domain.accounts import Account
from tests.functions.deleting import (
    DELETES,
    DELETING,
    ask,
    assert_not_taken_down,
    assert_taken_down,
    published,
)
from tests.functions.publishing import (
    PLATFORMS,
    account,
    fault,
    lose_patience,
    requests_to,
    waits_for,
)
from tests.media import Shelf
from tests.platforms.contract import contract_of
from tests.world import World

MINUTE = timedelta(minutes=1)
REFRESHING = [name for name in DELETING if contract_of(name).refresh]


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    lose_patience(monkeypatch)


@pytest.mark.parametrize("platform", DELETING)
@pytest.mark.parametrize(
    ("mode", "more"),
    [
        ("accept_then_500", {}),
        ("reset_before", {}),
        pytest.param("status", {"status": 500}, marks=pytest.mark.full),
        pytest.param("accept_then_reset", {}, marks=pytest.mark.full),
        pytest.param("timeout_before", {}, marks=pytest.mark.full),
        pytest.param("accept_then_timeout", {}, marks=pytest.mark.full),
    ],
)
def test_a_failure_is_retried(
    world: World, shelf: Shelf, platform: str, mode: str, more: dict[str, Any]
) -> None:
    post = published(world, shelf, platform)
    fault(world, platform, DELETES, mode, **more)
    ask(world, post)
    world.deliver_due()
    pending = world.run(post, platform)["deletion"]
    assert (pending["status"], pending["error"]["category"]) == ("pending", "platform_unavailable")
    assert world.submission(post)["runSummary"][platform]["deletion"] == pending
    assert timedelta(seconds=3) < waits_for(world, post, platform) <= timedelta(seconds=5)
    world.live_until_quiet(MINUTE)
    assert_taken_down(world, post, platform)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_rate_limit_is_waited_out(world: World, platform: str) -> None:
    post = world.submit("Hello", platform)
    world.live_until_quiet()
    # However old the post is.
    world.advance(timedelta(days=30))
    fault(world, platform, DELETES, "rate_limit", retryAfter=1800)
    ask(world, post)
    world.deliver_due()
    assert world.run(post, platform)["deletion"]["error"]["category"] == "rate_limited"
    assert abs(waits_for(world, post, platform) - 30 * MINUTE) < timedelta(seconds=5)
    world.advance(29 * MINUTE)
    world.deliver_due()
    assert world.visible(platform) == ["Hello"]
    world.advance(MINUTE)
    world.deliver_due()
    assert_taken_down(world, post, platform)


@pytest.mark.parametrize("platform", DELETING)
def test_a_rate_limit_of_any_platform_ends_in_a_deletion(
    world: World, shelf: Shelf, platform: str
) -> None:
    post = published(world, shelf, platform)
    fault(world, platform, DELETES, "rate_limit", retryAfter=60)
    ask(world, post)
    world.live_until_quiet(timedelta(hours=6))
    assert_taken_down(world, post, platform)


def test_a_permanent_failure_ends_the_deletion_which_can_be_requested_again(world: World) -> None:
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    fault(world, "x", DELETES, "status", times=7, status=503)
    ask(world, post)
    waits = []
    world.deliver_due()
    while world.run(post, "x")["deletion"]["status"] == "pending":
        waits.append(round(waits_for(world, post, "x").total_seconds()))
        world.advance(waits_for(world, post, "x"))
        world.deliver_due()
    assert waits == pytest.approx([5, 30, 120, 600, 1800, 7200], abs=1)
    assert_not_taken_down(world, post, "x", "platform_unavailable", retryable=True)
    ask(world, post)
    world.deliver_due()
    assert_taken_down(world, post, "x")


@pytest.mark.parametrize("platform", REFRESHING)
def test_an_expired_token_is_refreshed_once(world: World, shelf: Shelf, platform: str) -> None:
    post = published(world, shelf, platform)
    # Threads refreshes a token from its second day on.
    world.advance(timedelta(days=2))
    fault(world, platform, DELETES, "expired_token")
    ask(world, post)
    world.deliver_due()
    assert_taken_down(world, post, platform)
    assert requests_to(world, platform, contract_of(platform).refresh or "") == 1
    assert account(world, platform) == ("connected", "connected")


@pytest.mark.parametrize("platform", DELETING)
def test_a_revoked_authorization_must_be_renewed(world: World, shelf: Shelf, platform: str) -> None:
    post = published(world, shelf, platform)
    fault(world, platform, DELETES, "revoked_token")
    ask(world, post)
    world.live_until_quiet()
    assert_not_taken_down(world, post, platform, "auth_expired", retryable=True)
    assert "Reconnect" in world.run(post, platform)["deletion"]["error"]["message"]
    assert account(world, platform) == ("reconnect_required", "reconnect_required")
    # No request is sent to the platform until the account is reconnected.
    sent = len(world.platforms[platform].requests.all())
    ask(world, post)
    world.deliver_due()
    assert_not_taken_down(world, post, platform, "auth_expired", retryable=True)
    assert len(world.platforms[platform].requests.all()) == sent


def test_a_failed_refresh_disconnects_no_account(world: World) -> None:
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    fault(world, "x", DELETES, "expired_token")
    fault(world, "x", "POST /2/oauth2/token", "status", status=503)
    ask(world, post)
    world.deliver_due()
    assert world.run(post, "x")["deletion"]["status"] == "pending"
    assert account(world, "x") == ("connected", "connected")
    world.live_until_quiet(MINUTE)
    assert_taken_down(world, post, "x")


def let_token_end_soon(world: World) -> Account:
    soon = replace(world.tokens("x"), expires_at=clock.now() + timedelta(seconds=30))
    return world.put_tokens(world.account("x"), soon)


def test_a_token_that_is_about_to_end_is_refreshed_first(world: World) -> None:
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    let_token_end_soon(world)
    ask(world, post)
    world.deliver_due()
    assert_taken_down(world, post, "x")
    sent = [(r.method, r.path) for r in world.platforms["x"].requests.all()]
    assert [method for method, _ in sent[-2:]] == ["POST", "DELETE"]
    assert sent[-2][1] == "/2/oauth2/token"


@pytest.mark.full
def test_a_deletion_waits_for_another_tasks_refresh(world: World) -> None:
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    assert world.parts.grants.lease_refresh(let_token_end_soon(world), refused=1) is not None
    ask(world, post)
    world.deliver_due()
    assert timedelta(seconds=1) < waits_for(world, post, "x") <= timedelta(seconds=3)
    assert world.visible("x") == ["Hello"]
    # The holder of that lease has died: the lease expires.
    world.live_until_quiet(3 * MINUTE)
    assert_taken_down(world, post, "x")


def test_a_refusal_is_told_in_the_platforms_words_and_not_repeated(world: World) -> None:
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    words = "You are not authorized to delete this Tweet."
    body = {"title": "Forbidden", "status": 403, "detail": words}
    fault(world, "x", DELETES, "status", status=403, body=body)
    ask(world, post)
    world.live_until_quiet()
    assert_not_taken_down(world, post, "x", "permission", retryable=False)
    error = world.run(post, "x")["deletion"]["error"]
    assert words in error["message"]
    assert error["platformMessage"] == words
    assert len([r for r in world.platforms["x"].requests.all() if r.method == "DELETE"]) == 1


@pytest.mark.parametrize("body", [{"data": [1]}, "<html>Welcome</html>", {"data": {}}])
def test_an_unreadable_answer_is_no_deletion(world: World, body: Any) -> None:
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    fault(world, "x", DELETES, "status", status=200, body=body)
    ask(world, post)
    world.deliver_due()
    assert world.run(post, "x")["deletion"]["status"] == "pending"
    assert world.visible("x") == ["Hello"]
    world.live_until_quiet(MINUTE)
    assert_taken_down(world, post, "x")
