"""A user's subscription, the plans, and what they allow.

`denial` is the one decision about access: the API, the orchestrator and the publisher ask it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared.domain.errors import ApiError, ErrorCode

OFF, MANUAL, STRIPE = "off", "manual", "stripe"
BILLING_MODES = (OFF, MANUAL, STRIPE)
PAID_STATUSES = frozenset({"trialing", "active"})
PAST_DUE = "past_due"
STAFF_PLAN = "staff"
# How long a user whose payment failed can still publish, while Stripe tries to collect it again.
PAST_DUE_ACCESS = timedelta(days=7)
# Stripe reports a new period after it has begun, and repeats a report that failed for three days
# (docs.stripe.com/webhooks, read 2026-11-28). Until then, the end of the old period says nothing.
RENEWAL_LEEWAY = timedelta(days=3)
RATE_LIMIT_NAMES = ("overall", "posts", "media", "templates")
POSTS_PER_MONTH = "postsPerMonth"


@dataclass(frozen=True)
class Plan:
    """What a user pays for. Without limits and platforms of its own, everything is allowed."""

    plan_id: str
    name: str
    price_id: str = ""
    """Stripe's ID of the price."""
    rate_limits: Mapping[str, int] = field(default_factory=dict)
    """Requests per minute by scope, which replace the configured ones."""
    posts_per_month: int | None = None
    platforms: frozenset[str] | None = None

    def includes(self, platform: str) -> bool:
        return self.platforms is None or platform in self.platforms


@dataclass(frozen=True)
class Billing:
    """How this deployment decides about access."""

    mode: str = OFF
    """One of BILLING_MODES."""
    plans: Mapping[str, Plan] = field(default_factory=dict)
    """By ID."""
    trial_days: int = 0

    @property
    def counts_posts(self) -> bool:
        """Whether any plan has a monthly limit."""
        has_limit = any(plan.posts_per_month is not None for plan in self.plans.values())
        return self.mode != OFF and has_limit

    def plan_of(self, subscription: "Subscription") -> Plan | None:
        """The plan whose limits apply; None: no plan limits."""
        return None if self.mode == OFF else self.plans.get(subscription.plan_id or "")


@dataclass(frozen=True)
class Subscription:
    status: str
    """One of Stripe's statuses of a subscription, or `none`."""
    plan_id: str | None = None
    current_period_end: datetime | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    """This user's own rate limits, by scope, which replace those of the plan."""
    past_due_since: datetime | None = None
    is_ending: bool = False
    """Canceled for the end of the period."""
    customer_id: str | None = None
    """Stripe's ID of the user."""
    subscription_id: str | None = None
    """Stripe's ID of the subscription; None if the operator or a trial gave it."""
    webhook_events: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The user's webhooks, by id, with the events that each wants. Not part of what is paid for:
    they are here because everything that publishes reads the subscription."""


@dataclass(frozen=True)
class Denial:
    """Why a subscription does not allow something."""

    reason: str
    remedy: str
    """What to do first: "Renew it"."""
    details: Mapping[str, Any] | None = None

    def message(self, then: str) -> str:
        """`then`: how to try again."""
        return f"{self.reason} {self.remedy}, then {then}."

    def error(self, then: str) -> ApiError:
        """`then`: how to try again."""
        return ApiError(ErrorCode.FORBIDDEN, self.message(then), self.details)


def denial(
    subscription: Subscription,
    billing: Billing,
    now: datetime,
    platforms: Mapping[str, str] | None = None,
) -> Denial | None:
    """Why the user cannot publish to these platforms now; None if nothing stands in the way.

    `platforms`: name -> display name.
    """
    if billing.mode == OFF:
        return None
    if not _is_active(subscription, now):
        return Denial("Your subscription is not active.", "Renew it")
    plan = billing.plan_of(subscription)
    excluded = [name for name in platforms or {} if plan and not plan.includes(name)]
    if plan is None or not excluded:
        return None
    names = _listed((platforms or {})[name] for name in excluded)
    return Denial(
        f"Your plan {plan.name} does not include {names}.",
        "Change your plan",
        {"plan": plan.plan_id, "platforms": excluded},
    )


def monthly_denial(plan: Plan | None, posts: int) -> Denial | None:
    """Why one more post is not allowed in a month with `posts` posts; None if it is."""
    if plan is None or plan.posts_per_month is None or posts < plan.posts_per_month:
        return None
    return Denial(
        f"Your plan {plan.name} includes {plan.posts_per_month:,} posts a month, and you have used "
        "them.",
        "Change your plan or wait for the next month (UTC)",
        {"plan": plan.plan_id, POSTS_PER_MONTH: plan.posts_per_month},
    )


def _is_active(subscription: Subscription, now: datetime) -> bool:
    if subscription.status == PAST_DUE:
        since = subscription.past_due_since
        return since is not None and now < since + PAST_DUE_ACCESS
    end = subscription.current_period_end
    if subscription.status not in PAID_STATUSES or end is None:
        return False
    is_renewed = subscription.subscription_id is not None and not subscription.is_ending
    return now < (end + RENEWAL_LEEWAY if is_renewed else end)


def _listed(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
