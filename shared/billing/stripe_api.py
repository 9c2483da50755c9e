"""Requests to Stripe. The only module that imports its library, which takes a while to load."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Annotated, Any

import stripe
from pydantic import BaseModel, Field

from shared import logs
from shared.config import ConfigurationError, Settings, StripeSettings
from shared.domain.errors import ApiError, ErrorCode
from shared.domain.payments import PaidSubscription

log = logs.logger("billing")

API_VERSION = "2026-10-28.endive"
"""The one that this code was written for. In Stripe's dashboard, the webhook endpoint needs no
version of its own: of an event, only its ID, its type and the customer are read."""
TOLERANCE_SECONDS = 300
"""How old the signature of an event may be, as Stripe's libraries have it."""
# Seconds to connect, and for each part of an answer. Stripe waits for a webhook longer than for
# both together.
_TIMEOUTS = (3.05, 10.0)
# More subscriptions than any customer has; the newest come first.
_MOST_SUBSCRIPTIONS = 100


class StripeFailed(ApiError):
    """Stripe did not answer, or refused the request."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorCode.INTERNAL_ERROR, message)


class BadSignature(Exception):
    """An event is not signed by Stripe, or was signed too long ago."""


@dataclass(frozen=True)
class Event:
    event_id: str
    kind: str
    customer_id: str | None


class _Subject(BaseModel):
    customer: Any = None


class _Data(BaseModel):
    object: _Subject


class _SignedEvent(BaseModel):
    """What Soku reads of an event of Stripe: never the state in it, which may be outdated."""

    id: Annotated[str, Field(pattern="^[A-Za-z0-9_]+$", max_length=255)]
    type: str
    data: _Data


def verified(payload: bytes, header: str, settings: Settings) -> Event:
    """The event of a webhook. Raises BadSignature, ConfigurationError."""
    secret = settings.stripe.webhook_secret
    if not secret:
        raise ConfigurationError("STRIPE_WEBHOOK_SECRET is not set: this function reads events.")
    try:
        stripe.WebhookSignature.verify_header(payload, header, secret, TOLERANCE_SECONDS)
        event = _SignedEvent.model_validate_json(payload)
    except stripe.SignatureVerificationError as error:
        raise BadSignature(str(error.user_message)) from error
    except (ValueError, TypeError) as error:
        # Bytes that are not UTF-8, a signature that is not ASCII, or something that is no event.
        raise BadSignature(type(error).__name__) from error
    customer = event.data.object.customer
    return Event(event.id, event.type, customer if isinstance(customer, str) else None)


def create_customer(user_id: str, email: str, settings: Settings) -> str:
    """The ID of the user's customer. Asked again within a day, Stripe returns the same one."""
    key = sha256(f"{user_id}\n{email}".encode()).hexdigest()
    with _asking():
        customer = _client(settings).v1.customers.create(
            {"email": email, "metadata": {"userId": user_id}},
            {"idempotency_key": f"soku-customer-{key}"},
        )
    return customer.id


def delete_customer(customer_id: str, settings: Settings) -> None:
    """End a customer's subscriptions at once, and delete the customer; again is no error.

    Raises StripeFailed.
    """
    with suppress(_Missing), _asking():
        _client(settings).v1.customers.delete(customer_id)


def subscriptions_of(customer_id: str, settings: Settings) -> list[PaidSubscription]:
    """All subscriptions of a customer as they are now, also the canceled ones."""
    try:
        with _asking():
            listed = _client(settings).v1.subscriptions.list(
                {"customer": customer_id, "status": "all", "limit": _MOST_SUBSCRIPTIONS}
            )
    except _Missing:
        return []
    return [_paid(each) for each in listed.data]


def checkout_url(
    customer_id: str, user_id: str, price_id: str, urls: Mapping[str, str], settings: Settings
) -> str:
    """The page of Stripe where the customer subscribes. `urls`: success and cancel."""
    with _asking():
        session = _client(settings).v1.checkout.sessions.create(
            {
                "mode": "subscription",
                "customer": customer_id,
                "client_reference_id": user_id,
                "line_items": [{"price": price_id, "quantity": 1}],
                "subscription_data": {"metadata": {"userId": user_id}},
                "success_url": urls["success"],
                "cancel_url": urls["cancel"],
            }
        )
    return _url_of(session)


def portal_url(customer_id: str, return_url: str, settings: Settings) -> str:
    """The page of Stripe where the customer manages the subscription."""
    with _asking():
        session = _client(settings).v1.billing_portal.sessions.create(
            {"customer": customer_id, "return_url": return_url}
        )
    return _url_of(session)


class _Missing(StripeFailed):
    """The object does not exist at Stripe."""


def _url_of(session: Any) -> str:
    if not session.url:
        raise StripeFailed("Stripe returned no page. Send the request again.")
    return str(session.url)


@contextmanager
def _asking() -> Iterator[None]:
    """Raises StripeFailed for every failure of a request."""
    try:
        yield
    except stripe.InvalidRequestError as error:
        raise _refused(error, missing=error.code == "resource_missing") from error
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        log.warning("stripe unavailable: %s", type(error).__name__)
        raise _unavailable() from error
    except stripe.StripeError as error:
        if error.http_status is not None and error.http_status >= 500:
            log.warning("stripe unavailable: %s", error.http_status)
            raise _unavailable() from error
        raise _refused(error) from error


def _unavailable() -> StripeFailed:
    return StripeFailed("Stripe did not respond. Nothing was paid. Send the request again.")


def _refused(error: stripe.StripeError, *, missing: bool = False) -> StripeFailed:
    log.error(
        "stripe refused a request",
        extra=logs.fields(
            operatorAction=True,
            status=error.http_status,
            stripeCode=error.code,
            stripeRequestId=error.request_id,
        ),
    )
    return (_Missing if missing else StripeFailed)(
        "Stripe refused the request. Nothing was paid. The operator must check STRIPE_SECRET_KEY, "
        "BILLING_PLANS and Stripe's dashboard."
    )


def _paid(subscription: stripe.Subscription) -> PaidSubscription:
    items = subscription["items"].data
    ends = {item.price.id: _moment(item.current_period_end) for item in items}
    # With flexible billing, the portal sets the time instead of the flag
    # (docs.stripe.com/billing/subscriptions/billing-mode/compare, read 2026-11-28).
    cancel_at = _moment(subscription.cancel_at) if subscription.cancel_at else None
    ends_by_time = cancel_at is not None and cancel_at <= max(ends.values(), default=cancel_at)
    return PaidSubscription(
        subscription_id=subscription.id,
        status=subscription.status,
        created=_moment(subscription.created),
        price_ends=ends,
        is_ending=subscription.cancel_at_period_end or ends_by_time,
        trial_end=_moment(subscription.trial_end) if subscription.trial_end else None,
    )


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _client(settings: Settings) -> stripe.StripeClient:
    """Raises ConfigurationError."""
    if not settings.stripe.secret_key:
        raise ConfigurationError("STRIPE_SECRET_KEY is not set: this function calls Stripe.")
    return _client_for(settings.stripe)


@cache
def _client_for(settings: StripeSettings) -> stripe.StripeClient:
    return stripe.StripeClient(
        settings.secret_key,
        stripe_version=API_VERSION,
        base_addresses={"api": settings.api_url} if settings.api_url else None,
        # The request has its own idempotency key, so it can be repeated.
        max_network_retries=1,
        http_client=stripe.RequestsClient(timeout=_TIMEOUTS),
    )
