"""What must still hold when a run is about to start."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.accounts import Account, AccountStatus
from shared.domain.gates import Gates, not_connected, refusal
from shared.domain.subscription import Billing, Plan, Subscription
from tests.domain.examples import NOW, a_run

SECOND = timedelta(seconds=1)
PAID = Subscription("active", current_period_end=NOW + timedelta(days=1))
ACCOUNT = Account("ann", "x", "x_ann", "7", "ann")
OPEN = Gates(PAID, ACCOUNT, "X", Billing("manual"))


def test_a_paid_and_connected_account_passes() -> None:
    assert refusal(a_run(), OPEN, NOW) is None


@pytest.mark.parametrize(
    ("status", "active"),
    [("trialing", True), ("past_due", False), ("canceled", False), ("none", False)],
)
def test_only_a_trial_or_a_paid_period_publishes(status: str, active: bool) -> None:
    gates = replace(OPEN, subscription=replace(PAID, status=status))
    error = refusal(a_run(), gates, NOW)
    assert (error is None) == active
    if error:
        assert error.category == "subscription_inactive"
        assert error.retryable
        assert "Renew it" in error.message


@pytest.mark.parametrize("end", [None, NOW, NOW - SECOND])
def test_a_past_period_publishes_nothing(end) -> None:
    gates = replace(OPEN, subscription=replace(PAID, current_period_end=end))
    error = refusal(a_run(), gates, NOW)
    assert error is not None
    assert error.category == "subscription_inactive"


def test_a_platform_that_the_plan_does_not_include_is_not_published_to() -> None:
    plans = {"basic": Plan("basic", "Basic", platforms=frozenset({"threads"}))}
    gates = replace(OPEN, billing=Billing("manual", plans))
    assert refusal(a_run(), gates, NOW) is None, "the subscription has another plan"
    gates = replace(gates, subscription=replace(PAID, plan_id="basic"))
    error = refusal(a_run(), gates, NOW)
    assert error is not None
    assert error.category == "subscription_inactive"
    expected = "Your plan Basic does not include X. Change your plan, then retry the post."
    assert error.message == expected
    assert refusal(a_run(platform="threads"), gates, NOW) is None


def test_without_billing_everybody_publishes() -> None:
    nothing = replace(OPEN, subscription=Subscription("none"), billing=Billing())
    assert refusal(a_run(), nothing, NOW) is None


def test_a_removed_account_must_be_connected_again() -> None:
    error = refusal(a_run(), replace(OPEN, account=None), NOW)
    assert error == not_connected("x_ann", "X")
    assert error is not None
    assert error.category == "account_disconnected"
    assert "The X account x_ann" in error.message
    assert "Connect it again, then retry the post." in error.message


@pytest.mark.parametrize(
    ("status", "goes"),
    [
        (AccountStatus.CONNECTED, True),
        (AccountStatus.EXPIRING, True),
        (AccountStatus.RECONNECT_REQUIRED, False),
    ],
)
def test_an_ended_authorization_must_be_renewed(status: AccountStatus, goes: bool) -> None:
    error = refusal(a_run(), replace(OPEN, account=replace(ACCOUNT, status=status)), NOW)
    assert (error is None) == goes
    if error:
        assert error.category == "auth_expired"
        assert "X account x_ann" in error.message
        assert error.retryable


def test_a_run_may_start_until_its_notafter_and_not_later() -> None:
    assert refusal(a_run(not_after=NOW), OPEN, NOW) is None
    error = refusal(a_run(not_after=NOW - SECOND), OPEN, NOW)
    assert error is not None
    assert error.category == "expired"
    assert error.retryable
    assert "2030-03-01 11:59:59 UTC" in error.message


def test_a_run_that_has_started_in_time_goes_on_after_its_notafter() -> None:
    started = a_run(not_after=NOW - SECOND, started_at=NOW - 2 * SECOND)
    assert refusal(started, OPEN, NOW) is None
