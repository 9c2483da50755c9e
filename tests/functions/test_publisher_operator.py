"""Problems that only the operator can fix: the run waits or fails, and nothing is disconnected."""

import logging
from datetime import timedelta

import pytest

from tests.functions.publishing import account, fault
from tests.world import World


def _alerts(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno == logging.ERROR
        and record.__dict__.get("fields", {}).get("operatorAction")
    ]


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(logging.getLogger("soku"), "propagate", True)
    return caplog


def test_tokens_that_cannot_be_decrypted_delay_the_run_and_alert_the_operator(
    world: World, heard: pytest.LogCaptureFixture
) -> None:
    sealed = world.grant("x").get().get("sealedAccess")
    world.grant("x").update({"sealedAccess": sealed[:-1] + b"?"})
    post = world.submit("Locked in", "x")
    world.deliver_due()
    run = world.run(post, "x")
    assert run["status"] == "processing"
    assert "TOKEN_KEYSET" in run["error"]["message"]
    assert _alerts(heard)

    # The operator fixes it in time: the post is published.
    world.grant("x").update({"sealedAccess": sealed})
    world.live_until_quiet()
    assert world.visible("x") == ["Locked in"]
    assert account(world, "x") == ("connected", "connected")


@pytest.mark.full
def test_tokens_that_cannot_be_decrypted_fail_the_run_and_keep_the_account(world: World) -> None:
    world.grant("x").update({"sealedAccess": b"not sealed by us"})
    post = world.submit("Locked out", "x")
    world.live_until_quiet()
    run = world.run(post, "x")
    assert (run["status"], run["error"]["retryable"]) == ("failed", True)
    assert world.submission(post)["status"] == "failed"
    assert account(world, "x") == ("connected", "connected")


def test_a_refused_client_secret_delays_the_run_until_it_is_fixed(
    world: World, heard: pytest.LogCaptureFixture
) -> None:
    refused = {"status": 401, "body": {"error": "unauthorized_client"}}
    fault(world, "x", "POST /2/tweets", "expired_token")
    fault(world, "x", "POST /2/oauth2/token", "status", times=3, **refused)
    post = world.submit("Out of secrets", "x")
    world.deliver_due()
    run = world.run(post, "x")
    assert run["status"] == "processing"
    assert "X_CLIENT_SECRET" in run["error"]["message"]
    assert any("X_CLIENT_SECRET" in alert for alert in _alerts(heard))
    world.live_until_quiet()
    assert world.visible("x") == ["Out of secrets"]
    assert account(world, "x") == ("connected", "connected")


def test_used_up_credits_delay_the_run_and_alert_the_operator(
    world: World, heard: pytest.LogCaptureFixture
) -> None:
    fault(world, "x", "POST /2/tweets", "quota", variant="credits-depleted")
    post = world.submit("On credit", "x")
    world.deliver_due()
    assert world.run(post, "x")["status"] == "processing"
    assert any("credits" in alert for alert in _alerts(heard))
    world.live_until_quiet()
    assert world.visible("x") == ["On credit"]


@pytest.mark.full
def test_a_platform_that_keeps_asking_for_short_waits_is_given_up_after_a_day(
    world: World,
) -> None:
    fault(world, "x", "POST /2/tweets", "rate_limit", times=1000, retryAfter=3600)
    post = world.submit("Soon, soon", "x")
    world.live_until_quiet(timedelta(hours=30))
    run = world.run(post, "x")
    assert (run["status"], run["error"]["category"]) == ("failed", "rate_limited")
    assert run["error"]["retryable"] is True
