"""Users and their subscription: `users/{uid}` and `users/{uid}/subscription/current`."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared import clock
from shared.config import Settings
from shared.domain.subscription import OFF, Subscription
from shared.gcp.firestore import commit, document, query_all
from shared.gcp.messages import REMOVED, Batch

LEAVING_SINCE = "leavingSince"
"""The field of a user who is being deleted: from then on, all their requests are refused."""
WEBHOOK_EVENTS = "webhookEvents"
"""The field of a subscription with the user's webhooks that are on, and what they want."""


def subscription_path(user_id: str) -> str:
    return f"users/{user_id}/subscription/current"


def subscription_from(snapshot: Any) -> Subscription:
    """The subscription of a snapshot; a document that does not exist is no active subscription."""
    fields = document(snapshot) or {}
    return Subscription(
        status=fields.get("status", "none"),
        plan_id=fields.get("planId"),
        current_period_end=fields.get("currentPeriodEnd"),
        limits=fields.get("limits") or {},
        past_due_since=fields.get("pastDueSince"),
        is_ending=fields.get("cancelAtPeriodEnd", False),
        customer_id=fields.get("stripeCustomerId"),
        subscription_id=fields.get("stripeSubscriptionId"),
        webhook_events=fields.get(WEBHOOK_EVENTS) or {},
    )


def trial_fields(settings: Settings, now: datetime) -> dict[str, Any]:
    """`users/{uid}/subscription/current` of a user who signs in for the first time.

    {} if there are no trials: then the document is not written.
    """
    billing = settings.billing
    if billing.mode == OFF or not billing.trial_days:
        return {}
    end = now + timedelta(days=billing.trial_days)
    return {
        "status": "trialing",
        "planId": None,
        "currentPeriodEnd": end,
        "trialEnd": end,
        "cancelAtPeriodEnd": False,
    }


def user_path(user_id: str) -> str:
    return f"users/{user_id}"


def is_user(snapshot: Any) -> bool:
    """Whether a snapshot of `user_path` is of a user who is not being deleted."""
    fields = document(snapshot)
    return fields is not None and LEAVING_SINCE not in fields


def is_email_of_user(db: firestore.Client, email: str) -> bool:
    """Whether a user has this address, which is in lower case. Raises StoreUnavailable."""
    return bool(ids_of_email(db, email))


def ids_of_email(db: firestore.Client, email: str) -> list[str]:
    """The IDs of the users with this address, which is in lower case. Raises StoreUnavailable."""
    query = db.collection("users").where(filter=FieldFilter("email", "==", email))
    return [snapshot.id for snapshot in query_all(query.select([]).limit(2))]


def store_timezone(db: firestore.Client, user_id: str, name: str) -> None:
    """Raises PreconditionFailed if the user was removed meanwhile, StoreUnavailable."""
    batch = Batch(db)
    batch.update(db.document(user_path(user_id)), {"timezone": name})
    # Written again, it says the same.
    commit(batch, landed=lambda: False)


def change_subscription(
    batch: firestore.WriteBatch, db: firestore.Client, snapshot: Any, fields: Mapping[str, Any]
) -> None:
    """Write these fields of a subscription, if it is still as it was read; the others stay.

    A field that is None is removed.
    """
    if snapshot.exists:
        changed = {name: REMOVED if value is None else value for name, value in fields.items()}
        option = db.write_option(last_update_time=snapshot.update_time)
        batch.update(snapshot.reference, changed, option=option)
    else:
        kept = {name: value for name, value in fields.items() if value is not None}
        batch.create(snapshot.reference, {"status": "none", **kept})


class Users:
    def __init__(self, db: firestore.Client) -> None:
        self._db = db

    def put(self, user_id: str, *, email: str, timezone: str = "UTC") -> None:
        self._db.document(user_path(user_id)).set(
            {"email": email, "timezone": timezone, "createdAt": clock.now()}
        )

    def put_subscription(
        self,
        user_id: str,
        *,
        status: str,
        plan_id: str,
        current_period_end: datetime,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        """`limits` raises or lowers this user's rate limits: {"overall", "posts", "media", …}."""
        self._db.document(subscription_path(user_id)).set(
            {
                "status": status,
                "planId": plan_id,
                "currentPeriodEnd": current_period_end,
                "trialEnd": None,
                "cancelAtPeriodEnd": False,
                "limits": dict(limits or {}),
            }
        )
