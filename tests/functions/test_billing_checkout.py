"""Users subscribe and manage their subscription on Stripe's pages."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.config import StripeSettings
from shared.gcp import payments as documents
from shared.gcp.firestore import StoreUnavailable
from tests.functions.api_client import error_of, faults_of
from tests.functions.paying import CHECKOUT, EVENTS, PAGES, PORTAL, Payments, payments
from tests.functions.signing_in import signed_in

__all__ = ["payments", "signed_in"]

BASIC = {"planId": "basic"}


def _result_of(url: str) -> list[str]:
    return parse_qs(urlsplit(url).query)["checkout"]


def _alerts(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """The fields of what was logged for the operator."""
    fields: list[dict[str, Any]] = [vars(line).get("fields", {}) for line in caplog.records]
    return [each for each in fields if each.get("operatorAction")]


def test_a_user_gets_a_page_of_stripe_for_the_plan(payments: Payments) -> None:
    session = payments.twin.sessions[payments.checkout()]
    assert session["price"] == "price_basic"
    for name, result in (("success_url", "completed"), ("cancel_url", "canceled")):
        assert session[name].startswith(f"{PAGES}/settings/billing?")
        assert _result_of(session[name]) == [result]
    [customer] = payments.twin.customers.values()
    assert customer["email"].startswith(payments.api.user_id)
    assert payments.stored() == {"status": "none", "stripeCustomerId": customer["id"]}
    owner = payments.api.world.parts.db.document(f"stripeCustomers/{customer['id']}").get()
    assert owner.to_dict() == {"userId": payments.api.user_id}


def test_a_user_is_one_customer_however_often_the_page_is_asked_for(payments: Payments) -> None:
    for _ in range(3):
        payments.checkout()
    assert len(payments.twin.customers) == 1
    assert len(payments.twin.sessions) == 3


@pytest.mark.parametrize("was_stored", [False, True])
def test_a_crash_after_stripe_created_the_customer_leaves_one_customer(
    payments: Payments, monkeypatch: pytest.MonkeyPatch, was_stored: bool
) -> None:
    plain = documents.commit

    def lost(batch: Any, landed: Callable[[], bool]) -> None:
        if was_stored:
            plain(batch, landed)
        raise StoreUnavailable("lost")

    with monkeypatch.context() as patch:
        patch.setattr(documents, "commit", lost)
        error_of(payments.call(CHECKOUT, BASIC), 500, "internal_error")
    assert payments.twin.sessions == {}
    payments.checkout()
    [customer_id] = payments.twin.customers
    assert payments.stored()["stripeCustomerId"] == customer_id


def test_a_user_who_pays_already_is_sent_to_the_portal(payments: Payments) -> None:
    subscription = payments.subscribe()
    # Also before Stripe has reported it.
    refused = payments.call(CHECKOUT, {"planId": "pro"})
    assert "/v1/billing/portal" in error_of(refused, 409, "invalid_state")["message"]
    answer = payments.call(PORTAL)
    assert answer.json["url"].startswith("https://billing.stripe.com/")
    payments.twin.change(subscription, status="canceled")
    payments.checkout("pro")


def test_the_portal_needs_a_customer(payments: Payments) -> None:
    refused = payments.call(PORTAL, {})
    assert "/v1/billing/checkout" in error_of(refused, 409, "invalid_state")["message"]
    assert payments.twin.requests == []


def test_no_key_can_subscribe(payments: Payments) -> None:
    for path, body in ((CHECKOUT, BASIC), (PORTAL, {})):
        refused = payments.api.call("POST", path, json=body)
        assert "Sign in" in error_of(refused, 403, "forbidden")["message"]
    assert payments.twin.requests == []


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, [("planId", "missing")]),
        ({"planId": "gold"}, [("planId", "invalid")]),
        ({"planId": 7}, [("planId", "invalid")]),
        ({**BASIC, "price": "price_pro"}, [("price", "unknown_field")]),
        ({**BASIC, "returnTo": "javascript:alert(1)"}, [("returnTo", "invalid_url")]),
        ({**BASIC, "returnTo": "https://evil.test/"}, [("returnTo", "invalid")]),
        ({**BASIC, "returnTo": f"{PAGES}@evil.test/"}, [("returnTo", "invalid")]),
        ({**BASIC, "returnTo": f"{PAGES}.evil.test/"}, [("returnTo", "invalid")]),
        ({**BASIC, "returnTo": f"{PAGES}\\@evil.test/"}, [("returnTo", "invalid")]),
        ({**BASIC, "returnTo": f"{PAGES}/{'a' * 2000}"}, [("returnTo", "invalid")]),
    ],
)
def test_a_wrong_request_reaches_neither_stripe_nor_a_document(
    payments: Payments, body: Any, faults: list[tuple[str, str]]
) -> None:
    answer = payments.call(CHECKOUT, body)
    assert [(field, code) for field, _, code in faults_of(answer)] == faults
    assert payments.twin.requests == []
    assert payments.stored() == {}


def test_the_browser_can_return_to_any_allowed_page(payments: Payments) -> None:
    settings = replace(payments.api.world.parts.settings, return_to_origins=("https://app.test",))
    payments.api.world.with_parts(settings=settings)
    for address in ("https://app.test/a?b=1&c=#d", f"{PAGES}/elsewhere"):
        url = payments.twin.sessions[payments.checkout(returnTo=address)]["success_url"]
        assert _result_of(url) == ["completed"]
        assert url.startswith(address.partition("#")[0].rstrip("="))
    without_pages = replace(settings, dashboard_url="")
    payments.api.world.with_parts(settings=without_pages)
    assert faults_of(payments.call(CHECKOUT, BASIC)) == [("returnTo", None, "missing")]


def test_a_failure_of_stripe_is_told_to_the_user_or_to_the_operator(
    payments: Payments, caplog: pytest.LogCaptureFixture
) -> None:
    payments.twin.broken = 503
    message = error_of(payments.call(CHECKOUT, BASIC), 500, "internal_error")["message"]
    assert "did not respond" in message
    assert len(payments.twin.requests) == 2, "repeated once"
    assert _alerts(caplog) == []
    payments.twin.broken = 0
    settings = payments.api.world.parts.settings
    wrong = StripeSettings("sk_test_another1", "whsec_x", settings.stripe.api_url)
    payments.api.world.with_parts(settings=replace(settings, stripe=wrong))
    message = error_of(payments.call(CHECKOUT, BASIC), 500, "internal_error")["message"]
    assert "STRIPE_SECRET_KEY" in message
    [alert] = _alerts(caplog)
    assert alert["status"] == 401
    assert "sk_test_another1" not in caplog.text + message


def test_a_price_that_stripe_does_not_know_is_told_to_the_operator(
    payments: Payments, caplog: pytest.LogCaptureFixture
) -> None:
    payments.twin.prices.remove("price_basic")
    message = error_of(payments.call(CHECKOUT, BASIC), 500, "internal_error")["message"]
    assert "BILLING_PLANS" in message
    [alert] = _alerts(caplog)
    assert alert["stripeCode"] == "resource_missing"


@pytest.mark.parametrize("mode", ["off", "manual"])
def test_without_stripe_there_is_nothing_to_pay(payments: Payments, mode: str) -> None:
    settings = payments.api.world.parts.settings
    billing = replace(settings.billing, mode=mode)
    payments.api.world.with_parts(settings=replace(settings, billing=billing))
    answers = [payments.call(CHECKOUT, BASIC), payments.call(PORTAL), payments.send(b"{}", "t=1")]
    for answer in answers:
        assert "Stripe" in error_of(answer, 404, "not_found")["message"]
    error_of(payments.api.call("POST", EVENTS, key=""), 401, "unauthorized")
