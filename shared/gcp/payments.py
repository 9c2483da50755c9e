"""Documents of payments: `stripeCustomers/{id}`, `stripeEvents/{id}`, and the subscription.

No client can read the first two.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from google.cloud import firestore

from shared import clock
from shared.gcp.firestore import commit, document, read_all
from shared.gcp.messages import Batch
from shared.gcp.users import change_subscription, subscription_path, user_path

# Stripe sends an event again for three days, and an operator can for 30 days
# (docs.stripe.com/webhooks, read 2026-11-28).
EVENT_KEPT_FOR = timedelta(days=31)


@dataclass(frozen=True)
class Payer:
    """The user of a customer."""

    user_id: str
    subscription: Any
    """The snapshot."""


def customer_path(customer_id: str) -> str:
    return f"stripeCustomers/{customer_id}"


def event_path(event_id: str) -> str:
    return f"stripeEvents/{event_id}"


def is_known(db: firestore.Client, event_id: str) -> bool:
    """Whether an event was applied already. Raises StoreUnavailable."""
    path = event_path(event_id)
    return bool(read_all(db, [path])[path].exists)


def payer_of(db: firestore.Client, customer_id: str) -> Payer | None:
    """None if the customer is no user, or no longer. Raises StoreUnavailable."""
    path = customer_path(customer_id)
    user_id = (document(read_all(db, [path])[path]) or {}).get("userId")
    if user_id is None:
        return None
    paths = user_path(user_id), subscription_path(user_id)
    user, subscription = map(read_all(db, paths).__getitem__, paths)
    return Payer(user_id, subscription) if user.exists else None


def keep_customer(db: firestore.Client, user_id: str, customer_id: str, subscription: Any) -> None:
    """Let the user be this customer, if the subscription is still as it was read.

    Raises PreconditionFailed, StoreUnavailable.
    """
    batch = Batch(db)
    change_subscription(batch, db, subscription, {"stripeCustomerId": customer_id})
    batch.set(db.document(customer_path(customer_id)), {"userId": user_id})
    path = subscription.reference.path

    def landed() -> bool:
        fields = document(read_all(db, [path])[path]) or {}
        return fields.get("stripeCustomerId") == customer_id

    commit(batch, landed)


def apply_event(
    db: firestore.Client, event_id: str, kind: str, payer: Payer, fields: Mapping[str, Any]
) -> None:
    """Change the subscription by `fields` and store that the event was applied.

    Raises PreconditionFailed if the subscription changed since it was read or the event is known,
    StoreUnavailable.
    """
    batch = Batch(db)
    reference = db.document(event_path(event_id))
    # Of two deliveries of the event at the same time, only one has applied it.
    write_id = secrets.token_hex(8)
    batch.create(
        reference,
        {
            "type": kind,
            "userId": payer.user_id,
            "writeId": write_id,
            "expiresAt": clock.now() + EVENT_KEPT_FOR,
        },
    )
    if fields:
        change_subscription(batch, db, payer.subscription, fields)

    def landed() -> bool:
        stored = document(read_all(db, [reference.path])[reference.path]) or {}
        return stored.get("writeId") == write_id

    commit(batch, landed)
