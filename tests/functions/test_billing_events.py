"""Stripe's events: whatever arrives, and in whatever order, the stored subscription is Stripe's."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from functions.api.body import MAX_BYTES
from shared import clock
from shared.gcp import payments as documents
from shared.gcp.firestore import StoreUnavailable
from shared.gcp.owned import owned_names
from shared.users.leaving import begin
from tests.functions.api_client import ApiClient, error_of, post
from tests.functions.paying import EVENTS, Payments, payments
from tests.functions.signing_in import signed_in

__all__ = ["payments", "signed_in"]

NEW = ("status", "planId", "currentPeriodEnd", "cancelAtPeriodEnd", "stripeSubscriptionId")


def _can_post(api: ApiClient) -> bool:
    answer = api.send(post(f"At {clock.now()}"))
    assert answer.status_code in (201, 403), answer.text
    return answer.status_code == 201


def test_a_user_who_pays_can_publish_until_the_subscription_ends(payments: Payments) -> None:
    assert not _can_post(payments.api)
    subscription = payments.subscribe("pro")
    assert not _can_post(payments.api), "Stripe has reported nothing yet"
    assert payments.report(subscription, "created").json == {"received": True}
    stored = payments.stored()
    assert [stored[name] for name in NEW] == [
        "active",
        "pro",
        payments.period_end(subscription),
        False,
        subscription,
    ]
    assert _can_post(payments.api)
    payments.twin.change(subscription, status="canceled")
    payments.report(subscription, "deleted")
    assert payments.stored()["status"] == "canceled"
    assert not _can_post(payments.api)


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        ("active", True),
        ("trialing", True),
        ("past_due", True),
        ("unpaid", False),
        ("incomplete", False),
        ("incomplete_expired", False),
        ("canceled", False),
        ("paused", False),
        ("a_later_status", False),
    ],
)
def test_each_status_of_stripe_gives_access_or_does_not(
    payments: Payments, status: str, allowed: bool
) -> None:
    subscription = payments.subscribe("pro", status=status)
    assert payments.report(subscription).status_code == 200
    assert payments.stored()["status"] == status
    assert _can_post(payments.api) is allowed


def test_a_payment_that_failed_leaves_seven_days_from_its_first_report(payments: Payments) -> None:
    subscription = payments.subscribe("pro")
    payments.report(subscription)
    payments.twin.change(subscription, status="past_due")
    before = clock.now()
    payments.report(subscription)
    since = payments.stored()["pastDueSince"]
    assert before <= since <= clock.now()
    payments.api.world.advance(timedelta(days=6, hours=23))
    # Stripe tries to collect the payment again, and reports it again.
    payments.report(subscription)
    assert payments.stored()["pastDueSince"] == since
    assert _can_post(payments.api)
    payments.api.world.advance(timedelta(hours=2))
    assert not _can_post(payments.api)
    payments.twin.change(subscription, status="active", period_end=_in_days(30))
    payments.report(subscription)
    assert "pastDueSince" not in payments.stored()
    assert _can_post(payments.api)
    payments.twin.change(subscription, status="past_due")
    payments.report(subscription)
    assert payments.stored()["pastDueSince"] > since, "the next failure has its own seven days"


def _in_days(days: int) -> int:
    return int((clock.now() + timedelta(days=days)).timestamp())


def test_a_period_is_extended_by_the_report_and_not_forgotten_while_it_is_late(
    payments: Payments,
) -> None:
    subscription = payments.subscribe("pro")
    payments.report(subscription)
    payments.api.world.advance(timedelta(days=30, hours=1))
    assert _can_post(payments.api), "Stripe has begun a new period and will report it"
    payments.twin.change(subscription, period_end=_in_days(30))
    payments.report(subscription)
    assert payments.stored()["currentPeriodEnd"] == payments.period_end(subscription)
    payments.api.world.advance(timedelta(days=33, hours=1))
    assert not _can_post(payments.api), "Stripe has reported nothing for days"


@pytest.mark.parametrize("how", ["cancel_at_period_end", "cancel_at"])
def test_a_subscription_that_was_canceled_for_the_end_of_the_period_ends_then(
    payments: Payments, how: str
) -> None:
    subscription = payments.subscribe("pro")
    end = int(payments.period_end(subscription).timestamp())
    payments.twin.change(subscription, **{how: True if how == "cancel_at_period_end" else end})
    payments.report(subscription)
    assert payments.stored()["cancelAtPeriodEnd"] is True
    assert _can_post(payments.api)
    payments.api.world.advance(timedelta(days=30, seconds=1))
    assert not _can_post(payments.api)


def test_a_subscription_that_ends_in_a_later_period_is_renewed_until_then(
    payments: Payments,
) -> None:
    subscription = payments.subscribe("pro", cancel_at=_in_days(100))
    payments.report(subscription)
    assert payments.stored()["cancelAtPeriodEnd"] is False
    payments.api.world.advance(timedelta(days=30, seconds=1))
    assert _can_post(payments.api)


def test_events_out_of_order_store_what_stripe_says_now(payments: Payments) -> None:
    first = payments.subscribe("basic")
    subject = dict(payments.twin.subscriptions[first])
    created = payments.twin.signed(subject, "customer.subscription.created")
    payments.twin.change(first, status="canceled")
    deleted = payments.twin.signed(
        payments.twin.subscriptions[first], "customer.subscription.deleted"
    )
    second = payments.subscribe("pro")
    again = payments.twin.signed(
        payments.twin.subscriptions[second], "customer.subscription.created"
    )
    for each in (again, deleted, created):
        assert payments.send(*each).status_code == 200
        stored = payments.stored()
        assert (stored["status"], stored["planId"]) == ("active", "pro")
        assert stored["stripeSubscriptionId"] == second


def test_an_event_that_arrives_twice_is_applied_once(payments: Payments) -> None:
    subscription = payments.subscribe("pro")
    payments.report(subscription, event_id=payments.event_id)
    requests = len(payments.twin.requests)
    payments.twin.change(subscription, status="canceled")
    assert payments.report(subscription, event_id=payments.event_id).status_code == 200
    assert len(payments.twin.requests) == requests, "Stripe was not asked"
    assert payments.stored()["status"] == "active"
    event = (
        payments.api.world.parts.db.document(f"stripeEvents/{payments.event_id}").get().to_dict()
    )
    assert event["userId"] == payments.api.user_id
    assert event["expiresAt"] > clock.now() + timedelta(days=30)


def test_a_newer_state_is_not_overwritten_by_a_request_that_read_an_older_one(
    payments: Payments,
) -> None:
    """The first event is held up between Stripe's answer and the commit; the second overtakes."""
    subscription = payments.subscribe("pro")
    answered, overtaken = threading.Event(), threading.Event()

    def hold() -> None:
        payments.twin.before_answer = lambda: None
        answered.set()
        assert overtaken.wait(30)

    real = payments.twin._subscriptions

    def frozen(sent: dict[str, str]) -> Any:
        # The answer has the state of the moment in which Stripe got the request.
        return json.loads(json.dumps(real(sent)))

    payments.twin._subscriptions = frozen  # type: ignore[method-assign]
    payments.twin.before_answer = hold
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(payments.report, subscription, event_id=payments.event_id)
        assert answered.wait(30)
        payments.twin.change(subscription, status="canceled")
        assert payments.report(subscription).status_code == 200
        assert payments.stored()["status"] == "canceled"
        overtaken.set()
        assert held.result(30).status_code == 200
    assert payments.stored()["status"] == "canceled"


@pytest.mark.parametrize("was_stored", [False, True])
def test_an_event_whose_commit_fails_is_applied_when_stripe_sends_it_again(
    payments: Payments, monkeypatch: pytest.MonkeyPatch, was_stored: bool
) -> None:
    subscription = payments.subscribe("pro")
    plain = documents.commit

    def lost(batch: Any, landed: Callable[[], bool]) -> None:
        if was_stored:
            plain(batch, landed)
        raise StoreUnavailable("lost")

    with monkeypatch.context() as patch:
        patch.setattr(documents, "commit", lost)
        failed = payments.report(subscription, event_id=payments.event_id)
        assert "Send it again" in error_of(failed, 500, "internal_error")["message"]
    assert payments.stored()["status"] == ("active" if was_stored else "none")
    assert payments.report(subscription, event_id=payments.event_id).status_code == 200
    assert payments.stored()["status"] == "active"


@pytest.mark.parametrize("status", [429, 500, 401])
def test_an_event_is_not_acknowledged_while_stripe_does_not_answer(
    payments: Payments, status: int
) -> None:
    subscription = payments.subscribe("pro")
    payments.twin.broken = status
    error_of(payments.report(subscription, event_id=payments.event_id), 500, "internal_error")
    assert payments.stored()["status"] == "none"
    payments.twin.broken = 0
    assert payments.report(subscription, event_id=payments.event_id).status_code == 200
    assert payments.stored()["status"] == "active"


def test_unsigned_and_changed_events_are_refused_and_change_nothing(payments: Payments) -> None:
    subscription = payments.subscribe("pro")
    subject, kind = payments.twin.subscriptions[subscription], "customer.subscription.updated"
    payload, signature = payments.twin.signed(subject, kind)
    old, its_signature = payments.twin.signed(subject, kind, age_seconds=301)
    at, _, digest = signature.partition(",v1=")
    refused = {
        "another body": (payload + b" ", signature),
        "another time": (payload, f"t={int(at[2:]) + 1},v1={digest}"),
        "another scheme": (payload, f"{at},v0={digest}"),
        "no digest": (payload, at),
        "no time": (payload, f"v1={digest}"),
        "not ASCII": (payload, f"{at},v1=é"),
        "nonsense": (payload, "=,=,t"),
        "too old": (old, its_signature),
        "not UTF-8": (b"\xff", signature),
        "no event": (b"[]", payments.twin.signature(b"[]")),
    }
    for name, (body, header) in refused.items():
        error = error_of(payments.send(body, header), 401, "unauthorized")
        assert "Stripe-Signature" in error["message"], name
    unsigned = payments.api.call("POST", EVENTS, key="", data=payload)
    assert "missing" in error_of(unsigned, 401, "unauthorized")["message"]
    assert payments.stored()["status"] == "none"
    assert payments.send(payload, signature).status_code == 200


@pytest.mark.full
def test_strangers_are_limited_and_signed_events_are_not(payments: Payments) -> None:
    subscription = payments.subscribe("pro")
    statuses = [payments.send(b"{}", "t=1,v1=0").status_code for _ in range(30)]
    assert (statuses.count(401), statuses.count(429)) == (25, 5)
    assert [payments.report(subscription).status_code for _ in range(30)] == [200] * 30


def test_the_body_of_an_event_is_bounded(payments: Payments) -> None:
    payload = b" " * (MAX_BYTES + 1)
    error_of(payments.send(payload, payments.twin.signature(payload)), 413, "payload_too_large")
    assert payments.send(b"{}", "t=1,v1=0").status_code == 401


def test_events_about_others_are_acknowledged_and_change_nothing(payments: Payments) -> None:
    subscription = payments.subscribe("pro")
    subject = payments.twin.subscriptions[subscription]
    requests = len(payments.twin.requests)
    others = [
        ({**subject, "customer": "cus_elsewhere"}, "customer.subscription.updated"),
        ({**subject, "customer": None}, "customer.subscription.updated"),
        (subject, "customer.subscription.trial_will_end"),
        ({"id": "ch_1"}, "charge.succeeded"),
    ]
    for changed, kind in others:
        assert payments.send(*payments.twin.signed(changed, kind)).status_code == 200
    assert payments.stored()["status"] == "none"
    assert len(payments.twin.requests) == requests


def test_a_user_who_was_deleted_is_not_brought_back(payments: Payments) -> None:
    subscription = payments.subscribe("pro")
    db, user_id = payments.api.world.parts.db, payments.api.user_id
    db.document(f"users/{user_id}/subscription/current").delete()
    db.document(f"users/{user_id}").delete()
    assert payments.report(subscription).status_code == 200
    assert payments.stored() == {}


@pytest.mark.full
def test_a_user_who_is_deleted_stops_paying_before_anything_else_of_the_payment_goes(
    payments: Payments,
) -> None:
    subscription_id = payments.subscribe()
    payments.report(subscription_id)
    world, twin = payments.api.world, payments.twin
    begin(payments.api.user_id, world.parts)
    twin.broken = 500
    world.sweep()
    assert list(twin.customers) == [twin.subscriptions[subscription_id]["customer"]]
    assert payments.stored()["stripeCustomerId"] in twin.customers
    twin.broken = 0
    world.advance(timedelta(minutes=3))
    world.sweep()
    assert twin.customers == {}
    assert twin.subscriptions[subscription_id]["status"] == "canceled"
    for name in ("stripeCustomers", "stripeEvents"):
        assert owned_names(world.parts.db, name, payments.api.user_id) == []
    assert payments.report(subscription_id, "deleted").status_code == 200
    assert payments.stored() == {}


def test_a_trial_stays_until_a_subscription_has_an_effect(payments: Payments) -> None:
    end = clock.now() + timedelta(days=5)
    payments.api.world.add_user(payments.api.user_id, status="trialing", current_period_end=end)
    subscription = payments.subscribe("pro", status="incomplete")
    payments.report(subscription)
    stored = payments.stored()
    assert (stored["status"], stored["currentPeriodEnd"]) == ("trialing", end)
    payments.twin.change(subscription, status="active")
    payments.report(subscription)
    assert payments.stored()["status"] == "active"


def test_a_price_that_no_plan_has_keeps_the_plan_and_alerts_the_operator(
    payments: Payments, caplog: pytest.LogCaptureFixture
) -> None:
    subscription = payments.subscribe("basic")
    payments.report(subscription)
    payments.twin.change(subscription, price="price_of_last_year")
    payments.report(subscription)
    assert (payments.stored()["status"], payments.stored()["planId"]) == ("active", "basic")
    assert "price of a subscription is in no plan" in caplog.text
    payments.twin.change(subscription, price="price_pro")
    payments.report(subscription)
    assert payments.stored()["planId"] == "pro"


def test_the_users_own_limits_survive_every_event(payments: Payments) -> None:
    payments.api.world.add_user(payments.api.user_id, status="canceled", limits={"posts": 5})
    subscription = payments.subscribe("basic")
    payments.report(subscription)
    assert payments.stored()["limits"] == {"posts": 5}
