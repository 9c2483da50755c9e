"""Fixtures for users who pay with Stripe: a twin of Stripe, and its events."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug.test import TestResponse

from local.stripe.twin import StripeTwin
from shared.billing.stripe_api import API_VERSION
from shared.config import StripeSettings
from shared.domain.subscription import Billing, Plan
from shared.gcp.users import subscription_path
from tests.functions.api_client import ApiClient
from tests.signed_in import SignedIn

EVENTS, CHECKOUT, PORTAL = (f"/v1/billing/{name}" for name in ("stripe", "checkout", "portal"))
SECRET, WEBHOOK_SECRET = "sk_test_ofatwin123", "whsec_ofatwin123"
PLANS = {
    "basic": Plan(
        "basic", "Basic", "price_basic", {"posts": 7}, 3, frozenset({"x", "threads", "linkedin"})
    ),
    "pro": Plan("pro", "Pro", "price_pro"),
}
PAGES = "https://soku.test"


@dataclass
class Payments:
    """Stripe, and a user of Soku who may pay there."""

    twin: StripeTwin
    api: ApiClient
    signed_in: SignedIn

    @property
    def event_id(self) -> str:
        """Of one event of this user."""
        return f"evt_{self.api.user_id}"

    def call(self, path: str, body: Any = None, **more: Any) -> TestResponse:
        """One request of the user in person."""
        headers = self.signed_in.headers(self.api.user_id)
        return self.api.call("POST", path, key="", headers=headers, json=body, **more)

    def checkout(self, plan: str = "basic", **more: Any) -> str:
        """The page of Stripe on which the user subscribes."""
        answer = self.call(CHECKOUT, {"planId": plan, **more})
        assert answer.status_code == 200, answer.text
        url: str = answer.json["url"]
        return url

    def subscribe(self, plan: str = "basic", **changes: Any) -> str:
        """Subscribe and pay. Stripe has reported nothing yet."""
        return self.twin.pay(self.checkout(plan), **changes)

    def report(self, subscription_id: str, kind: str = "updated", **more: Any) -> TestResponse:
        """Deliver an event about the subscription as it is now."""
        subject = self.twin.subscriptions[subscription_id]
        return self.send(*self.twin.signed(subject, f"customer.subscription.{kind}", **more))

    def send(self, payload: bytes, signature: str, **more: Any) -> TestResponse:
        headers = {"Content-Type": "application/json", "Stripe-Signature": signature}
        return self.api.call("POST", EVENTS, key="", data=payload, headers=headers, **more)

    def stored(self) -> dict[str, Any]:
        """The user's subscription."""
        path = subscription_path(self.api.user_id)
        return self.api.world.parts.db.document(path).get().to_dict() or {}

    def period_end(self, subscription_id: str) -> datetime:
        [item] = self.twin.subscriptions[subscription_id]["items"]["data"]
        return datetime.fromtimestamp(item["current_period_end"], UTC)


@pytest.fixture
def payments(api: ApiClient, signed_in: SignedIn) -> Iterator[Payments]:
    """A user without a subscription, where BILLING=stripe."""
    twin = StripeTwin(
        secret_key=SECRET,
        webhook_secret=WEBHOOK_SECRET,
        version=API_VERSION,
        prices={"price_basic", "price_pro"},
    )
    server = twin.serve()
    server.start()
    world = api.world
    settings = replace(
        world.parts.settings,
        billing=Billing("stripe", PLANS),
        stripe=StripeSettings(SECRET, WEBHOOK_SECRET, server.url),
        dashboard_url=PAGES,
    )
    world.with_parts(settings=settings)
    world.parts.db.document(subscription_path(api.user_id)).delete()
    yield Payments(twin, api, signed_in)
    server.stop()
