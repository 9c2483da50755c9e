"""One try of one delivery: send it, and store how that went."""

from dataclasses import dataclass, replace

from shared import clock, logs
from shared.domain.webhooks import next_try
from shared.gcp.firestore import PreconditionFailed, commit, difference
from shared.gcp.messages import Batch
from shared.gcp.webhooks import Webhook, WebhookDelivery, delivery_fields, delivery_path
from shared.webhooks import sending, signing
from shared.webhooks.sending import NotSent
from shared.wiring import Parts

log = logs.logger("webhooks")


@dataclass(frozen=True)
class Attempt:
    """How it went."""

    status: int | None
    text: str | None
    problem: str | None
    """None: the receiver has the event."""

    @property
    def is_success(self) -> bool:
        return self.problem is None


def try_delivery(delivery: WebhookDelivery, webhook: Webhook, parts: Parts) -> Attempt:
    """Send a delivery once and store the result. Raises StoreUnavailable."""
    attempt = _send(delivery, webhook, parts)
    _save(delivery, _after(delivery, attempt), parts)
    return attempt


def _send(delivery: WebhookDelivery, webhook: Webhook, parts: Parts) -> Attempt:
    body = delivery.body.encode()
    headers = signing.headers_of(webhook, delivery.delivery_id, body, clock.now(), parts.settings)
    try:
        response = sending.post(webhook.url, body, headers, parts.settings)
    except NotSent as failure:
        return Attempt(None, None, str(failure))
    return Attempt(response.status, response.text, response.problem)


def _after(delivery: WebhookDelivery, attempt: Attempt) -> WebhookDelivery:
    now, tries = clock.now(), delivery.tries + 1
    tried = replace(
        delivery,
        tries=tries,
        last_try_at=now,
        status=attempt.status,
        response=attempt.text or None,
        problem=attempt.problem,
    )
    if attempt.is_success:
        return replace(tried, next_try_at=None, delivered_at=now)
    return replace(tried, next_try_at=next_try(tries, delivery.first_due_at, now))


def _save(before: WebhookDelivery, after: WebhookDelivery, parts: Parts) -> None:
    path = delivery_path(before.user_id, before.webhook_id, before.delivery_id)
    batch = Batch(parts.db)
    fields = difference(delivery_fields(before), delivery_fields(after))
    batch.update(parts.db.document(path), fields)
    try:
        # Written again, it says the same.
        commit(batch, landed=lambda: False)
    except PreconditionFailed:
        log.info("a delivery was deleted meanwhile")
