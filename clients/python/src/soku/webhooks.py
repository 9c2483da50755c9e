"""Webhooks: where Soku sends events. `standardwebhooks` verifies the requests that arrive."""

from collections.abc import Iterator, Sequence

from soku import models
from soku.paths import part
from soku.transport import Transport


class Webhooks:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        url: str,
        *,
        events: Sequence[models.EventType] | None = None,
        description: str = "",
    ) -> models.WebhookWithSecret:
        """Create a webhook, for all events by default. Store its `secret`: it is not shown again.

        The request is not repeated. After ConnectionLost, look in the list before you try again.
        """
        body = {"url": url, "description": description}
        wanted = {} if events is None else {"events": [*events]}
        return self._transport.call(
            "POST", "/v1/webhooks", models.WebhookWithSecret, body={**body, **wanted}
        )

    def list(self) -> list[models.Webhook]:
        """All webhooks, the oldest first."""
        listed = self._transport.call("GET", "/v1/webhooks", models.WebhookList)
        return listed["data"]

    def get(self, webhook_id: str) -> models.Webhook:
        return self._transport.call("GET", f"/v1/webhooks/{part(webhook_id)}", models.Webhook)

    def change(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        events: Sequence[models.EventType] | None = None,
        description: str | None = None,
        enabled: bool | None = None,
    ) -> models.Webhook:
        """Change what you pass, or switch the webhook on or off. `events` replace the others."""
        wanted = None if events is None else [*events]
        body = {"url": url, "events": wanted, "description": description, "enabled": enabled}
        return self._transport.call(
            "PATCH",
            f"/v1/webhooks/{part(webhook_id)}",
            models.Webhook,
            body={name: value for name, value in body.items() if value is not None},
            repeatable=True,
        )

    def delete(self, webhook_id: str) -> None:
        """Delete a webhook and its deliveries."""
        self._transport.delete(f"/v1/webhooks/{part(webhook_id)}")

    def new_secret(self, webhook_id: str) -> models.WebhookWithSecret:
        """Make a new secret. For 24 hours, requests have a signature of the old one as well.

        After ConnectionLost there may already be a new secret that you do not know. Calling this
        again ends the one that your server uses.
        """
        path = f"/v1/webhooks/{part(webhook_id)}/secret"
        return self._transport.call("POST", path, models.WebhookWithSecret)

    def send_test(self, webhook_id: str) -> models.Delivery:
        """Send a test event. `deliveries` shows what your server responded."""
        path = f"/v1/webhooks/{part(webhook_id)}/test"
        return self._transport.call("POST", path, models.Delivery)

    def deliveries(self, webhook_id: str) -> Iterator[models.Delivery]:
        """The events that were sent in the last 30 days or are waiting, the newest first."""
        path = f"/v1/webhooks/{part(webhook_id)}/deliveries"
        yield from self._transport.pages(path, models.DeliveryPage, {})

    def redeliver(self, webhook_id: str, delivery_id: str) -> models.Delivery:
        """Deliver an event again, also one that arrived."""
        path = f"/v1/webhooks/{part(webhook_id)}/deliveries/{part(delivery_id)}/redeliver"
        return self._transport.call("POST", path, models.Delivery)
