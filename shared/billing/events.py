"""What the events of Stripe change.

An event only says that something has changed. For each one, the stored subscription is read, then
Stripe's subscriptions as they are now, and the result is written only if the stored one is still
the same. So events may arrive late, twice, at the same time or in any order.
"""

from shared import clock, logs
from shared.billing import stripe_api
from shared.billing.stripe_api import Event
from shared.domain import payments
from shared.gcp.firestore import retry_conflicts
from shared.gcp.payments import Payer, apply_event, is_known, payer_of
from shared.gcp.users import subscription_from
from shared.wiring import Parts

log = logs.logger("billing")

# The events that the operator selects for the webhook endpoint (docs/operating.md).
KINDS = frozenset(
    {
        "checkout.session.completed",
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "customer.subscription.paused",
        "customer.subscription.resumed",
        "invoice.paid",
        "invoice.payment_failed",
    }
)


def receive(event: Event, parts: Parts) -> str:
    """Apply an event once. Returns what was done, in words.

    Raises StripeFailed, StoreUnavailable, PreconditionFailed: Stripe must send it again.
    """
    result = _receive(event, parts)
    log.info(
        "stripe event received",
        extra=logs.fields(eventId=event.event_id, type=event.kind, result=result),
    )
    return result


def _receive(event: Event, parts: Parts) -> str:
    customer_id = event.customer_id
    if event.kind not in KINDS or customer_id is None:
        return "ignored"
    return retry_conflicts(
        f"subscription of {customer_id}",
        lambda: _payer(event, customer_id, parts),
        lambda payer: _apply(event, customer_id, payer, parts),
    )


def _payer(event: Event, customer_id: str, parts: Parts) -> Payer | str:
    """The user whose subscription to change, or why none is changed."""
    if is_known(parts.db, event.event_id):
        return "known"
    return payer_of(parts.db, customer_id) or "not a customer of this Soku"


def _apply(event: Event, customer_id: str, payer: Payer | str, parts: Parts) -> str:
    if isinstance(payer, str):
        return payer
    billing, stored = parts.settings.billing, subscription_from(payer.subscription)
    # After the stored one was read: a newer state is never overwritten by an older one.
    paid = payments.current(stripe_api.subscriptions_of(customer_id, parts.settings))
    if paid is not None and paid.plan(billing) is None:
        log.error(
            "price of a subscription is in no plan",
            extra=logs.fields(operatorAction=True, prices=sorted(paid.price_ends)),
        )
    changes = payments.changes(stored, paid, billing, clock.now())
    apply_event(parts.db, event.event_id, event.kind, payer, changes)
    return f"{changes['status']}" if changes else "nothing to change"
