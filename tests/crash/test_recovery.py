"""A death during the recovery from another one: at each call of the look-ups and after."""

from collections.abc import Callable
from typing import Any

import pytest

from local.platforms.faults import read_fault
from tests.crash.faults import DEATHS, Calls, Killed, watch
from tests.crash.scenario import TEXT, assert_published_once, forget_posts
from tests.world import World

VISIBLE = {"x": "POST /2/tweets", "threads": "POST /v1.0/me/threads_publish"}
LOSSES = {"taken": "accept_then_reset", "not taken": "reset_before"}


def _lose_the_answer(world: World, platform: str, mode: str) -> str:
    world.platforms[platform].faults.add(read_fault({"match": VISIBLE[platform], "mode": mode}))
    post = world.submit(TEXT, platform)
    world.deliver_due()
    assert world.submission(post)["status"] == "unconfirmed", world.log
    return post


@pytest.mark.full
@pytest.mark.parametrize(
    ("platform", "loss"),
    [
        ("x", "taken"),
        pytest.param("x", "not taken", marks=pytest.mark.full),
        pytest.param("threads", "not taken", marks=pytest.mark.full),
        pytest.param("threads", "taken", marks=pytest.mark.full),
    ],
)
@pytest.mark.parametrize("die", DEATHS)
def test_a_death_at_any_call_of_the_recovery(
    world: World, platform: str, die: Callable[..., Any], loss: str
) -> None:
    calls = watch(world)
    calls.only_of_handlers(world)
    number = 0
    while _dies_at(number, world, calls, platform, die, LOSSES[loss]):
        number += 1
    assert number > 6


def _dies_at(
    number: int, world: World, calls: Calls, platform: str, die: Callable[..., Any], mode: str
) -> bool:
    """Recover once with a death at call `number`; False when there are fewer calls."""
    forget_posts(world)
    post = _lose_the_answer(world, platform, mode)
    calls.strike(number, die)
    died = False
    try:
        world.live_until_quiet()
    except Killed:
        died = True
        world.live_until_quiet()
    assert_published_once(world, post, platform)
    return died
