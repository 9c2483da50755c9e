"""Whole lives of posts, recorded from the twins at the addresses of the real platforms."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import pytest

from shared import clock
from shared.domain.accounts import Tokens
from shared.platforms import registry
from shared.platforms.base import Checkpoint, Pending, Post, Turn
from tests.extent import FULL
from tests.media import Shelf
from tests.platforms.all_contracts import CONTRACTS
from tests.platforms.conftest import Twin
from tests.platforms.contract import Example
from tests.platforms.driving import Recorded, Wire, drive, http_of
from tests.platforms.examples import TOKEN, a_post


class Kind(NamedTuple):
    """Examples of one kind take the same steps."""

    visible: str
    media: frozenset[str]
    post_type: str | None


def examples(platform: str, shelf: Shelf) -> list[Example]:
    """All examples of a platform; in the quick run one of each kind."""
    every = dict(CONTRACTS)[platform].examples
    kinds = {
        Kind(
            one.visible,
            frozenset(asset.kind.value for asset in one.media(shelf)),
            one.options.get("postType"),
        ): one
        for one in reversed(every)
    }
    return list(every) if FULL else list(kinds.values())


@dataclass(frozen=True)
class Life:
    """A post from its first step to its deletion."""

    post: Post
    twin: str
    checkpoint: Checkpoint
    """Of the last step: what a look-up starts from."""
    post_id: str
    steps: list[Recorded]
    look_up: list[Recorded]
    permalink: list[Recorded]
    deletion: list[Recorded]
    refresh: list[Recorded]

    @property
    def all(self) -> list[Recorded]:
        return [*self.steps, *self.look_up, *self.permalink, *self.deletion, *self.refresh]


_lives: dict[tuple[str, str], Life] = {}


def life_of(platform: str, example: Example, twin_of: Callable[[str], Twin], shelf: Shelf) -> Life:
    """The life of `example`, which is recorded once."""
    key = (platform, example.name)
    if key not in _lives:
        _lives[key] = _record(platform, example, twin_of(platform), shelf)
    return _lives[key]


def _record(platform: str, example: Example, twin: Twin, shelf: Shelf) -> Life:
    """Publish `example`, look it up, read its link, delete it and renew the account's tokens."""
    publishing = registry.publishing(platform)
    post = a_post(platform, example.text, media=example.media(shelf), **example.options)
    wire, checkpoint, post_id = Wire(platform, twin.url), publishing.checkpoint(), ""
    began = clock.now()
    with moving_clock() as wait:
        for taken in drive(publishing, post, wire, wait):
            if isinstance(taken.result, Pending):
                checkpoint = taken.result.checkpoint
            else:
                post_id = taken.result.platform_post_id
        steps = wire.taken()
        turn = Turn(post, checkpoint, http_of(publishing, wire))
        publishing.look_up(turn, began - timedelta(minutes=1))
        look_up = wire.taken()
        publishing.permalink(post, post_id, http_of(publishing, wire))
        permalink = wire.taken()
        if registry.limits(platform).capabilities.deletes:
            publishing.delete(post, post_id, http_of(publishing, wire))
        deletion = wire.taken()
        wait(timedelta(days=2))
        if dict(CONTRACTS)[platform].refresh:
            tokens = Tokens(TOKEN, f"{TOKEN}-refresh", None)
            registry.connecting(platform).refresh(tokens, http_of(publishing, wire))
    return Life(
        post, twin.url, checkpoint, post_id, steps, look_up, permalink, deletion, wire.taken()
    )


@contextmanager
def moving_clock() -> Iterator[Callable[[timedelta], None]]:
    """Yields a function that moves the clock of this process, twins included."""
    offset = timedelta(0)
    real = clock.now

    def wait(time: timedelta) -> None:
        nonlocal offset
        offset += time

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: real() + offset)
        yield wait
