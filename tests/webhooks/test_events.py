"""Every event arrives, signed, with what it tells about."""

from datetime import timedelta

import pytest

from shared import clock
from shared.gcp.users import subscription_path
from shared.posts.reconcile import resolve_not_published
from shared.webhooks import changes
from tests.functions.counting import collect, publish
from tests.functions.publishing import VISIBLE, fault, lose_patience
from tests.functions.talking import FIRST, Talk, post_id_of, talk
from tests.webhooks.receiver import Receiver, allow, deliveries, receiver, receiving, register
from tests.world import USER, World

__all__ = ["receiver", "talk"]

DAY = timedelta(days=1)


def test_a_published_post(world: World, receiver: Receiver) -> None:
    register(world, receiver)
    post = world.submit("Hello", ["x", "threads"])
    world.deliver_due()
    assert receiver.events == ["post.published", "run.succeeded", "run.succeeded"]
    [published] = receiver.of("post.published")
    assert published["version"] == 1
    assert published["post"]["postSubmissionId"] == post
    assert published["post"]["status"] == "succeeded"
    assert published["post"]["content"]["text"] == "Hello"
    runs = {each["run"]["platform"]: each for each in receiver.of("run.succeeded")}
    assert runs.keys() == {"x", "threads"}
    assert runs["x"]["postSubmissionId"] == post
    assert runs["x"]["run"]["status"] == "succeeded"
    assert runs["x"]["seq"] == world.run(post, "x")["seq"]


def test_a_post_that_fails_on_one_platform(world: World, receiver: Receiver) -> None:
    register(world, receiver)
    fault(world, "x", VISIBLE["x"], "status", status=403)
    world.submit("Hello", ["x", "threads"])
    world.deliver_due()
    assert receiver.events == ["post.partially_failed", "run.failed", "run.succeeded"]
    [failed] = receiver.of("run.failed")
    assert failed["run"]["error"]["message"]
    assert receiver.of("post.partially_failed")[0]["version"] == 1


def test_a_post_that_cannot_start_at_all(world: World, receiver: Receiver) -> None:
    register(world, receiver)
    world.submit("Hello", ["x", "threads"])
    world.expire_subscription()
    world.deliver_due()
    assert receiver.events == ["post.failed", "run.failed", "run.failed"]


@pytest.mark.full
def test_a_post_that_may_be_live_and_its_owner_says_that_it_is_not(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(world, receiver)
    lose_patience(monkeypatch)
    fault(world, "x", VISIBLE["x"], "timeout_before")
    post = world.submit("Hello", "x")
    world.deliver_due()
    assert receiver.events == ["post.unconfirmed"]
    stored = world.parts.deliveries.run(post, "x")
    assert stored is not None
    resolve_not_published(stored, world.parts)
    world.deliver_due()
    assert receiver.events == ["post.failed", "post.unconfirmed", "run.failed"]
    assert receiver.of("post.failed")[0]["version"] == 2


@pytest.mark.full
def test_an_account_that_must_be_reconnected_and_its_scheduled_post(
    world: World, receiver: Receiver
) -> None:
    register(world, receiver)
    due = (clock.now() + DAY).isoformat()
    post = world.submit("Hello", "x", scheduledTime=due)
    fault(world, "x", "GET /2/users/me", "revoked_token")
    world.advance(DAY - timedelta(minutes=58))
    world.sweep()
    world.deliver_due()
    assert receiver.events == ["account.reconnect_required", "post.at_risk"]
    [ended] = receiver.of("account.reconnect_required")
    assert ended["account"]["accountId"] == f"x_{USER}"
    assert ended["account"]["status"] == "reconnect_required"
    [risk] = receiver.of("post.at_risk")
    assert risk["post"]["postSubmissionId"] == post
    assert risk["post"]["risks"][0]["code"] == "reconnect_required"
    # The next sweep finds the same risk, which is no news.
    world.advance(timedelta(minutes=2))
    world.sweep()
    world.deliver_due()
    assert len(receiver.heard) == 2


@pytest.mark.full
def test_an_authorization_that_only_its_user_can_renew(world: World, receiver: Receiver) -> None:
    register(world, receiver)
    account, end = world.account("linkedin"), clock.now() + 30 * DAY
    path = f"users/{USER}/integrations/linkedin/accounts/{account.account_id}"
    world.parts.db.document(path).update({"endsAt": end})
    world.grant("linkedin").update({"wakeAt": end - 7 * DAY})
    world.advance(22 * DAY)
    world.sweep()
    world.deliver_due()
    assert receiver.events == []
    world.advance(DAY)
    for _ in range(2):
        world.sweep()
        world.deliver_due()
        world.advance(timedelta(hours=7))
    assert receiver.events == ["account.expiring"]
    [expiring] = receiver.of("account.expiring")
    assert expiring["account"]["accountId"] == account.account_id
    assert expiring["account"]["status"] == "expiring"
    assert expiring["account"]["expiresAt"]


@pytest.mark.full
def test_a_new_comment_without_its_words(world: World, receiver: Receiver, talk: Talk) -> None:
    register(world, receiver, ("comment.received",))
    [post] = publish(world, "Hello")
    platform_post = post_id_of(world, post)
    talk.write(platform_post, "How much is it?")
    talk.write(platform_post, "Long ago", created_at=clock.now() - 90 * DAY)
    world.advance(FIRST)
    for _ in range(2):
        collect(world)
        world.deliver_due()
        world.advance(timedelta(hours=1))
    assert receiver.events == ["comment.received"]
    [comment] = receiver.of("comment.received")
    assert comment["comment"]["postSubmissionId"] == post
    assert "How much" not in str(receiver.heard)


@pytest.mark.full
def test_only_what_a_webhook_wants_is_sent_and_stored(world: World, receiver: Receiver) -> None:
    webhook = register(world, receiver, ("post.failed",))
    world.submit("Hello", "x")
    world.deliver_due()
    assert receiver.heard == []
    assert deliveries(world, webhook) == []
    changes.change(webhook, world.parts, wanted=("post.published",))
    world.submit("Hello again", "x")
    world.deliver_due()
    assert receiver.events == ["post.published"]
    changes.delete(webhook, world.parts)
    world.submit("Hello at last", "x")
    world.deliver_due()
    assert len(receiver.heard) == 1
    assert deliveries(world, webhook) == []
    subscription = world.parts.db.document(subscription_path(USER)).get().to_dict()
    assert "webhookEvents" not in subscription


def test_two_webhooks_get_the_same_event_with_the_same_id(world: World, receiver: Receiver) -> None:
    one = register(world, receiver, ("post.published",))
    with receiving() as other:
        allow(world, receiver, other)
        two = register(world, other, ("post.published", "post.failed"))
        world.submit("Hello", "x")
        world.deliver_due()
        assert receiver.heard == other.heard
    [first], [second] = deliveries(world, one), deliveries(world, two)
    assert first["body"] == second["body"]
