"""/settings/billing: the plan, what was used of it, and the way to Stripe."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import flask

from functions.dashboard.frame import framed
from functions.dashboard.visitor import Visitor, url_of, visitor
from functions.dashboard.words import State
from shared import clock, wiring
from shared.billing.addresses import stripe_pages
from shared.domain.subscription import (
    OFF,
    PAST_DUE,
    PAST_DUE_ACCESS,
    STAFF_PLAN,
    STRIPE,
    Billing,
    Plan,
    Subscription,
    denial,
)
from shared.gcp.usage import month_path, posts_of
from shared.gcp.users import subscription_from, subscription_path
from shared.platforms import registry
from shared.web import sessions
from shared.web.page_app import Stopped
from shared.web.pages import redirect_to
from shared.wiring import Parts

PATH = "/settings/billing"
_OPEN = State("Open to everybody", "circle-check", "success")
_STATES: Mapping[str, State] = {
    "active": State("Active", "circle-check", "success"),
    "trialing": State("Trial", "clock", "info"),
    "past_due": State("Payment failed", "triangle-alert", "warning"),
    "unpaid": State("Not paid", "circle-x", "danger"),
    "paused": State("Paused", "ban", "neutral"),
    "incomplete": State("Payment not finished", "triangle-alert", "warning"),
    "canceled": State("Ended", "ban", "neutral"),
    "incomplete_expired": State("Ended", "ban", "neutral"),
}
_NONE = State("No subscription", "ban", "neutral")
_OVER = State("Ended", "circle-x", "danger")
_ENDED = {"none", "canceled", "incomplete", "incomplete_expired"}


def show_billing() -> flask.Response:
    """`checkout`: how the user came back from Stripe."""
    parts = wiring.parts()
    month = clock.now()
    who = visitor(parts, reads=lambda user: [subscription_path(user), month_path(user, month)])
    billing = parts.settings.billing
    subscription = _subscription(who)
    plan = billing.plan_of(subscription)
    pays = billing.mode == STRIPE
    return framed(
        "dashboard/billing.html",
        who,
        parts,
        section="settings",
        title="Billing",
        form_targets=stripe_pages(parts.settings) if pays else (),
        mode=billing.mode,
        state=_state_of(subscription, billing),
        subscription=subscription,
        plan_name=_plan_name(subscription, plan),
        plan=plan,
        is_active=denial(subscription, billing, clock.now()) is None,
        ends=_end_of(subscription, billing),
        used=posts_of(who.documents[month_path(who.user_id, month)]),
        counts_posts=billing.counts_posts,
        # An hour earlier is in the same month for `%B` in UTC.
        month=f"{month:%B %Y}",
        offered=[_offered(each) for each in billing.plans.values()] if pays else [],
        can_subscribe=pays
        and subscription.status in _ENDED | {"trialing"}
        and (subscription.subscription_id is None or subscription.status in _ENDED),
        can_manage=pays and subscription.customer_id is not None,
        came_back=flask.request.args.get("checkout", "") if pays else "",
    )


def subscribe() -> flask.Response:
    """Go to Stripe, to subscribe to a plan."""
    who, parts = _payer()
    from shared.billing import checkout

    return redirect_to(
        checkout.begin(
            who.user_id,
            who.email,
            plan_id=flask.request.form.get("plan", ""),
            return_to=url_of(PATH),
            subscription=who.documents[subscription_path(who.user_id)],
            parts=parts,
        )
    )


def manage() -> flask.Response:
    """Go to Stripe, to change the plan, to pay or to cancel."""
    who, parts = _payer()
    from shared.billing import checkout

    snapshot = who.documents[subscription_path(who.user_id)]
    return redirect_to(checkout.portal(url_of(PATH), snapshot, parts))


def _payer() -> tuple[Visitor, Parts]:
    """Who sent a form that leads to Stripe. Raises Stopped."""
    parts = wiring.parts()
    sessions.require_own_post(flask.request, parts.settings)
    who = visitor(parts, reads=lambda user: [subscription_path(user)])
    if parts.settings.billing.mode != STRIPE:
        raise Stopped(
            "Payments with Stripe are turned off",
            "The operator decides who has a subscription.",
            HTTPStatus.NOT_FOUND,
            link=url_of(PATH),
            link_text="Back to billing",
        )
    return who, parts


def _subscription(who: Visitor) -> Subscription:
    return subscription_from(who.documents[subscription_path(who.user_id)])


def _state_of(subscription: Subscription, billing: Billing) -> State:
    if billing.mode == OFF:
        return _OPEN
    state = _STATES.get(subscription.status, _NONE)
    has_ended = denial(subscription, billing, clock.now()) is not None
    return _OVER if has_ended and subscription.status in ("active", "trialing") else state


def _end_of(subscription: Subscription, billing: Billing) -> tuple[str, datetime] | None:
    """What comes next, and when."""
    if billing.mode == OFF:
        return None
    if subscription.status == PAST_DUE and subscription.past_due_since:
        return "Publishing stops", subscription.past_due_since + PAST_DUE_ACCESS
    end = subscription.current_period_end
    # An operator gives a subscription without an end as one that ends in a far year.
    if end is None or end > clock.now() + timedelta(days=365 * 20):
        return None
    if end <= clock.now():
        return "Ended", end
    renews = subscription.subscription_id is not None and not subscription.is_ending
    return "Renews" if renews and subscription.status != "canceled" else "Ends", end


def _plan_name(subscription: Subscription, plan: Plan | None) -> str:
    if plan is not None:
        return plan.name
    return "Staff" if subscription.plan_id == STAFF_PLAN else ""


def _offered(plan: Plan) -> dict[str, Any]:
    return {
        "plan": plan,
        "platforms": [name for name in registry.names() if plan.includes(name)],
        "has_all": all(map(plan.includes, registry.names())),
    }
