"""Webhooks, their deliveries, and what is left to deliver.

    users/{uid}/subscription/current              webhookEvents: who wants what
    users/{uid}/webhooks/{webhookId}              the webhook
    users/{uid}/webhooks/{webhookId}/deliveries/{deliveryId}
    users/{uid}/webhookWork/{webhookId}           when there is something to deliver

A delivery is created in the commit that changes what it tells about. `webhookEvents` is on the
subscription, because everything that publishes reads that document anyway. The work is written
blindly and moves forward only (`collecting`), so a commit never fails because of a webhook.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from google.cloud import firestore

from shared import clock
from shared.domain.webhooks import KEPT_FOR, Health, OffReason, Wants
from shared.gcp.collecting import seconds_of
from shared.gcp.firestore import document, query_all, read_all, without_none
from shared.gcp.users import subscription_from, subscription_path


@dataclass(frozen=True)
class Webhook:
    """Where a user wants to hear about events."""

    user_id: str
    webhook_id: str
    url: str
    events: tuple[str, ...]
    created_at: datetime
    description: str = ""
    off_reason: OffReason | None = None
    """None: it is on."""
    off_at: datetime | None = None
    secret_number: int = 1
    """The secret is derived from it and never stored."""
    old_secret_until: datetime | None = None
    """Until then, the secret before also signs; it may be in the past."""
    health: Health = field(default_factory=Health)
    form_id: str | None = None
    """The form that created it creates no second one."""
    version: Any = None

    @property
    def is_on(self) -> bool:
        return self.off_reason is None

    def old_secret_ends(self, now: datetime) -> datetime | None:
        """Until when the secret before also signs; None: it does not."""
        until = self.old_secret_until
        return until if until is not None and now < until else None


@dataclass(frozen=True)
class WebhookDelivery:
    """An event for one webhook."""

    user_id: str
    webhook_id: str
    delivery_id: str
    event: str
    body: str
    created_at: datetime
    first_due_at: datetime
    """From when on the tries are counted; a redelivery begins again."""
    next_try_at: datetime | None
    """None: it has ended."""
    tries: int = 0
    delivered_at: datetime | None = None
    last_try_at: datetime | None = None
    status: int | None = None
    """The HTTP status of the last response."""
    response: str | None = None
    problem: str | None = None
    """Why the last try failed."""

    def next_request_at(self, webhook: Webhook) -> datetime | None:
        """When it is sent next; None: it has ended, or the webhook is off."""
        if self.next_try_at is None or not webhook.is_on:
            return None
        return max(self.next_try_at, webhook.health.paused_until or self.next_try_at)

    @property
    def state(self) -> str:
        if self.next_try_at is not None:
            return "pending"
        return "delivered" if self.delivered_at else "failed"


@dataclass(frozen=True)
class Work:
    """Deliveries of a webhook that are due; `version` is that of its document."""

    user_id: str
    webhook_id: str
    sweeps: int = 0
    lease_until: datetime | None = None
    """A task is delivering."""
    version: Any = None


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


def webhooks_path(user_id: str) -> str:
    return f"users/{user_id}/webhooks"


def webhook_path(user_id: str, webhook_id: str) -> str:
    return f"{webhooks_path(user_id)}/{webhook_id}"


def deliveries_path(user_id: str, webhook_id: str) -> str:
    return f"{webhook_path(user_id, webhook_id)}/deliveries"


def delivery_path(user_id: str, webhook_id: str, delivery_id: str) -> str:
    return f"{deliveries_path(user_id, webhook_id)}/{delivery_id}"


def work_path(user_id: str, webhook_id: str) -> str:
    return f"users/{user_id}/webhookWork/{webhook_id}"


def wants_of(db: firestore.Client, user_id: str) -> Wants:
    """Raises StoreUnavailable."""
    path = subscription_path(user_id)
    return subscription_from(read_all(db, [path])[path]).webhook_events


def webhook_from(snapshot: Any, user_id: str) -> Webhook | None:
    fields = document(snapshot)
    if fields is None:
        return None
    return Webhook(
        user_id=user_id,
        webhook_id=snapshot.id,
        url=fields["url"],
        events=tuple(fields["events"]),
        created_at=fields["createdAt"],
        description=fields.get("description", ""),
        off_reason=OffReason(fields["offReason"]) if "offReason" in fields else None,
        off_at=fields.get("offAt"),
        secret_number=fields["secretNumber"],
        old_secret_until=fields.get("oldSecretUntil"),
        health=Health(
            failures=fields.get("failures", 0),
            failing_since=fields.get("failingSince"),
            last_failure_at=fields.get("lastFailureAt"),
            paused_until=fields.get("pausedUntil"),
        ),
        form_id=fields.get("formId"),
        version=snapshot.update_time,
    )


def webhook_fields(webhook: Webhook) -> dict[str, Any]:
    """The whole document of a webhook."""
    return without_none(
        {
            "url": webhook.url,
            "events": list(webhook.events),
            "createdAt": webhook.created_at,
            "description": webhook.description or None,
            "offReason": webhook.off_reason and webhook.off_reason.value,
            "offAt": webhook.off_at,
            "secretNumber": webhook.secret_number,
            "oldSecretUntil": webhook.old_secret_until,
            "failures": webhook.health.failures or None,
            "failingSince": webhook.health.failing_since,
            "lastFailureAt": webhook.health.last_failure_at,
            "pausedUntil": webhook.health.paused_until,
            "formId": webhook.form_id,
        }
    )


def webhooks_of(db: firestore.Client, user_id: str) -> list[Webhook]:
    """All webhooks of a user, oldest first. Raises StoreUnavailable."""
    query = db.collection(webhooks_path(user_id)).order_by("createdAt")
    return [found for each in query_all(query) if (found := webhook_from(each, user_id))]


def delivery_from(snapshot: Any, user_id: str) -> WebhookDelivery | None:
    fields = document(snapshot)
    if fields is None:
        return None
    return WebhookDelivery(
        user_id=user_id,
        webhook_id=fields["webhookId"],
        delivery_id=snapshot.id,
        event=fields["event"],
        body=fields["body"],
        created_at=fields["createdAt"],
        first_due_at=fields["firstDueAt"],
        next_try_at=fields.get("nextTryAt"),
        tries=fields.get("tries", 0),
        delivered_at=fields.get("deliveredAt"),
        last_try_at=fields.get("lastTryAt"),
        status=fields.get("status"),
        response=fields.get("response"),
        problem=fields.get("problem"),
    )


def delivery_fields(delivery: WebhookDelivery) -> dict[str, Any]:
    """The whole document of a delivery. Only one that has not ended has a `nextTryAt`."""
    return without_none(
        {
            "webhookId": delivery.webhook_id,
            "event": delivery.event,
            "body": delivery.body,
            "createdAt": delivery.created_at,
            "firstDueAt": delivery.first_due_at,
            "nextTryAt": delivery.next_try_at,
            "tries": delivery.tries or None,
            "deliveredAt": delivery.delivered_at,
            "lastTryAt": delivery.last_try_at,
            "status": delivery.status,
            "response": delivery.response,
            "problem": delivery.problem,
            "expiresAt": delivery.created_at + KEPT_FOR,
        }
    )


def add_delivery(
    batch: Any,
    db: firestore.Client,
    user_id: str,
    webhook_ids: Iterable[str],
    *,
    event: str,
    body: str,
) -> None:
    """Add an event to `batch`: a delivery for each webhook, all with the same id."""
    now, delivery_id = clock.now(), new_id("evt")
    for webhook_id in webhook_ids:
        delivery = WebhookDelivery(
            user_id=user_id,
            webhook_id=webhook_id,
            delivery_id=delivery_id,
            event=event,
            body=body,
            created_at=now,
            first_due_at=now,
            next_try_at=now,
        )
        reference = db.document(delivery_path(user_id, webhook_id, delivery_id))
        batch.create(reference, delivery_fields(delivery))


def note_work(batch: Any, db: firestore.Client, user_id: str, webhook_id: str) -> None:
    """Add to `batch` that there is something to deliver now."""
    fields = {
        "userId": user_id,
        "webhookId": webhook_id,
        "wakeAt": firestore.Minimum(seconds_of(clock.now())),
        "sweeps": 0,
        # Always a change: a task that is just ending must see that there is new work.
        "notedAt": clock.now(),
    }
    batch.set(db.document(work_path(user_id, webhook_id)), fields, merge=True)


def work_from(snapshot: Any) -> Work | None:
    fields = document(snapshot)
    if fields is None:
        return None
    return Work(
        user_id=fields["userId"],
        webhook_id=fields["webhookId"],
        sweeps=fields.get("sweeps", 0),
        lease_until=fields.get("leaseUntil"),
        version=snapshot.update_time,
    )


def pending_deliveries(db: firestore.Client, work: Work, limit: int) -> list[WebhookDelivery]:
    """Deliveries that have not ended, the longest due first. Raises StoreUnavailable."""
    deliveries = db.collection(deliveries_path(work.user_id, work.webhook_id))
    found = query_all(deliveries.order_by("nextTryAt").limit(limit))
    return [each for snapshot in found if (each := delivery_from(snapshot, work.user_id))]


def select_deliveries(
    db: firestore.Client, webhook: Webhook, limit: int, *, after: WebhookDelivery | None
) -> list[WebhookDelivery]:
    """Deliveries of a webhook, newest first, from the one that follows `after`.

    Raises StoreUnavailable.
    """
    deliveries = db.collection(deliveries_path(webhook.user_id, webhook.webhook_id))
    down = firestore.Query.DESCENDING
    query = deliveries.order_by("createdAt", direction=down).order_by("__name__", direction=down)
    if after is not None:
        last = deliveries.document(after.delivery_id)
        query = query.start_after({"createdAt": after.created_at, "__name__": last})
    found = query_all(query.limit(limit))
    return [each for snapshot in found if (each := delivery_from(snapshot, webhook.user_id))]
