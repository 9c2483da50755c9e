"""The pages of Stripe for a user: subscribing, and managing the subscription."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from shared.billing import stripe_api
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest, Violation
from shared.domain.subscription import Plan
from shared.gcp.firestore import read_all, retry_conflicts
from shared.gcp.payments import keep_customer
from shared.gcp.users import subscription_from, subscription_path
from shared.web.return_to import check_return_to
from shared.wiring import Parts

BILLING_PAGE = "settings/billing"
"""Of the dashboard: where the browser goes if the request does not say it."""


def begin(
    user_id: str,
    email: str,
    *,
    plan_id: str,
    return_to: str | None,
    subscription: Any,
    parts: Parts,
) -> str:
    """The URL of the page where a user subscribes to a plan. Raises ApiError.

    `subscription`: the snapshot of the stored one.
    """
    plan = _plan(plan_id, parts)
    back = _return_to(return_to, parts)
    customer_id = retry_conflicts(
        f"subscription of {user_id}",
        lambda: _read(user_id, parts),
        lambda snapshot: _customer(user_id, email, snapshot, parts),
        first=subscription,
    )
    known = stripe_api.subscriptions_of(customer_id, parts.settings)
    if any(paid.has_effect for paid in known):
        message = (
            "You already have a subscription. To change or pay it, use POST /v1/billing/portal."
        )
        raise ApiError(ErrorCode.INVALID_STATE, message)
    urls = {"success": _with(back, "completed"), "cancel": _with(back, "canceled")}
    return stripe_api.checkout_url(customer_id, user_id, plan.price_id, urls, parts.settings)


def portal(return_to: str | None, subscription: Any, parts: Parts) -> str:
    """The URL of the page where a user manages the subscription. Raises ApiError."""
    customer_id = subscription_from(subscription).customer_id
    back = _return_to(return_to, parts)
    if customer_id is None:
        message = "You have not subscribed yet. To subscribe, use POST /v1/billing/checkout."
        raise ApiError(ErrorCode.INVALID_STATE, message)
    return stripe_api.portal_url(customer_id, back, parts.settings)


def _customer(user_id: str, email: str, subscription: Any, parts: Parts) -> str:
    """The user's customer at Stripe, created and stored if there is none.

    If the answer of Stripe or the commit is lost, the next request gets the same customer.
    """
    stored = subscription_from(subscription).customer_id
    if stored is not None:
        return stored
    customer_id = stripe_api.create_customer(user_id, email, parts.settings)
    keep_customer(parts.db, user_id, customer_id, subscription)
    return customer_id


def _read(user_id: str, parts: Parts) -> Any:
    path = subscription_path(user_id)
    return read_all(parts.db, [path])[path]


def _plan(plan_id: str, parts: Parts) -> Plan:
    plans = parts.settings.billing.plans
    if plan_id not in plans:
        message = f"Unknown plan. Use one of: {', '.join(plans)}."
        raise InvalidRequest([Violation("planId", "invalid", message)])
    return plans[plan_id]


def _return_to(address: str | None, parts: Parts) -> str:
    if address is not None:
        check_return_to(address, parts.settings)
        return address
    if not parts.settings.dashboard_url:
        message = "Send returnTo: this deployment has no dashboard to return to."
        raise InvalidRequest([Violation("returnTo", "missing", message)])
    return f"{parts.settings.dashboard_url}/{BILLING_PAGE}"


def _with(address: str, result: str) -> str:
    """The address with the result in its query."""
    parts = urlsplit(address)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), ("checkout", result)])
    return urlunsplit(parts._replace(query=query))
