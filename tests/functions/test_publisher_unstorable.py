"""Results that cannot be stored: the run moves on all the same, and nothing is sent twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain import unconfirmed
from shared.domain.errors import PlatformUnavailable, RateLimited, Rejected
from shared.platforms.base import Pending, Published
from shared.platforms.threads.publishing import Publishing as Threads
from shared.platforms.x.publishing import Publishing as X
from shared.posts.deletion import delete_everywhere
from tests.functions.publishing import VISIBLE, fault, requests_to
from tests.world import World

HALF = "cut in the middle of an emoji \ud83d"
HUGE: Any = {f"field{number}": {"value": "v" * 100} for number in range(12_000)}


def _raise(error: Exception) -> None:
    # As if it came in unclean.
    for name in ("message", "platform_message"):
        if getattr(error, name) is not None:
            setattr(error, name, HALF)
    raise error


OUTCOMES: dict[str, Callable[[], Any]] = {
    "half an id": lambda: Published("7\ud83d"),
    "half a link": lambda: Published("7", "https://x.com/\ud83d"),
    "an endless id": lambda: Published("7" * 1_200_000),
    "an id of another type": lambda: Published(HUGE),
    "half a refusal": lambda: _raise(Rejected("No.", platform_message="")),
    "half a failure": lambda: _raise(PlatformUnavailable("No.", platform_message="")),
}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_after_the_visible_step_the_run_is_looked_up(
    world: World, monkeypatch: pytest.MonkeyPatch, outcome: str
) -> None:
    take = X.take

    def answered(self: X, step: Any, turn: Any) -> Any:
        take(self, step, turn)
        return OUTCOMES[outcome]()

    monkeypatch.setattr(X, "take", answered)
    post = world.submit("Hello", "x")
    world.deliver_due()
    run = world.run(post, "x")
    assert run["status"] == "unconfirmed", world.log
    assert "looking it up" in run["error"]["message"]
    world.live_until_quiet()
    assert world.run(post, "x")["status"] == "succeeded"
    assert requests_to(world, "x", VISIBLE["x"]) == 1
    assert world.visible("x") == ["Hello"]


@pytest.mark.full
@pytest.mark.parametrize("outcome", ["half a refusal", "half a failure", "a huge checkpoint"])
def test_before_the_visible_step_it_backs_off_and_ends(
    world: World, monkeypatch: pytest.MonkeyPatch, outcome: str
) -> None:
    checkpoint = Threads.checkpoint(container="9" * 1_100_000)
    outcomes = {**OUTCOMES, "a huge checkpoint": lambda: Pending(checkpoint, timedelta(0))}

    def answered(*_: Any) -> Any:
        return outcomes[outcome]()

    monkeypatch.setattr(Threads, "take", answered)
    post = world.submit("Hello", "threads")
    world.live_until_quiet()
    run = world.run(post, "threads")
    assert (run["status"], run["error"]["retryable"]) == ("failed", True)
    assert world.submission(post)["status"] == "failed"
    assert world.visible("threads") == []


@pytest.mark.parametrize("wait", [timedelta(seconds=10**13), timedelta.max, -timedelta(days=9)])
def test_an_impossible_wait_ends_the_run(
    world: World, monkeypatch: pytest.MonkeyPatch, wait: timedelta
) -> None:
    def limited(*_: Any) -> Any:
        raise RateLimited("Slow down.", retry_after=wait)

    monkeypatch.setattr(X, "take", limited)
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    run = world.run(post, "x")
    assert (run["status"], run["error"]["category"]) == ("failed", "rate_limited")


@pytest.mark.full
def test_a_look_up_that_cannot_be_stored_is_repeated_and_left_to_the_user(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unconfirmed, "FAILED_AGAIN_AFTER", timedelta(hours=2))
    fault(world, "x", VISIBLE["x"], "accept_then_500")
    look_up = X.look_up

    def unstorable(self: X, turn: Any, since: Any) -> Any:
        sighting = look_up(self, turn, since)
        return replace(
            sighting, same=tuple(replace(one, permalink="\ud83d") for one in sighting.same)
        )

    monkeypatch.setattr(X, "look_up", unstorable)
    post = world.submit("Hello", "x")
    world.live_until_quiet(timedelta(hours=30))
    assert world.run(post, "x")["status"] == "unconfirmed"
    assert requests_to(world, "x", VISIBLE["x"]) == 1
    assert world.open_documents() == []


def test_a_deletion_whose_result_cannot_be_stored_ends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    monkeypatch.setattr(X, "delete", lambda *_: _raise(Rejected("No.", platform_message="")))
    stored = world.parts.deliveries.submission(post)
    assert stored is not None
    delete_everywhere(stored, world.parts)
    world.live_until_quiet()
    deletion = world.run(post, "x")["deletion"]
    assert deletion["status"] == "failed"
    assert "Soku could not save X's answer" in deletion["error"]["message"]
