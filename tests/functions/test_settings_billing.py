"""/settings/billing: what holds, in each mode, and the way to Stripe."""

import re
from datetime import timedelta
from typing import Any

import pytest

from shared import clock
from shared.domain.subscription import Billing
from shared.gcp.users import subscription_path
from tests.functions.api_client import ApiClient
from tests.functions.paying import PLANS, Payments, payments
from tests.functions.signed_in_browser import SignedInBrowser, browser
from tests.functions.signing_in import signed_in

__all__ = ["browser", "payments", "signed_in"]
PATH = "/settings/billing"


def _store(browser: SignedInBrowser, **fields: Any) -> None:
    browser.db.document(subscription_path(browser.api.user_id)).set(fields)


def _actions(page: str) -> set[str]:
    return set(re.findall(r'action="https://soku.test(/settings/billing[^"]*)"', page))


def test_without_plans_there_is_nothing_to_press(browser: SignedInBrowser) -> None:
    browser.configure(billing=Billing())
    page = browser.page(PATH)
    assert "Open to everybody" in page
    assert _actions(page) == set()
    browser.configure(billing=Billing("manual", PLANS))
    page = browser.page(PATH)
    assert "The operator manages subscriptions" in page
    assert _actions(page) == set()
    csrf = {"csrf": dict(browser.form(PATH, "/sign-out").fields)["csrf"], "plan": "basic"}
    for action in ("subscribe", "manage"):
        assert browser.post(f"{PATH}/{action}", csrf).status_code == 404


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "active", "planId": "basic", "days": 9}, ["Active", "Basic", "Ends", " of 3"]),
        ({"status": "active", "planId": "basic", "days": -9}, [">Ended<", "publishing needs"]),
        ({"status": "trialing", "days": 3}, ["Trial", "Ends"]),
        ({"status": "past_due", "planId": "pro", "pastDueSince": 0}, ["Payment failed", "stops"]),
        ({"status": "canceled"}, ["Ended", "publishing needs"]),
        ({}, ["No subscription", "Ask the operator"]),
    ],
)
def test_the_state_is_in_words(
    browser: SignedInBrowser, fields: dict[str, Any], words: list[str]
) -> None:
    browser.configure(billing=Billing("manual", PLANS))
    stored = {name: value for name, value in fields.items() if name != "days"}
    if "days" in fields:
        stored["currentPeriodEnd"] = clock.now() + timedelta(days=fields["days"])
    if "pastDueSince" in fields:
        stored["pastDueSince"] = clock.now()
    _store(browser, **stored)
    text = re.sub("<svg.*?</svg>", "", browser.page(PATH), flags=re.DOTALL)
    for each in words:
        assert each in text, text


def test_the_posts_of_the_month_are_shown(api: ApiClient, browser: SignedInBrowser) -> None:
    browser.configure(billing=Billing("manual", PLANS))
    end = clock.now() + timedelta(days=30)
    _store(browser, status="active", planId="basic", currentPeriodEnd=end)
    for text in ("One", "Two"):
        api.accept({"post": {"content": {"text": text, "platform": "x"}}})
    page = browser.page(PATH)
    assert "<strong>2</strong> of 3" in page
    assert 'value="2" max="3"' in page


def test_a_user_subscribes_and_manages_on_stripes_pages(payments: Payments) -> None:
    browser = SignedInBrowser(payments.api)
    page = browser.get(PATH)
    assert _actions(page.text) == {f"{PATH}/subscribe"}
    assert "3 posts a month" in page.text
    [rule] = re.findall("form-action ([^;]*)", page.headers["Content-Security-Policy"])
    assert {"https://checkout.stripe.com", "https://billing.stripe.com"} <= set(rule.split())
    form = browser.form(PATH, f"{PATH}/subscribe")
    unknown = browser.post(f"{PATH}/subscribe", dict(form.fields) | {"plan": "gold"})
    assert unknown.status_code == 400
    begun = browser.submit(PATH, f"{PATH}/subscribe", plan="basic")
    checkout = payments.twin.sessions[begun.headers["Location"]]
    assert checkout["success_url"] == f"https://soku.test{PATH}?checkout=completed"
    assert "Thank you. Your payment is being" in browser.page(checkout["success_url"])
    assert "Nothing was paid" in browser.page(checkout["cancel_url"])
    subscription = payments.twin.pay(begun.headers["Location"])
    assert payments.report(subscription, "created").status_code == 200
    page = browser.get(checkout["success_url"])
    assert "Your subscription is active." in page.text
    assert "Renews" in page.text
    assert _actions(page.text) == {f"{PATH}/manage"}
    managed = browser.submit(PATH, f"{PATH}/manage")
    assert managed.headers["Location"].startswith("https://billing.stripe.com/")
