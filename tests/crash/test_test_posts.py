"""A test post, with a death at each call of its delivery."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests import extent
from tests.crash.faults import DEATHS, Killed, deaths_at, watch
from tests.world import World

OUTCOMES = {"slow": 4, "unconfirm": 2, "fail:duplicate": 1}
"""Each with the number of its attempts."""


@pytest.mark.parametrize("outcome", extent.some(OUTCOMES, ("slow",)))
@pytest.mark.parametrize("die", DEATHS)
def test_a_death_at_any_call(world: World, outcome: str, die: Callable[..., Any]) -> None:
    world.with_parts(settings=replace(world.parts.settings, test_mode=True)).mode = "test"
    calls = watch(world)
    target = {"platform": "x", "options": {"simulate": outcome}}
    world.submit("undisturbed", target)
    calls.count()
    world.deliver_due()
    for number in deaths_at(list(calls.made)):
        post = world.submit(f"death {number}", target)
        calls.strike(number, die)
        with pytest.raises(Killed):
            world.deliver_due()
        world.live_until_quiet()
        run = world.run(post, "x")
        assert run["status"] == ("failed" if outcome.startswith("fail") else "succeeded"), world.log
        assert run["attempt"] == OUTCOMES[outcome]
        assert world.submission(post)["status"] == run["status"]
    assert world.platforms["x"].requests.all() == []
