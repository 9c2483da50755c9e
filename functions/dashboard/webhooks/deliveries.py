"""What was sent to a webhook, and what is still to be sent."""

import json
import re
from dataclasses import dataclass
from datetime import datetime

import flask

from functions.dashboard import looks
from functions.dashboard.frame import framed
from functions.dashboard.visitor import url_of, with_notice
from functions.dashboard.webhooks import words
from functions.dashboard.webhooks.own_webhooks import (
    not_found,
    own_webhook,
    path_of,
    webhook_to_change,
)
from functions.dashboard.words import State
from shared import clock, wiring
from shared.gcp.webhooks import Webhook, WebhookDelivery, delivery_from, delivery_path
from shared.web import strict
from shared.web.page_app import Stopped
from shared.web.pages import redirect_to
from shared.webhooks import changes, history
from shared.webhooks.history import DeliveryPage, DeliveryQuery
from shared.webhooks.wanted import DELIVERY_ID
from shared.wiring import Parts

_DELIVERED = State("Delivered", "circle-check", "success")
_SENDING = State("Sending", "loader", "info")
_WAITING = State("Waiting", "clock", "info")
_RETRYING = State("Retrying", "rotate-cw", "warning")
_FAILED = State("Failed", "circle-x", "danger")
_ON_HOLD = State("On hold", "circle-pause", "neutral")


@dataclass(frozen=True)
class Shown:
    """A delivery, as pages show it."""

    delivery: WebhookDelivery
    name: str
    state: State
    answer: str
    """How the last try went; "" before the first one."""
    next_at: datetime | None
    """When Soku tries it; None: not by itself."""
    can_be_repeated: bool

    @property
    def is_moving(self) -> bool:
        """It is about to change."""
        return self.state is _SENDING


def show_delivery(webhook_id: str, delivery_id: str) -> flask.Response:
    """What was sent, and what the receiver responded. `looks`: how often the page has asked."""
    parts = wiring.parts()
    own_id = delivery_id if re.fullmatch(DELIVERY_ID, delivery_id) else "none"
    who, webhook = own_webhook(
        webhook_id, parts, more=lambda user, webhook: [delivery_path(user, webhook, own_id)]
    )
    path = delivery_path(who.user_id, webhook.webhook_id, own_id)
    delivery = delivery_from(who.documents[path], who.user_id)
    if delivery is None:
        raise _no_such_delivery(webhook)
    row = shown(delivery, webhook)
    number = looks.number_of(flask.request.args.get("looks", "0"))
    return framed(
        "dashboard/webhook_delivery.html",
        who,
        parts,
        section="settings",
        title=row.name,
        webhook=webhook,
        name=words.name_of(webhook),
        row=row,
        body=json.dumps(json.loads(delivery.body), indent=2, ensure_ascii=False),
        looks=number + 1,
        look_after=looks.next_look(number, is_pending=row.is_moving),
    )


def redeliver(webhook_id: str, delivery_id: str) -> flask.Response:
    """Send an event again."""
    parts = wiring.parts()
    _, webhook = webhook_to_change(webhook_id, parts)
    if not re.fullmatch(DELIVERY_ID, delivery_id):
        raise _no_such_delivery(webhook)
    changes.redeliver(webhook, delivery_id, parts)
    return redirect_to(with_notice(f"{path_of(webhook)}/deliveries/{delivery_id}", "sending"))


def page_of(webhook: Webhook, cursor: str, parts: Parts) -> DeliveryPage:
    """The newest deliveries, or those after `cursor`. Raises InvalidRequest."""
    query = strict.read(DeliveryQuery, {"cursor": cursor} if cursor else {})
    return history.read(parts.db, webhook, query)


def shown(delivery: WebhookDelivery, webhook: Webhook) -> Shown:
    next_at = delivery.next_request_at(webhook)
    # One that is sent again has the response from before.
    was_tried = delivery.tries > 0
    answer = delivery.problem or f"HTTP {delivery.status}"
    return Shown(
        delivery,
        words.event_name(delivery.event),
        _state_of(delivery, next_at),
        answer if was_tried else "",
        next_at,
        can_be_repeated=webhook.is_on and delivery.next_try_at is None,
    )


def _state_of(delivery: WebhookDelivery, next_at: datetime | None) -> State:
    if delivery.next_try_at is None:
        return _DELIVERED if delivery.delivered_at else _FAILED
    if next_at is None:
        return _ON_HOLD
    if next_at <= clock.now():
        return _SENDING
    return _RETRYING if delivery.tries else _WAITING


def _no_such_delivery(webhook: Webhook) -> Stopped:
    return not_found("There is no such delivery", url_of(path_of(webhook)), "Back to the webhook")
