"""Tokens are renewed before platforms end them, and accounts are tried before scheduled posts."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from shared import clock
from shared.accounts.renewal import RETRY_AFTER, renewal_at
from tests.functions.publishing import account, fault, lose_patience, requests_to
from tests.world import USER, World

REFRESH = {
    "instagram": "GET /refresh_access_token",
    "threads": "GET /refresh_access_token",
    "x": "POST /2/oauth2/token",
}
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    lose_patience(monkeypatch)


def _wake(world: World, platform: str, after: timedelta = DAY) -> None:
    """Let the renewal of the account's tokens be due after this time, and sweep then."""
    world.grant(platform).update({"wakeAt": clock.now() + after})
    world.sweep()
    world.deliver_due()
    assert requests_to(world, platform, REFRESH[platform]) == 0
    world.advance(after + timedelta(seconds=1))
    world.sweep()
    world.deliver_due()


@pytest.mark.parametrize("platform", ["instagram", "threads", "x"])
def test_tokens_are_renewed_ahead_of_need_and_the_next_renewal_is_planned(
    world: World, platform: str
) -> None:
    before = world.tokens(platform)
    _wake(world, platform, 8 * DAY)
    assert requests_to(world, platform, REFRESH[platform]) == 1
    after = world.tokens(platform)
    assert after.access_token != before.access_token
    grant = world.grant(platform).get().to_dict()
    assert grant["version"] == 2
    assert timedelta(days=5) < grant["wakeAt"] - clock.now() < timedelta(days=180)
    world.submit("Hello", platform if platform != "instagram" else "x")
    world.live_until_quiet()
    assert requests_to(world, platform, REFRESH[platform]) == 1


def test_a_renewal_reads_the_accounts_new_name(world: World) -> None:
    world.platforms["x"].accounts.get(f"x_{USER}").username = "renamed"  # type: ignore[union-attr]
    _wake(world, "x")
    assert world.account("x").username == "renamed"
    integration = world.parts.db.document(f"users/{USER}/integrations/x").get()
    assert integration.get(f"accounts.x_{USER}.username") == "renamed"


@pytest.mark.parametrize(
    ("mode", "more"), [("reset_before", {}), ("status", {"status": 503}), ("status", {"body": "?"})]
)
def test_a_platform_that_is_away_disconnects_nobody_and_is_asked_again(
    world: World, mode: str, more: dict[str, Any]
) -> None:
    fault(world, "x", REFRESH["x"], mode, **{"status": 200, **more} if mode == "status" else {})
    _wake(world, "x")
    assert account(world, "x") == ("connected", "connected")
    assert world.grant("x").get().get("version") == 1
    world.advance(RETRY_AFTER + timedelta(seconds=1))
    world.sweep()
    world.deliver_due()
    assert world.grant("x").get().get("version") == 2


def test_a_refused_renewal_says_that_the_account_must_be_reconnected(world: World) -> None:
    fault(world, "x", REFRESH["x"], "revoked_token")
    _wake(world, "x")
    assert account(world, "x") == ("reconnect_required", "reconnect_required")
    assert "Reconnect" in (world.account("x").status_reason or "")


def test_a_refresh_that_x_answers_and_we_lose_ends_the_authorization_with_the_reason(
    world: World,
) -> None:
    """X has rotated the refresh token: nobody knows the new one."""
    fault(world, "x", REFRESH["x"], "accept_then_reset")
    _wake(world, "x")
    assert account(world, "x")[0] == "connected"
    world.advance(RETRY_AFTER + timedelta(seconds=1))
    world.sweep()
    world.deliver_due()
    assert account(world, "x")[0] == "reconnect_required"


def test_a_refresh_that_google_answers_and_we_lose_is_repeated(world: World) -> None:
    REFRESH["youtube"] = "POST /token"
    fault(world, "youtube", REFRESH["youtube"], "accept_then_reset")
    _wake(world, "youtube")
    world.advance(RETRY_AFTER + timedelta(seconds=1))
    world.sweep()
    world.deliver_due()
    assert account(world, "youtube")[0] == "connected"
    assert world.grant("youtube").get().get("version") == 2


def test_two_posts_and_the_renewal_at_the_same_instant_spend_one_refresh(world: World) -> None:
    from dataclasses import replace

    soon = replace(world.tokens("x"), expires_at=clock.now() + timedelta(seconds=30))
    world.put_tokens(world.account("x"), soon)
    for text in ("One", "Two"):
        world.submit(text, "x")
    world.tasks.deliver_due()
    world.grant("x").update({"wakeAt": clock.now()})
    world.sweep()
    fault(world, "x", REFRESH["x"], "slow", seconds=0.2)
    once, due = world.handle, []
    world.handle = lambda delivery: due.append(delivery) or 200  # type: ignore[method-assign]
    world.tasks.deliver_due()
    assert {tuple(sorted(json.loads(one.body))) for one in due} == {
        ("generation", "runId", "seq", "submissionId"),
        ("grantId", "platform", "userId", "version"),
    }
    with ThreadPoolExecutor(len(due)) as pool:
        assert set(pool.map(once, due)) == {200}
    world.handle = once  # type: ignore[method-assign]
    world.live_until_quiet(timedelta(minutes=3))
    assert requests_to(world, "x", REFRESH["x"]) == 1
    assert sorted(world.visible("x")) == ["One", "Two"]


@pytest.mark.parametrize(
    ("platform", "has_refresh_token", "lifetime", "least", "most"),
    [
        ("x", True, None, 54 * DAY, 60 * DAY),
        ("x", False, None, None, None),
        ("tiktok", True, 180 * DAY, 81 * DAY, 90 * DAY),
        ("youtube", True, None, 54 * DAY, 60 * DAY),
        ("instagram", False, None, 6.3 * DAY, 7 * DAY),
        ("threads", False, None, 6.3 * DAY, 7 * DAY),
        ("facebook", False, None, None, None),
        ("linkedin", True, 365 * DAY, None, None),
        ("snapchat", True, None, 54 * DAY, 60 * DAY),
    ],
)
def test_when_tokens_are_renewed(
    world: World,
    platform: str,
    has_refresh_token: bool,
    lifetime: timedelta | None,
    least: timedelta | None,
    most: timedelta | None,
) -> None:
    now = clock.now()
    kind = world.account(platform).kind
    times = [
        renewal_at(
            platform,
            kind,
            f"grant-{number}",
            has_refresh_token=has_refresh_token,
            refresh_expires_at=now + lifetime if lifetime else None,
        )
        for number in range(20)
    ]
    if least is None or most is None:
        assert set(times) == {None}
        return
    waits = [time - now for time in times if time]
    slack = timedelta(minutes=1)
    assert least - slack < min(waits) <= max(waits) < most + slack
    assert max(waits) - min(waits) > (most - least) / 2


def _due_in(world: World, wait: timedelta, platform: str = "x") -> str:
    return world.submit("Hello", platform, scheduledTime=(clock.now() + wait).isoformat())


def _hour_before(world: World, wait: timedelta) -> None:
    world.advance(wait - timedelta(minutes=58))
    world.sweep()
    world.deliver_due()


def _risks(world: World, post: str) -> list[str]:
    targets = world.submission(post)["targets"]
    return [target["risk"]["code"] for target in targets if target.get("risk")]


def test_an_account_that_was_lost_is_found_an_hour_before_its_post(world: World) -> None:
    post = _due_in(world, 3 * DAY)
    fault(world, "x", "GET /2/users/me", "revoked_token")
    _hour_before(world, 3 * DAY)
    assert _risks(world, post) == ["reconnect_required"]
    assert account(world, "x") == ("reconnect_required", "reconnect_required")
    assert world.submission(post)["status"] == "queued"


def test_the_posts_of_an_account_are_at_risk_as_soon_as_its_authorization_ends(
    world: World,
) -> None:
    waiting = _due_in(world, 20 * DAY, "x")
    other = _due_in(world, 20 * DAY, "threads")
    fault(world, "x", "POST /2/tweets", "revoked_token")
    world.submit("Now", "x")
    world.deliver_due()
    assert account(world, "x")[0] == "reconnect_required"
    assert (_risks(world, waiting), _risks(world, other)) == (["reconnect_required"], [])


def test_an_account_that_works_is_no_risk_and_its_post_goes_out(world: World) -> None:
    post = _due_in(world, 3 * DAY)
    _hour_before(world, 3 * DAY)
    assert requests_to(world, "x", "GET /2/users/me") == 1
    assert _risks(world, post) == []
    world.live_until_quiet()
    assert world.visible("x") == ["Hello"]


def test_a_platform_that_does_not_answer_is_no_risk(world: World) -> None:
    post = _due_in(world, 3 * DAY)
    fault(world, "x", "GET /2/users/me", "status", status=503)
    _hour_before(world, 3 * DAY)
    assert requests_to(world, "x", "GET /2/users/me") == 1
    assert _risks(world, post) == []
    assert account(world, "x") == ("connected", "connected")


def test_accounts_are_not_tried_where_the_operator_does_not_want_it(world: World) -> None:
    from dataclasses import replace

    world.with_parts(settings=replace(world.parts.settings, account_checks=False))
    _due_in(world, 3 * DAY)
    _hour_before(world, 3 * DAY)
    assert requests_to(world, "x", "GET /2/users/me") == 0
    world.live_until_quiet()
    assert world.visible("x") == ["Hello"]


def test_a_post_after_the_end_of_an_authorization_is_at_risk_from_the_start(world: World) -> None:
    end = clock.now() + 30 * DAY
    path = f"users/{USER}/integrations/linkedin"
    field = world.parts.db.field_path("accounts", f"linkedin_{USER}", "endsAt")
    world.parts.db.document(path).update({field: end})
    assert _risks(world, _due_in(world, 29 * DAY, "linkedin")) == []
    assert _risks(world, _due_in(world, 31 * DAY, "linkedin")) == ["authorization_ends"]
