"""Deleting a published post, with a death at each call."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.crash.faults import DEATHS, Calls, Killed, lose_acknowledgement, watch
from tests.crash.scenario import PLATFORMS, TEXT, forget_posts
from tests.functions.deleting import DELETES, ask, assert_taken_down
from tests.functions.publishing import fault
from tests.world import World


def _to_be_taken_down(world: World, platform: str, disturbance: str | None = None) -> str:
    """A published post whose deletion was requested and has not started."""
    forget_posts(world)
    post = world.submit(TEXT, platform)
    world.live_until_quiet()
    if disturbance:
        fault(world, platform, DELETES, disturbance)
    ask(world, post)
    return post


@pytest.mark.parametrize(
    ("platform", "disturbance"),
    [
        ("x", None),
        ("facebook", None),
        pytest.param("threads", "accept_then_reset", marks=pytest.mark.full),
        pytest.param("x", "accept_then_reset", marks=pytest.mark.full),
        pytest.param("threads", None, marks=pytest.mark.full),
        pytest.param("facebook", "accept_then_reset", marks=pytest.mark.full),
    ],
)
@pytest.mark.parametrize("die", DEATHS)
def test_a_death_at_any_call(
    world: World, platform: str, die: Callable[..., Any], disturbance: str | None
) -> None:
    calls = watch(world)
    calls.only_of_handlers(world)
    number = 0
    while _dies_at(number, world, calls, platform, die, disturbance):
        number += 1
    assert number > 4


def _dies_at(
    number: int,
    world: World,
    calls: Calls,
    platform: str,
    die: Callable[..., Any],
    disturbance: str | None,
) -> bool:
    """Delete a post with a death at call `number`; False when there are fewer calls."""
    calls.count()
    post = _to_be_taken_down(world, platform, disturbance)
    calls.strike(number, die)
    try:
        world.live_until_quiet()
    except Killed:
        world.live_until_quiet()
    assert_taken_down(world, post, platform)
    return len(calls.made) > number


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_acknowledgement_of_any_commit_lost(world: World, platform: str) -> None:
    calls = watch(world)
    calls.only_of_handlers(world)
    post = _to_be_taken_down(world, platform)
    calls.count()
    world.deliver_due()
    commits = [number for number, name in enumerate(calls.made) if name == "commit"]
    assert len(commits) == 2
    for number in commits:
        calls.count()
        post = _to_be_taken_down(world, platform)
        calls.strike(number, lose_acknowledgement)
        world.deliver_due()
        # Nothing was lost, so nothing needs time or a sweep to recover.
        assert_taken_down(world, post, platform)
