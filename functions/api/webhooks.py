"""/v1/webhooks: telling other software what has happened."""

import json
import re
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any

import flask

from functions.api import body as request_body
from functions.api.caller import Caller, authenticate
from functions.api.reading import parameters
from shared import clock, wiring
from shared.domain.errors import ApiError
from shared.gcp.webhooks import (
    Webhook,
    WebhookDelivery,
    webhook_from,
    webhook_path,
    webhooks_of,
)
from shared.web import strict
from shared.web.envelope import json_answer, time_text
from shared.webhooks import changes, history, signing
from shared.webhooks.history import DeliveryQuery
from shared.webhooks.wanted import (
    DELIVERY_ID,
    WEBHOOK_ID,
    NewWebhook,
    WebhookChanges,
    names_of,
)

# Of an id that does not exist, in the message.
_LONGEST_ID = 64


def list_webhooks() -> flask.Response:
    """List webhooks.

    All of them, oldest first.
    """
    caller = authenticate(wiring.parts())
    own = webhooks_of(caller.parts.db, caller.principal.user_id)
    return json_answer({"data": [_as_json(each) for each in own]})


def create_webhook() -> flask.Response:
    """Create a webhook.

    Only this response, and that of a new secret, has the secret with which you verify requests. You
    can have 10 webhooks.
    """
    parts = wiring.parts()
    sent = request_body.read(flask.request).parsed(partial(strict.read, NewWebhook))
    caller = authenticate(parts)
    if isinstance(sent, ApiError):
        raise sent
    wanted = names_of(sent.events)
    webhook = changes.create(caller.principal.user_id, sent.url, wanted, sent.description, parts)
    return json_answer(_with_secret(webhook, caller), HTTPStatus.CREATED)


def read_webhook(webhook_id: str) -> flask.Response:
    """Read a webhook."""
    _, webhook = _own(webhook_id)
    return json_answer(_as_json(webhook))


def change_webhook(webhook_id: str) -> flask.Response:
    """Change a webhook, or switch it on or off."""
    body = request_body.read(flask.request)
    caller, webhook = _own(webhook_id)
    sent = strict.read(WebhookChanges, body.required())
    after = changes.change(
        webhook,
        caller.parts,
        url=sent.url,
        wanted=None if sent.events is None else names_of(sent.events),
        description=sent.description,
        is_on=sent.enabled,
    )
    return json_answer(_as_json(after))


def delete_webhook(webhook_id: str) -> flask.Response:
    """Delete a webhook and its deliveries."""
    caller, webhook = _own(webhook_id)
    changes.delete(webhook, caller.parts)
    return flask.Response(status=HTTPStatus.NO_CONTENT)


def rotate_webhook_secret(webhook_id: str) -> flask.Response:
    """Make a new secret for a webhook.

    For 24 hours, requests have a signature of the old secret as well.
    """
    caller, webhook = _own(webhook_id)
    return json_answer(_with_secret(changes.rotate_secret(webhook, caller.parts), caller))


def send_test_event(webhook_id: str) -> flask.Response:
    """Send a test event.

    Its type is `webhook.test`. The response is the delivery, which you find in the list with what
    your server responded.
    """
    caller, webhook = _own(webhook_id)
    delivery = changes.send_test(webhook, caller.parts)
    return json_answer(_delivery_json(delivery, webhook), HTTPStatus.ACCEPTED)


def list_deliveries(webhook_id: str) -> flask.Response:
    """List the deliveries of a webhook.

    Newest first; Soku keeps them for 30 days.
    """
    caller, webhook = _own(webhook_id)
    query = strict.read(DeliveryQuery, parameters())
    page = history.read(caller.parts.db, webhook, query)
    data = [_delivery_json(each, webhook) for each in page.deliveries]
    return json_answer({"data": data, "nextCursor": page.cursor})


def redeliver(webhook_id: str, delivery_id: str) -> flask.Response:
    """Deliver an event again.

    Also one that arrived. Its `webhook-id` stays the same.
    """
    caller, webhook = _own(webhook_id)
    if not re.fullmatch(DELIVERY_ID, delivery_id):
        raise changes.delivery_not_found(delivery_id[:_LONGEST_ID])
    delivery = changes.redeliver(webhook, delivery_id, caller.parts)
    return json_answer(_delivery_json(delivery, webhook), HTTPStatus.ACCEPTED)


def _own(webhook_id: str) -> tuple[Caller, Webhook]:
    """The caller and the caller's webhook. Raises ApiError."""
    is_id = re.fullmatch(WEBHOOK_ID, webhook_id) is not None
    caller = authenticate(
        wiring.parts(),
        reads=lambda who: [webhook_path(who.user_id, webhook_id)] if is_id else [],
    )
    user_id = caller.principal.user_id
    snapshot = caller.documents[webhook_path(user_id, webhook_id)] if is_id else None
    webhook = webhook_from(snapshot, user_id) if snapshot else None
    if webhook is None:
        raise changes.not_found(webhook_id[:_LONGEST_ID])
    return caller, webhook


def _as_json(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.webhook_id,
        "url": webhook.url,
        "description": webhook.description,
        "events": list(webhook.events),
        "enabled": webhook.is_on,
        "disabledReason": webhook.off_reason and webhook.off_reason.value,
        "disabledAt": _text(webhook.off_at),
        "failingSince": _text(webhook.health.failing_since),
        "oldSecretUntil": _text(webhook.old_secret_ends(clock.now())),
        "createdAt": _text(webhook.created_at),
    }


def _with_secret(webhook: Webhook, caller: Caller) -> dict[str, Any]:
    secret = signing.secret_of(webhook, caller.parts.settings)
    return {**_as_json(webhook), "secret": secret}


def _delivery_json(delivery: WebhookDelivery, webhook: Webhook) -> dict[str, Any]:
    return {
        "id": delivery.delivery_id,
        "event": delivery.event,
        "status": delivery.state,
        "createdAt": _text(delivery.created_at),
        "tries": delivery.tries,
        "lastTryAt": _text(delivery.last_try_at),
        "nextTryAt": _text(delivery.next_request_at(webhook)),
        "deliveredAt": _text(delivery.delivered_at),
        "httpStatus": delivery.status,
        "response": delivery.response,
        "problem": delivery.problem,
        "payload": json.loads(delivery.body),
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else time_text(moment)
