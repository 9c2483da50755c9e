"""One task for a webhook: deliver what is due, and decide when the next task comes.

A lease on the webhook's work makes sure that only one task delivers at a time, so the number of its
threads is the number of requests at the same time. A slow receiver only delays its own events.
"""

import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from functions.webhooks.attempt import Attempt, try_delivery
from shared import clock, logs
from shared.domain.submission import TASK_HORIZON
from shared.domain.webhooks import Health, after_failure, at_once, off_reason
from shared.gcp.collecting import seconds_of
from shared.gcp.firestore import (
    PreconditionFailed,
    commit,
    document,
    query_all,
    read_all,
    retry_conflicts,
)
from shared.gcp.messages import REMOVED, Batch
from shared.gcp.tasks import DispatchFailed
from shared.gcp.users import subscription_from, subscription_path
from shared.gcp.webhooks import (
    Webhook,
    WebhookDelivery,
    Work,
    deliveries_path,
    pending_deliveries,
    webhook_from,
    webhook_path,
    work_from,
    work_path,
)
from shared.webhooks import changes
from shared.wiring import Parts

log = logs.logger("webhooks")

LEASE = timedelta(seconds=90)
"""Longer than LONGEST and the requests that began before its end."""
LONGEST = timedelta(seconds=30)
"""After this time a task begins no request: another task continues, behind those of others."""
_ROUND = 8
# Of one commit; Firestore allows 500 writes.
_BATCH = 450


def deliver_due(user_id: str, webhook_id: str, parts: Parts) -> str:
    """Deliver what is due for a webhook; returns what was done, in words.

    Raises StoreUnavailable, PreconditionFailed: deliver the task again.
    """
    paths = [
        work_path(user_id, webhook_id),
        webhook_path(user_id, webhook_id),
        subscription_path(user_id),
    ]
    with logs.bound(webhook=webhook_id):
        result = retry_conflicts(
            paths[0],
            lambda: read_all(parts.db, paths),
            lambda snapshots: _deliver_due([snapshots[path] for path in paths], user_id, parts),
        )
        log.info("webhook task delivered", extra=logs.fields(result=result))
        return result


def _deliver_due(snapshots: Sequence[Any], user_id: str, parts: Parts) -> str:
    """Raises PreconditionFailed when another task took the work first."""
    work, webhook = work_from(snapshots[0]), webhook_from(snapshots[1], user_id)
    now = clock.now()
    if work is None:
        return "nothing to deliver"
    if work.lease_until is not None and work.lease_until > now:
        return "another task delivers"
    if webhook is None:
        return _forget(work, parts)
    if not webhook.is_on:
        _remove_work(work, parts)
        return "the webhook is off"
    paused_until = webhook.health.paused_until
    if paused_until is not None and paused_until > now:
        # The task that failed has enqueued the next one.
        _put_off(work, paused_until, parts)
        return "the webhook waits after a failure"
    number = len(subscription_from(snapshots[2]).webhook_events)
    return _Turn(_claim(work, parts), webhook, at_once(number), parts).take()


def _claim(work: Work, parts: Parts) -> Work:
    """The work with a lease. Raises PreconditionFailed."""
    owner, until = secrets.token_hex(8), clock.now() + LEASE
    path = work_path(work.user_id, work.webhook_id)
    batch = Batch(parts.db)
    batch.update(
        parts.db.document(path),
        {"leaseUntil": until, "leaseOwner": owner, "wakeAt": seconds_of(until), "sweeps": 0},
        option=parts.db.write_option(last_update_time=work.version),
    )
    snapshots: list[Any] = []

    def landed() -> bool:
        snapshots.append(read_all(parts.db, [path])[path])
        return (document(snapshots[-1]) or {}).get("leaseOwner") == owner

    results = commit(batch, landed)
    version = results[0].update_time if results else snapshots[-1].update_time
    return replace(work, lease_until=until, version=version)


@dataclass
class _Turn:
    """The deliveries of one task."""

    work: Work
    webhook: Webhook
    at_once: int
    parts: Parts

    def __post_init__(self) -> None:
        self._until = clock.now() + LONGEST
        self._count = 0

    def take(self) -> str:
        """Returns what was done, in words."""
        while True:
            next_at = self._deliver_rounds()
            if self._leave(next_at):
                break
        if next_at is not None and next_at - clock.now() <= TASK_HORIZON:
            self._enqueue(next_at)
        return f"sent {self._count}" + ("" if next_at is None else ", more later")

    def _deliver_rounds(self) -> datetime | None:
        """When something will be due again; None if nothing is left."""
        while True:
            now, limit = clock.now(), 1 if self.webhook.health.is_failing else _ROUND
            pending = pending_deliveries(self.parts.db, self.work, _ROUND)
            due = [each for each in pending if each.next_try_at and each.next_try_at <= now]
            if not due:
                return pending[0].next_try_at if pending else None
            if now >= self._until:
                return now
            self._judge(self._deliver(due[:limit]))
            if not self.webhook.is_on:
                return None
            if self.webhook.health.paused_until is not None:
                return self.webhook.health.paused_until

    def _deliver(self, due: Sequence[WebhookDelivery]) -> list[Attempt]:
        self._count += len(due)
        with ThreadPoolExecutor(self.at_once) as pool:
            return list(pool.map(lambda each: try_delivery(each, self.webhook, self.parts), due))

    def _judge(self, attempts: Sequence[Attempt]) -> None:
        """Note on the webhook how it went, if that has changed."""
        before, now = self.webhook.health, clock.now()
        failed = [each for each in attempts if not each.is_success]
        health = Health() if len(failed) < len(attempts) else after_failure(before, now)
        reasons = (off_reason(health, each.status, now) for each in failed)
        reason = next(filter(None, reasons), None)
        if health == before and reason is None:
            return
        self.webhook = replace(self.webhook, health=health)
        if reason is not None:
            self.webhook = replace(self.webhook, off_reason=reason)
            log.warning("webhook switched off", extra=logs.fields(reason=reason.value))
        changes.note_health(self.webhook, self.parts)

    def _leave(self, next_at: datetime | None) -> bool:
        """Give the work back; False: there is new work, and this task goes on."""
        try:
            if next_at is None:
                _remove_work(self.work, self.parts)
            else:
                _put_off(self.work, next_at, self.parts)
            return True
        except PreconditionFailed:
            path = work_path(self.work.user_id, self.work.webhook_id)
            work = work_from(read_all(self.parts.db, [path])[path])
            if work is None or work.lease_until != self.work.lease_until:
                return True
            self.work = work
            return False

    def _enqueue(self, at: datetime) -> None:
        work = self.work
        try:
            self.parts.queues.dispatch_webhook(work.user_id, work.webhook_id, at)
        except DispatchFailed as error:
            log.error("deliveries not enqueued; the sweeper will: %s", error)


def _put_off(work: Work, until: datetime, parts: Parts) -> None:
    """Raises PreconditionFailed when there is new work, StoreUnavailable."""
    fields = {
        "wakeAt": seconds_of(until),
        "sweeps": 0,
        "leaseUntil": REMOVED,
        "leaseOwner": REMOVED,
    }
    batch = Batch(parts.db)
    reference = parts.db.document(work_path(work.user_id, work.webhook_id))
    option = parts.db.write_option(last_update_time=work.version)
    batch.update(reference, fields, option=option)
    # Written again, it says the same.
    commit(batch, landed=lambda: False)


def _remove_work(work: Work, parts: Parts) -> None:
    """Raises PreconditionFailed when there is new work, StoreUnavailable."""
    batch = Batch(parts.db)
    reference = parts.db.document(work_path(work.user_id, work.webhook_id))
    batch.delete(reference, option=parts.db.write_option(last_update_time=work.version))
    commit(batch, landed=lambda: not read_all(parts.db, [reference.path])[reference.path].exists)


def _forget(work: Work, parts: Parts) -> str:
    """The webhook was deleted: remove its deliveries, too."""
    deliveries = parts.db.collection(deliveries_path(work.user_id, work.webhook_id))
    while found := query_all(deliveries.select([]).limit(_BATCH)):
        batch = Batch(parts.db)
        for snapshot in found:
            batch.delete(snapshot.reference)
        commit(batch, landed=lambda: False)
    _remove_work(work, parts)
    return "the webhook was deleted"
