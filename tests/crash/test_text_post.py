"""A text post to X and to Threads, with a death at each call of its delivery."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from local.tasks_emulator.delivery import Delivery
from tests import extent
from tests.crash.faults import DEATHS, Calls, Killed, deaths_at, lose_acknowledgement, watch
from tests.crash.scenario import PLATFORMS, TEXT, assert_published_once, forget_posts
from tests.world import World


@pytest.mark.parametrize("platform", extent.some(PLATFORMS, ("x",)))
@pytest.mark.parametrize("die", DEATHS)
def test_a_death_at_any_call(world: World, platform: str, die: Callable[..., Any]) -> None:
    calls = watch(world)
    for number in deaths_at(_calls_made(world, calls, platform)):
        forget_posts(world)
        post = world.submit(TEXT, platform)
        calls.strike(number, die)
        with pytest.raises(Killed):
            world.deliver_due()
        world.live_until_quiet()
        assert_published_once(world, post, platform)


@pytest.mark.parametrize("platform", extent.some(PLATFORMS, ("x",)))
def test_the_acknowledgement_of_any_commit_lost(world: World, platform: str) -> None:
    calls = watch(world)
    made = _calls_made(world, calls, platform)
    commits = [number for number, name in enumerate(made) if name == "commit"]
    assert commits
    for number in commits:
        forget_posts(world)
        post = world.submit(TEXT, platform)
        calls.strike(number, lose_acknowledgement)
        world.deliver_due()
        # Nothing was lost, so nothing needs time or a sweep to recover.
        assert world.submission(post)["status"] == "succeeded", world.log
        assert_published_once(world, post, platform)


def _calls_made(world: World, calls: Calls, platform: str) -> list[str]:
    """The calls of one undisturbed delivery."""
    post = world.submit(TEXT, platform)
    calls.count()
    world.deliver_due()
    made = list(calls.made)
    assert_published_once(world, post, platform)
    return made


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_task_delivered_twice_at_once(world: World, platform: str) -> None:
    once = world.handle

    def twice(delivery: Delivery) -> int:
        with ThreadPoolExecutor(2) as pool:
            return max(pool.map(once, [delivery, delivery]))

    world.handle = twice
    post = world.submit(TEXT, platform)
    world.live_until_quiet()
    assert_published_once(world, post, platform)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_task_delivered_again_much_later(world: World, platform: str) -> None:
    deliveries: list[Delivery] = []
    once = world.handle

    def remember(delivery: Delivery) -> int:
        deliveries.append(delivery)
        return once(delivery)

    world.handle = remember
    post = world.submit(TEXT, platform)
    world.deliver_due()
    assert len(deliveries) >= 2
    for later in (timedelta(seconds=1), timedelta(minutes=3), timedelta(days=2)):
        world.advance(later)
        for delivery in list(deliveries):
            once(delivery)
        world.deliver_due()
    assert_published_once(world, post, platform)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_task_is_ever_delivered(world: World, platform: str) -> None:
    """Only the sweeper's tasks arrive: those of the other functions are all lost."""
    post = world.submit(TEXT, platform)
    for _ in range(12):
        world.tasks.clear()
        world.advance(timedelta(hours=1))
        world.sweep()
        for task in world.tasks.pending():
            world.tasks.deliver(task.name)
        if not world.open_documents():
            break
    assert_published_once(world, post, platform)
