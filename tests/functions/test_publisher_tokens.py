"""Tokens that have expired, were revoked, or are refreshed by two runs at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from shared import clock
from shared.accounts.disconnecting import disconnect
from shared.domain.accounts import Tokens
from shared.domain.errors import PlatformUnavailable
from shared.platforms import http as http_module
from shared.platforms.http import Http
from shared.platforms.x.connecting import Connecting
from tests.functions.publishing import (
    PLATFORMS,
    VISIBLE,
    account,
    assert_failed,
    fault,
    lose_patience,
    requests_to,
    waits_for,
)
from tests.world import USER, World

REFRESH = {"x": "POST /2/oauth2/token", "threads": "GET /refresh_access_token"}
FIRST = {"x": VISIBLE["x"], "threads": "POST /v1.0/me/threads"}
CALLS = [
    ("x", VISIBLE["x"]),
    ("threads", "POST /v1.0/me/threads"),
    ("threads", "GET /v1.0/1"),
    ("threads", VISIBLE["threads"]),
]


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    lose_patience(monkeypatch)


@pytest.mark.parametrize(("platform", "match"), CALLS)
def test_an_expired_token_is_refreshed_once_and_the_step_taken_again(
    world: World, platform: str, match: str
) -> None:
    before = world.tokens(platform)
    post = world.submit("Hello", platform)
    fault(world, platform, match, "expired_token")
    world.deliver_due()
    assert world.run(post, platform)["status"] == "succeeded"
    assert world.visible(platform) == ["Hello"]
    assert requests_to(world, platform, REFRESH[platform]) == 1
    assert account(world, platform) == ("connected", "connected")
    after = world.tokens(platform)
    assert after.access_token != before.access_token
    assert after.expires_at is not None


@pytest.mark.parametrize(("platform", "match"), CALLS)
def test_a_revoked_authorization_must_be_renewed(world: World, platform: str, match: str) -> None:
    post = world.submit("Hello", platform)
    fault(world, platform, match, "revoked_token")
    world.live_until_quiet()
    assert_failed(world, post, platform, "auth_expired", retryable=True)
    assert account(world, platform) == ("reconnect_required", "reconnect_required")
    assert "Reconnect" in world.run(post, platform)["error"]["message"]


def test_a_token_that_is_refused_right_after_its_refresh_disconnects(world: World) -> None:
    post = world.submit("Hello", "x")
    fault(world, "x", FIRST["x"], "expired_token", times=2)
    world.live_until_quiet()
    assert_failed(world, post, "x", "auth_expired", retryable=True)
    assert requests_to(world, "x", REFRESH["x"]) == 1
    assert account(world, "x")[0] == "reconnect_required"


@pytest.mark.full
@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    ("mode", "more"),
    [
        ("timeout_before", {}),
        ("reset_before", {}),
        ("status", {"status": 503}),
        ("status", {"status": 500, "body": {"error": "server_error"}}),
        ("rate_limit", {"retryAfter": 90}),
    ],
)
def test_a_failure_while_refreshing_never_disconnects(
    world: World, platform: str, mode: str, more: dict[str, object]
) -> None:
    post = world.submit("Hello", platform)
    fault(world, platform, FIRST[platform], "expired_token")
    fault(world, platform, REFRESH[platform], mode, **more)
    world.deliver_due()
    assert world.run(post, platform)["status"] == "processing"
    assert account(world, platform) == ("connected", "connected")
    assert world.grant(platform).get().get("refreshOwner") is None
    world.live_until_quiet(timedelta(minutes=5))
    assert world.run(post, platform)["status"] == "succeeded"
    assert account(world, platform) == ("connected", "connected")


def _let_token_end(world: World, platform: str) -> None:
    """Let the stored access token be about to expire."""
    tokens = replace(world.tokens(platform), expires_at=clock.now() + timedelta(seconds=30))
    world.put_tokens(world.account(platform), tokens)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_token_that_is_about_to_expire_is_refreshed_before_anything_is_sent(
    world: World, platform: str
) -> None:
    _let_token_end(world, platform)
    post = world.submit("Hello", platform)
    world.deliver_due()
    assert world.run(post, platform)["status"] == "succeeded"
    paths = [request.path for request in world.platforms[platform].requests.all()]
    assert paths[0] == REFRESH[platform].split()[1]
    assert requests_to(world, platform, REFRESH[platform]) == 1


@pytest.mark.full
@pytest.mark.parametrize("platform", PLATFORMS)
def test_runs_that_need_new_tokens_at_once_spend_one_refresh(
    world: World, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_module, "ANSWER_SECONDS", 10.0)
    posts = [world.submit(f"Hello {number}", platform) for number in range(4)]
    _let_token_end(world, platform)
    world.tasks.deliver_due()
    # The refresh takes a while, so that all runs arrive before it is done.
    fault(world, platform, REFRESH[platform], "slow", seconds=0.2)
    once, due = world.handle, []
    world.handle = lambda delivery: due.append(delivery) or 200
    world.tasks.deliver_due()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(once, due)) == [200] * 4
    assert requests_to(world, platform, REFRESH[platform]) == 1
    waiting = [world.run(post, platform) for post in posts]
    assert any("nextAttemptAt" in run for run in waiting), world.log

    world.handle = once
    world.live_until_quiet(timedelta(minutes=3))
    assert sorted(world.visible(platform)) == [f"Hello {number}" for number in range(4)]
    assert requests_to(world, platform, REFRESH[platform]) == 1
    assert account(world, platform) == ("connected", "connected")


@pytest.mark.full
def test_a_run_that_waits_for_a_refresh_shows_when_it_continues(world: World) -> None:
    _let_token_end(world, "x")
    lease = world.parts.grants.lease_refresh(world.account("x"), refused=1)
    assert lease is not None
    post = world.submit("Hello", "x")
    world.deliver_due()
    assert timedelta(seconds=1) < waits_for(world, post, "x") <= timedelta(seconds=3)
    assert world.run(post, "x").get("failures", 0) == 0
    # The holder of that lease has died: the lease expires.
    world.live_until_quiet(timedelta(minutes=3))
    assert world.visible("x") == ["Hello"]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_look_up_refreshes_an_expired_token_as_well(world: World, platform: str) -> None:
    post = world.submit("Hello", platform)
    fault(world, platform, VISIBLE[platform], "accept_then_500")
    world.deliver_due()
    listing = {"x": "GET /2/users/", "threads": "GET /v1.0/1"}[platform]
    fault(world, platform, listing, "expired_token")
    world.live_until_quiet(timedelta(minutes=10))
    assert world.run(post, platform)["status"] == "succeeded"
    assert requests_to(world, platform, REFRESH[platform]) == 1


def test_a_look_up_without_an_authorization_leaves_the_run_unconfirmed(world: World) -> None:
    post = world.submit("Hello", "x")
    fault(world, "x", VISIBLE["x"], "accept_then_500")
    world.deliver_due()
    fault(world, "x", "GET /2/users/", "revoked_token")
    world.live_until_quiet()
    assert world.run(post, "x")["status"] == "unconfirmed"
    assert account(world, "x")[0] == "reconnect_required"
    assert world.visible("x") == ["Hello"]


@pytest.mark.full
def test_a_look_up_waits_for_another_tasks_refresh_and_does_not_count(world: World) -> None:
    post = world.submit("Hello", "x")
    fault(world, "x", VISIBLE["x"], "accept_then_500")
    world.deliver_due()
    world.advance(timedelta(minutes=1))
    _let_token_end(world, "x")
    assert world.parts.grants.lease_refresh(world.account("x"), refused=1) is not None
    world.deliver_due()
    run = world.run(post, "x")
    assert (run["status"], run.get("lookUps", 0), run.get("failures", 0)) == ("unconfirmed", 0, 0)
    assert timedelta(seconds=1) < waits_for(world, post, "x") <= timedelta(seconds=3)
    assert requests_to(world, "x", REFRESH["x"]) == 0
    # The holder of that lease has died: the lease expires.
    world.live_until_quiet(timedelta(minutes=3))
    assert world.run(post, "x")["status"] == "succeeded"
    assert requests_to(world, "x", REFRESH["x"]) == 1


def test_a_look_up_renews_the_tokens_at_most_once(world: World) -> None:
    post = world.submit("Hello", "x")
    fault(world, "x", VISIBLE["x"], "accept_then_500")
    fault(world, "x", "GET /2/users/", "expired_token", times=2)
    world.deliver_due()
    world.advance(timedelta(minutes=1))
    world.deliver_due()
    assert requests_to(world, "x", REFRESH["x"]) == 1
    assert world.run(post, "x")["status"] == "unconfirmed"
    assert account(world, "x") == ("connected", "connected")
    world.live_until_quiet()
    assert world.run(post, "x")["status"] == "succeeded"
    assert world.visible("x") == ["Hello"]


@pytest.mark.parametrize("is_answered", [True, False])
def test_an_account_that_is_disconnected_during_a_refresh_publishes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, is_answered: bool
) -> None:
    """The tokens that X returned meanwhile are ended, like those that were stored."""
    _let_token_end(world, "x")
    refresh = Connecting.refresh

    def disconnecting(self: Connecting, tokens: Tokens, http: Http) -> Tokens:
        disconnect(USER, "x", f"x_{USER}", world.parts)
        if not is_answered:
            raise PlatformUnavailable("X did not answer.")
        return refresh(self, tokens, http)

    monkeypatch.setattr(Connecting, "refresh", disconnecting)
    post = world.submit("Hello", "x")
    world.live_until_quiet(timedelta(minutes=10))
    assert_failed(world, post, "x", "account_disconnected", retryable=True)
    assert world.visible("x") == []
    revoked = requests_to(world, "x", "POST /2/oauth2/revoke")
    assert revoked == (4 if is_answered else 2)
