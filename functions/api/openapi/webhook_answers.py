"""Models of the answers about webhooks, like those of `answers`."""

from typing import Any, Literal

from functions.api.openapi.answers import Answer, Time, Url
from shared.domain.webhooks import EventType, OffReason


class Webhook(Answer):
    """Where Soku sends which events."""

    id: str
    url: Url
    description: str
    events: list[EventType]
    enabled: bool
    disabled_reason: OffReason | None
    """`gone`: your server responded with 410. `failing`: every delivery failed for 5 days.
    `user`: you switched it off."""
    disabled_at: Time | None
    failing_since: Time | None
    """Since when every delivery has failed; null: the last one arrived."""
    old_secret_until: Time | None
    """Until then, requests have a signature of the old secret as well; null: there is none."""
    created_at: Time


class WebhookWithSecret(Webhook):
    """A webhook with the secret that verifies its requests."""

    secret: str
    """No other response has it."""


class WebhookList(Answer):
    """The webhooks."""

    data: list[Webhook]


class Delivery(Answer):
    """An event for a webhook."""

    id: str
    """The `webhook-id` of its requests."""
    event: str
    status: Literal["pending", "delivered", "failed"]
    created_at: Time
    tries: int
    last_try_at: Time | None
    next_try_at: Time | None
    delivered_at: Time | None
    http_status: int | None
    """Of the last response."""
    response: str | None
    """The beginning of the last response."""
    problem: str | None
    """Why the last try failed."""
    payload: dict[str, Any]
    """The body of the requests."""


class DeliveryPage(Answer):
    """One page of deliveries, newest first."""

    data: list[Delivery]
    next_cursor: str | None
    """Null on the last page."""
