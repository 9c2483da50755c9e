"""Every kind of post to every platform, with a death after each call that its delivery makes.

A death before a call is one after the call before it: nothing is kept in between. The calls to
Firestore and to Cloud Tasks are the same for all platforms: `test_text_post` tries each of them.
"""

import pytest

from tests.crash.faults import Calls, Killed, Place, die_after, is_mutation, watch
from tests.crash.scenario import forget_posts
from tests.media import Shelf
from tests.platforms.all_contracts import CONTRACTS, EXAMPLES, as_asked, shown, submit
from tests.platforms.contract import Contract, Example
from tests.world import World

# It publishes in several steps.
QUICK = {"instagram"}


@pytest.mark.parametrize(
    ("platform", "contract"),
    [
        pytest.param(*known, id=known[0], marks=[] if known[0] in QUICK else [pytest.mark.full])
        for known in CONTRACTS
    ],
)
@pytest.mark.timeout(300)
def test_a_death_after_each_different_mutation(
    world: World, shelf: Shelf, platform: str, contract: Contract
) -> None:
    """Of two examples; a mutation of the same task, after the same, is tried once."""
    calls = _watched(world)
    tried: set[Place] = set()
    for example in (contract.examples[0], contract.examples[-1]):
        tried |= _die_everywhere(world, shelf, platform, example, calls, tried)
    assert tried


@pytest.mark.full
@pytest.mark.parametrize(("platform", "example"), EXAMPLES)
@pytest.mark.timeout(300)
def test_a_death_after_any_call(
    world: World, shelf: Shelf, platform: str, example: Example
) -> None:
    assert _die_everywhere(world, shelf, platform, example, _watched(world))


def _watched(world: World) -> Calls:
    calls = watch(world)
    calls.only_of_handlers(world)
    return calls


def _die_everywhere(
    world: World,
    shelf: Shelf,
    platform: str,
    example: Example,
    calls: Calls,
    tried: set[Place] | None = None,
) -> set[Place]:
    """Publish `example` again and again, with a death after each call; returns their places.

    `tried`: only mutations on the platform are tried, without these, and each once. None: every
    call is tried.
    """
    places = _places(world, shelf, platform, example, calls)
    is_settled = example.finds_lost and example.proves_absent
    known = set(tried or ())
    unsettled = 0
    for number, place in enumerate(places):
        if tried is not None and (place in known or not is_mutation(place)):
            continue
        known.add(place)
        forget_posts(world)
        post = submit(world, shelf, platform, example)
        calls.strike(number, die_after)
        with pytest.raises(Killed):
            world.live_until_quiet()
        world.live_until_quiet()
        where = (example.name, number, place[1], world.log)
        status = world.run(post, platform)["status"]
        if status == "unconfirmed" and not is_settled:
            # Nobody can look it up: it stays unconfirmed until the user decides, and is not
            # repeated.
            unsettled += 1
            assert len(shown(world, platform)) <= 1, where
            continue
        assert status == "succeeded", where
        assert shown(world, platform) == [as_asked(example, shelf)], where
    # The commit of the intent, the visible request and the calls up to its own commit.
    assert unsettled <= 6, places
    return known


def _places(
    world: World, shelf: Shelf, platform: str, example: Example, calls: Calls
) -> list[Place]:
    """Where the delivery of one undisturbed post makes its calls."""
    forget_posts(world)
    post = submit(world, shelf, platform, example)
    calls.count()
    world.live_until_quiet()
    assert world.run(post, platform)["status"] == "succeeded", world.log
    places = calls.places()
    assert len(places) == len(calls.made)
    return places
