"""What Stripe's subscriptions of a customer mean for the user's access.

A customer can have several: canceled ones, and by accident two at once. What counts follows from
all of them as they are now, so it does not matter which event of Stripe arrived first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain.subscription import PAST_DUE, Billing, Plan, Subscription, denial

# The best first. Stripe's statuses (docs.stripe.com/api/subscriptions/object, 2026-10-28.endive).
_RANKS = (
    *("active", "trialing", "past_due", "unpaid", "paused"),
    *("incomplete", "canceled", "incomplete_expired"),
)
# A subscription in one of them has ended, or has not begun.
_WITHOUT_EFFECT = frozenset({"incomplete", "canceled", "incomplete_expired"})


@dataclass(frozen=True)
class PaidSubscription:
    """A subscription of Stripe."""

    subscription_id: str
    status: str
    created: datetime
    price_ends: Mapping[str, datetime]
    """The end of the current period of each item, by the ID of its price."""
    is_ending: bool = False
    """Canceled for the end of the period, or earlier."""
    trial_end: datetime | None = None

    @property
    def has_effect(self) -> bool:
        """Whether its user pays, or is asked to."""
        return self.status not in _WITHOUT_EFFECT

    def plan(self, billing: Billing) -> Plan | None:
        """The plan of one of its prices; None if no plan has one of them."""
        plans = billing.plans.values()
        return next((plan for plan in plans if plan.price_id in self.price_ends), None)

    def period_end(self, billing: Billing) -> datetime | None:
        """Of the plan's item; without a plan, the last end of all items."""
        plan = self.plan(billing)
        if plan is not None:
            return self.price_ends[plan.price_id]
        return max(self.price_ends.values(), default=None)


def current(subscriptions: Sequence[PaidSubscription]) -> PaidSubscription | None:
    """The one that decides about access: the best status, and of several the newest."""

    def merit(paid: PaidSubscription) -> tuple[int, datetime]:
        # A status of a later version of Stripe's API comes last.
        rank = _RANKS.index(paid.status) if paid.status in _RANKS else len(_RANKS)
        return -rank, paid.created

    return max(subscriptions, key=merit, default=None)


def changes(
    stored: Subscription, paid: PaidSubscription | None, billing: Billing, now: datetime
) -> dict[str, Any]:
    """The fields of the stored subscription to write, as documents name them; {}: none.

    `paid`: what `current` returned. What a trial or the operator gave stays until a subscription of
    Stripe has an effect.
    """
    if stored.subscription_id is None and (paid is None or not paid.has_effect):
        is_over = denial(stored, billing, now) is not None
        if paid is None or not is_over:
            return {}
    if paid is None:
        return {"status": "canceled", "pastDueSince": None}
    plan = paid.plan(billing)
    is_same = paid.subscription_id == stored.subscription_id
    since = stored.past_due_since if is_same and stored.status == PAST_DUE else None
    return {
        "status": paid.status,
        # An operator may have taken a price out of the plans that somebody still pays.
        "planId": plan.plan_id if plan else (stored.plan_id if is_same else None),
        "currentPeriodEnd": paid.period_end(billing),
        "trialEnd": paid.trial_end,
        "cancelAtPeriodEnd": paid.is_ending,
        "pastDueSince": (since or now) if paid.status == PAST_DUE else None,
        "stripeSubscriptionId": paid.subscription_id,
    }
