"""What can be done with a user's webhooks. What each of them wants is also on the subscription."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from shared import clock, logs
from shared.domain.errors import ApiError, ErrorCode, FormUsed, InvalidRequest, Violation
from shared.domain.webhooks import MOST_WEBHOOKS, OLD_SECRET_FOR, Health, OffReason
from shared.gcp.firestore import commit, difference, read_all, retry_conflicts
from shared.gcp.messages import REMOVED, Batch
from shared.gcp.users import (
    WEBHOOK_EVENTS,
    change_subscription,
    is_user,
    subscription_from,
    subscription_path,
    user_path,
)
from shared.gcp.webhooks import (
    Webhook,
    WebhookDelivery,
    delivery_fields,
    delivery_from,
    delivery_path,
    new_id,
    note_work,
    webhook_fields,
    webhook_from,
    webhook_path,
    webhooks_of,
)
from shared.webhooks import events, sending
from shared.webhooks.outbox import Told
from shared.webhooks.signing import secret_of
from shared.wiring import Parts

log = logs.logger("webhooks")

Change = Callable[[Webhook], Webhook]


def create(
    user_id: str,
    url: str,
    wanted: Sequence[str],
    description: str,
    parts: Parts,
    *,
    form_id: str | None = None,
) -> Webhook:
    """Raises ApiError, FormUsed, ConfigurationError.

    `form_id`: of a form that creates one webhook, however often the browser sends it.
    """
    _check_url(url, parts)
    webhook = Webhook(
        user_id=user_id,
        webhook_id=new_id("wh"),
        url=url,
        events=tuple(wanted),
        created_at=clock.now(),
        description=description,
        form_id=form_id,
    )
    # Nobody could verify what a webhook without a secret sends.
    secret_of(webhook, parts.settings)
    paths = [user_path(user_id), subscription_path(user_id)]

    def store(snapshots: Mapping[str, Any]) -> None:
        user, subscription = map(snapshots.__getitem__, paths)
        if not is_user(user):
            raise ApiError(ErrorCode.FORBIDDEN, "Soku is deleting your user.")
        # After the subscription, which each new webhook changes: of two at once, one starts again.
        present = webhooks_of(parts.db, user_id)
        if form_id is not None and form_id in {each.form_id for each in present}:
            raise FormUsed
        if len(present) >= MOST_WEBHOOKS:
            message = (
                f"You have {MOST_WEBHOOKS} webhooks, which is the limit. Delete one that you no "
                "longer need, then send the request again."
            )
            raise ApiError(ErrorCode.INVALID_STATE, message)
        batch, path = Batch(parts.db), webhook_path(user_id, webhook.webhook_id)
        batch.create(parts.db.document(path), webhook_fields(webhook))
        _write_wants(batch, subscription, webhook, parts)
        commit(batch, landed=lambda: bool(read_all(parts.db, [path])[path].exists))

    retry_conflicts("a user's webhooks", lambda: read_all(parts.db, paths), store)
    return webhook


def change(
    webhook: Webhook,
    parts: Parts,
    *,
    url: str | None = None,
    wanted: Iterable[str] | None = None,
    description: str | None = None,
    is_on: bool | None = None,
) -> Webhook:
    """Change what is not None. One that is switched on delivers what waits. Raises ApiError."""
    if url is not None:
        _check_url(url, parts)
    chosen: dict[str, Any] = {"url": url, "description": description}
    chosen["events"] = None if wanted is None else tuple(wanted)
    changed = {name: value for name, value in chosen.items() if value is not None}

    def apply(stored: Webhook) -> Webhook:
        after = replace(stored, **changed)
        if is_on and not stored.is_on:
            return replace(after, off_reason=None, off_at=None, health=Health())
        if is_on is False and stored.is_on:
            return replace(after, off_reason=OffReason.USER, off_at=clock.now())
        return after

    return _change(webhook, apply, parts)


def rotate_secret(webhook: Webhook, parts: Parts) -> Webhook:
    """Make a new secret; the old one also signs for a day. Raises ApiError."""

    def apply(stored: Webhook) -> Webhook:
        # Of two at once, the second would end the secret that the receiver knows.
        if stored.secret_number != webhook.secret_number:
            message = "Another request has just made a new secret. Use the one that it returned."
            raise ApiError(ErrorCode.INVALID_STATE, message)
        until = clock.now() + OLD_SECRET_FOR
        return replace(stored, secret_number=stored.secret_number + 1, old_secret_until=until)

    return _change(webhook, apply, parts)


def note_health(webhook: Webhook, parts: Parts) -> None:
    """Store how the deliveries of a webhook go, and that this switches it off, if so.

    Nothing changes if its owner has deleted it, or switched it off, meanwhile. Raises
    PreconditionFailed, StoreUnavailable.
    """

    def apply(stored: Webhook) -> Webhook:
        after = replace(stored, health=webhook.health)
        if webhook.is_on or not stored.is_on:
            return after
        return replace(after, off_reason=webhook.off_reason, off_at=clock.now())

    try:
        _change(webhook, apply, parts)
    except ApiError:
        log.info("a webhook was deleted meanwhile")


def delete(webhook: Webhook, parts: Parts) -> None:
    """Delete a webhook; a task removes its deliveries. Raises PreconditionFailed."""
    paths = _paths(webhook)

    def apply(snapshots: Mapping[str, Any]) -> None:
        batch = Batch(parts.db)
        batch.delete(parts.db.document(paths[0]))
        _write_wants(batch, snapshots[paths[1]], replace(webhook, events=()), parts)
        note_work(batch, parts.db, webhook.user_id, webhook.webhook_id)
        commit(batch, landed=lambda: False)

    retry_conflicts(paths[0], lambda: read_all(parts.db, paths), apply)
    _deliver(webhook, parts)


def send_test(webhook: Webhook, parts: Parts) -> WebhookDelivery:
    """Have a test event delivered like any other. Raises ApiError."""
    _require_on(webhook)
    now = clock.now()
    event = events.of_test()
    delivery = WebhookDelivery(
        user_id=webhook.user_id,
        webhook_id=webhook.webhook_id,
        delivery_id=new_id("evt"),
        event=event.type,
        body=event.body(),
        created_at=now,
        first_due_at=now,
        next_try_at=now,
    )
    batch, path = Batch(parts.db), delivery_path(*_ids(webhook), delivery.delivery_id)
    batch.create(parts.db.document(path), delivery_fields(delivery))
    _note_due(batch, webhook, parts)
    commit(batch, landed=lambda: bool(read_all(parts.db, [path])[path].exists))
    _deliver(webhook, parts)
    return delivery


def redeliver(webhook: Webhook, delivery_id: str, parts: Parts) -> WebhookDelivery:
    """Deliver again what was delivered or given up, with the same id. Raises ApiError."""
    _require_on(webhook)
    path = delivery_path(*_ids(webhook), delivery_id)
    snapshot = read_all(parts.db, [path])[path]
    delivery = delivery_from(snapshot, webhook.user_id)
    if delivery is None:
        raise delivery_not_found(delivery_id)
    if delivery.next_try_at is not None:
        message = "This delivery has not ended yet. Soku tries it again by itself."
        raise ApiError(ErrorCode.INVALID_STATE, message)
    now = clock.now()
    after = replace(delivery, tries=0, first_due_at=now, next_try_at=now, delivered_at=None)
    batch = Batch(parts.db)
    fields = difference(delivery_fields(delivery), delivery_fields(after))
    batch.update(parts.db.document(path), fields)
    _note_due(batch, webhook, parts)
    # Written again, it says the same.
    commit(batch, landed=lambda: False)
    _deliver(webhook, parts)
    return after


def _change(webhook: Webhook, apply: Change, parts: Parts) -> Webhook:
    """Raises ApiError not_found, PreconditionFailed, StoreUnavailable."""
    paths = _paths(webhook)

    def store(snapshots: Mapping[str, Any]) -> Webhook:
        stored = webhook_from(snapshots[paths[0]], webhook.user_id)
        if stored is None:
            raise not_found(webhook.webhook_id)
        after = apply(stored)
        fields = difference(webhook_fields(stored), webhook_fields(after))
        if not fields:
            return stored
        batch = Batch(parts.db)
        option = parts.db.write_option(last_update_time=stored.version)
        batch.update(parts.db.document(paths[0]), fields, option=option)
        if (stored.is_on, stored.events) != (after.is_on, after.events):
            _write_wants(batch, snapshots[paths[1]], after, parts)
        is_revived = after.is_on and not stored.is_on
        if is_revived:
            note_work(batch, parts.db, *_ids(webhook))
        # Written again, it says the same.
        commit(batch, landed=lambda: False)
        if is_revived:
            _deliver(webhook, parts)
        return after

    return retry_conflicts(paths[0], lambda: read_all(parts.db, paths), store)


def _write_wants(batch: Any, subscription: Any, webhook: Webhook, parts: Parts) -> None:
    """Add to `batch` what everything that publishes reads: what this webhook wants."""
    others = dict(subscription_from(subscription).webhook_events)
    others.pop(webhook.webhook_id, None)
    own = {webhook.webhook_id: list(webhook.events)} if webhook.is_on and webhook.events else {}
    change_subscription(batch, parts.db, subscription, {WEBHOOK_EVENTS: {**others, **own} or None})


def _note_due(batch: Any, webhook: Webhook, parts: Parts) -> None:
    """Its owner asks for a delivery: it does not wait until a pause after failures is over."""
    note_work(batch, parts.db, *_ids(webhook))
    if webhook.health.paused_until is not None:
        batch.update(parts.db.document(webhook_path(*_ids(webhook))), {"pausedUntil": REMOVED})


def _deliver(webhook: Webhook, parts: Parts) -> None:
    parts.outbox.deliver(Told(webhook.user_id, frozenset([webhook.webhook_id])))


def _ids(webhook: Webhook) -> tuple[str, str]:
    return (webhook.user_id, webhook.webhook_id)


def _paths(webhook: Webhook) -> list[str]:
    return [webhook_path(*_ids(webhook)), subscription_path(webhook.user_id)]


def _check_url(url: str, parts: Parts) -> None:
    """Raises InvalidRequest."""
    try:
        sending.check_url(url, parts.settings)
    except sending.NotSent as refused:
        raise InvalidRequest([Violation("url", "invalid", str(refused))]) from None


def _require_on(webhook: Webhook) -> None:
    if not webhook.is_on:
        message = "This webhook is off. Switch it on, then send the request again."
        raise ApiError(ErrorCode.INVALID_STATE, message)


def not_found(webhook_id: str) -> ApiError:
    """The error for a webhook that does not exist or belongs to another user."""
    return ApiError(ErrorCode.NOT_FOUND, f"Webhook {webhook_id} not found.")


def delivery_not_found(delivery_id: str) -> ApiError:
    """The error for a delivery that does not exist, or is of another webhook."""
    return ApiError(ErrorCode.NOT_FOUND, f"Delivery {delivery_id} not found.")
