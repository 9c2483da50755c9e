"""Events of a post, with a death at each call: of its delivery, and of that of the events."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest

from shared.webhooks import changes, sending
from tests.crash.faults import DEATHS, Calls, Killed, deaths_at, lose_acknowledgement, watch
from tests.crash.scenario import TEXT, assert_published_once, forget_posts
from tests.webhooks.receiver import Receiver, receiver, register
from tests.world import World

__all__ = ["receiver"]

WANTED = ("post.published", "run.succeeded")


@pytest.fixture
def calls(world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """All calls out of the world, including those to the receiver."""
    register(world, receiver, WANTED)
    calls, real = watch(world), sending.post

    @wraps(real)
    def post(*sent: Any) -> Any:
        return calls.pass_on("POST hook", lambda: real(*sent))

    monkeypatch.setattr(sending, "post", post)
    return calls


@pytest.mark.parametrize("die", DEATHS)
def test_a_death_at_any_call(
    world: World, receiver: Receiver, calls: Calls, die: Callable[..., Any]
) -> None:
    made = _calls_made(world, receiver, calls)
    assert made.count("POST hook") == 2
    for number in deaths_at(made):
        forget_posts(world)
        receiver.heard.clear()
        post = world.submit(TEXT, "x")
        calls.strike(number, die)
        with pytest.raises(Killed):
            world.deliver_due()
        _assert_events_are_of(world, receiver, post)
        world.live_until_quiet()
        assert_published_once(world, post, "x")
        _assert_heard(world, receiver, post)


def test_the_acknowledgement_of_any_commit_lost(
    world: World, receiver: Receiver, calls: Calls
) -> None:
    made = _calls_made(world, receiver, calls)
    for number in [number for number, name in enumerate(made) if name == "commit"]:
        forget_posts(world)
        receiver.heard.clear()
        post = world.submit(TEXT, "x")
        calls.strike(number, lose_acknowledgement)
        world.deliver_due()
        assert_published_once(world, post, "x")
        _assert_heard(world, receiver, post)


def test_a_new_secret_is_returned_although_the_acknowledgement_was_lost(
    world: World, receiver: Receiver
) -> None:
    webhook, calls = register(world, receiver, WANTED), watch(world)
    calls.count()
    first = changes.rotate_secret(webhook, world.parts)
    calls.strike(calls.made.index("commit"), lose_acknowledgement)
    second = changes.rotate_secret(first, world.parts)
    assert second.secret_number == webhook.secret_number + 2


def _calls_made(world: World, receiver: Receiver, calls: Calls) -> list[str]:
    """The calls of one undisturbed delivery."""
    post = world.submit(TEXT, "x")
    calls.count()
    world.deliver_due()
    made = list(calls.made)
    _assert_heard(world, receiver, post)
    return made


def _stored_events(world: World, post: str) -> list[str]:
    found = world.parts.db.collection_group("deliveries").get()
    return sorted(each.get("event") for each in found if post in each.get("body"))


def _assert_events_are_of(world: World, receiver: Receiver, post: str) -> None:
    """There is an event exactly for what has happened."""
    has_run = world.parts.db.document(f"postSubmissions/{post}/runs/x").get().exists
    happened = []
    if world.submission(post)["status"] == "succeeded":
        happened.append("post.published")
    if has_run and world.run(post, "x")["status"] == "succeeded":
        happened.append("run.succeeded")
    assert _stored_events(world, post) == happened


def _assert_heard(world: World, receiver: Receiver, post: str) -> None:
    """Each event once, or again with the same id if the first answer was lost."""
    assert _stored_events(world, post) == ["post.published", "run.succeeded"]
    ids = {message_id for message_id, body in receiver.heard if post in str(body)}
    assert len(ids) == 2, (receiver.heard, world.log)
    assert {body["type"] for _, body in receiver.heard} == set(WANTED)
