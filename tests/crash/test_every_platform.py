"""Every kind of post to every platform, with a death after each call that its delivery makes.

A death before a call is one after the call before it: nothing is kept in between.
"""

import pytest

from tests.crash.faults import Calls, Killed, die_after, watch
from tests.crash.scenario import forget_posts
from tests.media import Shelf
from tests.platforms.all_contracts import EXAMPLES, as_asked, shown, submit
from tests.platforms.contract import Example
from tests.world import World


@pytest.mark.parametrize(("platform", "example"), EXAMPLES)
@pytest.mark.timeout(300)
def test_a_death_after_any_call(
    world: World, shelf: Shelf, platform: str, example: Example
) -> None:
    calls = watch(world)
    calls.only_of_handlers(world)
    made = _undisturbed(world, shelf, platform, example, calls)
    is_settled = example.finds_lost and example.proves_absent
    unsettled = 0
    for number in range(len(made)):
        forget_posts(world)
        post = submit(world, shelf, platform, example)
        calls.strike(number, die_after)
        with pytest.raises(Killed):
            world.live_until_quiet()
        world.live_until_quiet()
        status = world.run(post, platform)["status"]
        if status == "unconfirmed" and not is_settled:
            # Nobody may look: it stays what it is until the person says so, and is not repeated.
            unsettled += 1
            assert len(shown(world, platform)) <= 1, (made[number], world.log)
            continue
        assert status == "succeeded", (number, made[number], world.log)
        assert shown(world, platform) == [as_asked(example, shelf)], (made[number], world.log)
    # The commit of the intent, the visible request and the calls up to its own commit.
    assert unsettled <= 6, made


def _undisturbed(
    world: World, shelf: Shelf, platform: str, example: Example, calls: Calls
) -> list[str]:
    """The calls that the delivery of one undisturbed post makes."""
    post = submit(world, shelf, platform, example)
    calls.count()
    world.live_until_quiet()
    assert world.run(post, platform)["status"] == "succeeded", world.log
    return list(calls.made)
