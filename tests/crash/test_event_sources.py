"""Events of accounts, scheduled posts and comments, with a death at each call that makes them.

`test_webhooks` does the same for events of published posts, and for the delivery of all events.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from typing import Any

import pytest

from shared import clock
from tests import extent
from tests.crash.event_sources import SOURCES, WANTED, Source
from tests.crash.faults import DEATHS, Calls, Killed, lose_acknowledgement, watch
from tests.webhooks.receiver import Receiver, receiver, register
from tests.world import World

__all__ = ["receiver"]

# A sweep only passes work on, and costs most of the time.
SWEEPS_TOO = extent.FULL


@pytest.fixture
def calls(world: World, receiver: Receiver) -> Calls:
    """The calls of sweeps and tasks."""
    register(world, receiver, WANTED)
    calls = watch(world)
    calls.only_of_handlers(world)
    return calls


@pytest.mark.full
@pytest.mark.parametrize("die", DEATHS)
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.timeout(300)
def test_a_death_at_any_call(
    world: World, receiver: Receiver, calls: Calls, source: type[Source], die: Callable[..., Any]
) -> None:
    if not extent.FULL:
        # Nothing else leaves something that others see.
        calls.only("commit")
    for work in _struck(world, calls, source, die):
        _assert_events_are_of(world, work)
        for wait in work.recovery:
            world.advance(wait)
            world.sweep()
            world.deliver_due()
        _assert_heard(world, receiver, work)


@pytest.mark.full
@pytest.mark.parametrize("source", SOURCES)
def test_the_acknowledgement_of_any_commit_lost(
    world: World, receiver: Receiver, calls: Calls, source: type[Source]
) -> None:
    calls.only("commit")
    for work in _struck(world, calls, source, lose_acknowledgement):
        # Nothing was lost, so nothing needs time to recover.
        world.sweep()
        world.deliver_due()
        _assert_heard(world, receiver, work)


def _struck(
    world: World, calls: Calls, source: type[Source], how: Callable[..., Any]
) -> Iterator[Source]:
    """The same work again and again, struck at one call after the other, and at last at none."""
    for number in count():
        work = source(f"n{number:03}")
        work.begin(world)
        if not SWEEPS_TOO:
            world.sweep()
        calls.strike(number, how)
        with suppress(Killed):
            _work(world)
        is_struck = len(calls.made) > number
        calls.count()
        yield work
        work.end(world)
        if not is_struck:
            break
    assert number > 0


def _work(world: World) -> None:
    """Deliver what is due, except events."""
    if SWEEPS_TOO:
        world.sweep()
    while due := [
        task
        for task in world.tasks.pending()
        if task.queue != "webhooks" and task.schedule_time <= clock.now()
    ]:
        world.tasks.deliver(due[0].name)


def _assert_events_are_of(world: World, work: Source) -> None:
    """There is an event exactly for what has happened."""
    found = world.parts.db.collection_group("deliveries").get()
    stored = [each.get("event") for each in found if work.name in each.get("body")]
    assert sorted(stored) == sorted(work.happened(world)), world.log


def _assert_heard(world: World, receiver: Receiver, work: Source) -> None:
    """Each event once, in the end."""
    _assert_events_are_of(world, work)
    heard = [body["type"] for _, body in receiver.heard if work.name in str(body)]
    assert sorted(heard) == sorted(work.all_events), (heard, world.log)
