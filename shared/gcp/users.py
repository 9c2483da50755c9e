"""Users and their subscription: `users/{uid}` and `users/{uid}/subscription/current`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared import clock
from shared.domain.subscription import Subscription
from shared.gcp.firestore import document, query_all

LEAVING_SINCE = "leavingSince"
"""The field of a user who is being deleted: from then on, nobody can act as this user."""


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
    )


def user_path(user_id: str) -> str:
    return f"users/{user_id}"


def is_user(snapshot: Any) -> bool:
    """Whether a snapshot of `user_path` is of a user who is not being deleted."""
    fields = document(snapshot)
    return fields is not None and LEAVING_SINCE not in fields


def is_email_of_user(db: firestore.Client, email: str) -> bool:
    """Whether a user has this address, which is in lower case. Raises StoreUnavailable."""
    query = db.collection("users").where(filter=FieldFilter("email", "==", email))
    return bool(query_all(query.select([]).limit(1)))


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
        """`limits` raises or lowers this user's rate limits: {"overall", "posts", "media"}."""
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
