"""Posts to every platform, with a death after each call that their delivery makes.

A death before a call is the same as one after the call before it. A full run takes every example
and every call. Otherwise an example is left out when another one makes the same calls, and of
calls that repeat between the same neighbours only the first is struck.
"""

import re

import pytest

from tests.crash.faults import Calls, Killed, die_after, watch
from tests.crash.scenario import forget_posts
from tests.media import Shelf
from tests.platforms.all_contracts import CONTRACTS, EXAMPLES, as_asked, shown, submit
from tests.platforms.contract import Example
from tests.scale import FULL
from tests.world import World

STRUCK = [
    case
    for name, contract in CONTRACTS
    for case in EXAMPLES
    if case.values[0] == name
    and (FULL or not contract.distinct or case.values[1].name in contract.distinct)
]
_ID = re.compile(r"[0-9]{3,}|[A-Za-z0-9_-]{20,}|%3A\w+|\?.*")


@pytest.mark.parametrize(("platform", "example"), STRUCK)
@pytest.mark.timeout(600)
def test_a_death_after_any_call(
    world: World, shelf: Shelf, platform: str, example: Example
) -> None:
    calls = watch(world)
    calls.only_of_handlers(world)
    made = _undisturbed(world, shelf, platform, example, calls)
    is_settled = example.finds_lost and example.proves_absent
    unsettled = 0
    for number in _numbers(made):
        forget_posts(world)
        post = submit(world, shelf, platform, example)
        calls.strike(number, die_after)
        with pytest.raises(Killed):
            world.live_until_quiet()
        world.live_until_quiet()
        status = world.run(post, platform)["status"]
        if status == "unconfirmed" and not is_settled:
            # The platform shows nobody: it stays unconfirmed until the user resolves it.
            unsettled += 1
            assert len(shown(world, platform)) <= 1, (made[number], world.log)
            continue
        assert status == "succeeded", (number, made[number], world.log)
        assert shown(world, platform) == [as_asked(example, shelf)], (made[number], world.log)
    # The commit of the intent, the visible request and the calls up to its own commit.
    assert unsettled <= 6, made


def _numbers(made: list[str]) -> list[int]:
    """Which of the calls to strike."""
    if FULL:
        return list(range(len(made)))
    names = ["", *(_ID.sub("", call) for call in made), ""]
    places = list(zip(names, names[1:], names[2:], strict=False))
    return [number for number, place in enumerate(places) if place not in places[:number]]


def _undisturbed(
    world: World, shelf: Shelf, platform: str, example: Example, calls: Calls
) -> list[str]:
    """The calls that the delivery of one undisturbed post makes."""
    post = submit(world, shelf, platform, example)
    calls.count()
    world.live_until_quiet()
    assert world.run(post, platform)["status"] == "succeeded", world.log
    return list(calls.made)
