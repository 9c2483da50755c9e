"""How events are delivered: retried, put off, limited, and ended."""

import threading
from datetime import timedelta

import pytest

from functions.webhooks import turn
from functions.webhooks.turn import deliver_due
from shared import clock
from shared.domain.webhooks import AT_ONCE, AT_ONCE_FOR_USER, MOST_WEBHOOKS, at_once
from shared.gcp.webhooks import Webhook
from shared.webhooks import changes, sending, signing
from tests.webhooks.receiver import (
    Receiver,
    allow,
    deliveries,
    live,
    receiver,
    receiving,
    register,
    stored,
)
from tests.world import USER, World

__all__ = ["receiver"]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PUBLISHED = ("post.published",)


def _publish(world: World, count: int = 1) -> None:
    for number in range(count):
        world.submit(f"Hello {number} {clock.now()}", "x")
    world.deliver_due()


def _send(world: World, webhook: Webhook, count: int = 1) -> None:
    """Events without a post, whose comments and numbers would be read as time passes."""
    for _ in range(count):
        changes.send_test(webhook, world.parts)
    world.deliver_due()


@pytest.mark.full
def test_a_receiver_that_is_down_for_two_days_gets_everything_once(
    world: World, receiver: Receiver
) -> None:
    webhook = register(world, receiver, PUBLISHED)
    receiver.status = 503
    for _ in range(2):
        _send(world, webhook, 3)
        live(world, DAY, 2 * HOUR)
    assert {each.get("status") for each in deliveries(world, webhook)} == {503}
    refused = len(receiver.heard)
    receiver.status = 200
    live(world, 12 * HOUR, 2 * HOUR)
    found = deliveries(world, webhook)
    assert [bool(each.get("deliveredAt")) for each in found] == [True] * 6
    assert len(receiver.heard) == refused + 6
    assert len({message_id for message_id, _ in receiver.heard}) == 6
    assert "failures" not in stored(world, webhook)
    assert world.parts.db.collection_group("webhookWork").get() == []


@pytest.mark.full
def test_a_receiver_that_is_back_gets_what_waits_within_minutes(
    world: World, receiver: Receiver
) -> None:
    webhook = register(world, receiver, PUBLISHED)
    receiver.status = 503
    for _ in range(6):
        _send(world, webhook)
        live(world, 10 * MINUTE, 10 * MINUTE)
    receiver.status = 200
    _send(world, webhook)
    live(world, 11 * MINUTE, 11 * MINUTE)
    assert deliveries(world, webhook)[-1]["deliveredAt"]


def test_410_switches_a_webhook_off(world: World, receiver: Receiver) -> None:
    webhook = register(world, receiver, PUBLISHED)
    receiver.status = 410
    _publish(world, 2)
    assert stored(world, webhook)["offReason"] == "gone"
    heard = len(receiver.heard)
    assert heard <= 2
    _publish(world)
    live(world, HOUR, HOUR)
    assert len(receiver.heard) == heard
    # Nothing was stored for it, and it gets what waits once it is on again.
    assert len(deliveries(world, webhook)) == 2
    receiver.status = 200
    changes.change(webhook, world.parts, is_on=True)
    live(world, 10 * MINUTE, 10 * MINUTE)
    assert all(each.get("deliveredAt") for each in deliveries(world, webhook))
    _publish(world)
    assert len(deliveries(world, webhook)) == 3


@pytest.mark.full
def test_a_webhook_that_fails_for_five_days_is_switched_off(
    world: World, receiver: Receiver
) -> None:
    webhook = register(world, receiver, PUBLISHED)
    receiver.status = 500
    for _ in range(5):
        assert "offReason" not in stored(world, webhook)
        _send(world, webhook)
        live(world, DAY, 12 * HOUR)
    _send(world, webhook)
    live(world, HOUR, HOUR)
    assert stored(world, webhook)["offReason"] == "failing"
    assert "nextTryAt" not in deliveries(world, webhook)[0]


def test_one_event_that_is_refused_keeps_no_other_waiting(world: World, receiver: Receiver) -> None:
    webhook = register(world, receiver, PUBLISHED)
    receiver.status = 500
    _publish(world)
    receiver.status = 200
    world.advance(MINUTE)
    _publish(world)
    assert [bool(each.get("deliveredAt")) for each in deliveries(world, webhook)][-1]


def test_a_redirect_is_a_failure_and_the_response_is_read_up_to_a_limit(
    world: World, receiver: Receiver
) -> None:
    webhook = register(world, receiver, PUBLISHED)
    receiver.status, receiver.response = 302, b"x" * 100_000
    receiver.headers = {"Location": receiver.url}
    _publish(world)
    [delivery] = deliveries(world, webhook)
    assert len(receiver.heard) == 1
    assert "no redirects" in delivery["problem"]
    assert len(delivery["response"]) == sending.MOST_OF_RESPONSE


@pytest.mark.full
def test_a_slow_receiver_delays_only_its_own_events(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.5)
    ended = threading.Event()
    with receiving() as slow:
        slow.wait = lambda: ended.wait(10)
        allow(world, receiver, slow)
        late, prompt = register(world, slow, PUBLISHED), register(world, receiver, PUBLISHED)
        slow_tasks = threading.Thread(target=_publish, args=(world,))
        slow_tasks.start()
        slow_tasks.join(20)
        ended.set()
    [waiting], [arrived] = deliveries(world, late), deliveries(world, prompt)
    assert "within" in waiting["problem"]
    assert arrived["deliveredAt"]


def test_requests_at_once_are_limited(world: World, receiver: Receiver) -> None:
    webhook = register(world, receiver, PUBLISHED)
    together = threading.Barrier(AT_ONCE)
    receiver.wait = lambda: together.wait(10)
    changes.change(webhook, world.parts, is_on=False)
    changes.change(webhook, world.parts, wanted=("run.failed",), is_on=True)
    for _ in range(2 * AT_ONCE):
        changes.send_test(webhook, world.parts)
    tasks = [
        threading.Thread(target=deliver_due, args=(USER, webhook.webhook_id, world.parts))
        for _ in range(3)
    ]
    for task in tasks:
        task.start()
    for task in tasks:
        task.join(30)
    assert receiver.most_at_once == AT_ONCE
    assert len(receiver.heard) == 2 * AT_ONCE
    for number in range(1, MOST_WEBHOOKS + 1):
        assert 1 <= at_once(number) <= AT_ONCE
        assert number * at_once(number) <= AT_ONCE_FOR_USER


def test_a_long_backlog_is_left_to_another_task(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = register(world, receiver, PUBLISHED)
    for _ in range(12):
        changes.send_test(webhook, world.parts)
    monkeypatch.setattr(turn, "LONGEST", timedelta(0))
    assert deliver_due(USER, webhook.webhook_id, world.parts) == "sent 0, more later"
    monkeypatch.undo()
    world.advance(turn.LEASE)
    world.deliver_due()
    assert len(receiver.heard) == 12


def test_both_secrets_sign_for_a_day_and_then_the_new_one(world: World, receiver: Receiver) -> None:
    webhook = register(world, receiver, PUBLISHED)
    rotated = changes.rotate_secret(webhook, world.parts)
    new = signing.secret_of(rotated, world.parts.settings)
    assert new != receiver.secret
    _publish(world)
    receiver.secret = new
    _publish(world)
    assert len(receiver.heard) == 2
    world.advance(DAY + MINUTE)
    _publish(world)
    assert len(receiver.heard) == 3
    receiver.secret = signing.secret_of(webhook, world.parts.settings)
    _publish(world)
    assert len(receiver.heard) == 3


def test_a_deleted_webhook_leaves_nothing(world: World, receiver: Receiver) -> None:
    webhook = register(world, receiver, PUBLISHED)
    receiver.status = 500
    _publish(world, 2)
    changes.delete(webhook, world.parts)
    world.deliver_due()
    assert deliveries(world, webhook) == []
    assert world.parts.db.collection_group("webhookWork").get() == []


def test_a_task_that_died_is_replaced(world: World, receiver: Receiver) -> None:
    webhook = register(world, receiver, PUBLISHED)
    changes.send_test(webhook, world.parts)
    path = f"users/{USER}/webhookWork/{webhook.webhook_id}"
    world.parts.db.document(path).update({"leaseUntil": clock.now() + turn.LEASE})
    world.deliver_due()
    assert receiver.heard == []
    world.advance(turn.LEASE)
    world.sweep()
    world.deliver_due()
    assert receiver.events == ["webhook.test"]
