"""Wrappers around the clients that fail at a chosen call.

Every call that leaves the process passes through one `Calls`: Firestore's reads,
queries and commits, the creation of tasks, the requests to platforms. They are
counted, so that a test can go through all of them without knowing them.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests import extent
from tests.world import World

_READS = ("batch_get_documents", "run_query")
FIRESTORE_CALLS = ("commit", *_READS)
Place = tuple[frozenset[tuple[str, ...]], tuple[str, ...], int]
"""What was handled before, of whatever number; what is handled now; and which of its calls.

A handling is known by its calls, without the ids in them.
"""
_ID = re.compile(r"[^/:?&= ]*\d[^/:?&= ]*")


def is_mutation(place: Place) -> bool:
    """Whether the call is a request that changes something on a platform, such as `POST 2/tweets`.

    A death after a read leaves what a death before it leaves.
    """
    _, handling, number = place
    method, _, path = handling[number].partition(" ")
    return bool(path) and method != "GET"


class Killed(BaseException):
    """The process dies here. No exception handler may catch it."""


class Calls:
    """Counts the calls of a world and replaces one of them."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.handlings: list[list[str]] = []
        """The calls of each task and sweep that was handled, in order."""
        self._counting = True
        self._only: tuple[str, ...] = ()
        self._strike_at: int | None = None
        self._strike: Callable[[Callable[[], Any]], Any] = lambda call: call()

    def strike(self, at: int, how: Callable[[Callable[[], Any]], Any]) -> None:
        """Let `how` make call number `at`, counted from 0 starting now."""
        self.count()
        self._strike_at, self._strike = at, how

    def count(self) -> None:
        """Count from 0 again, without a strike."""
        self.made, self.handlings, self._strike_at = [], [], None

    def only_of_handlers(self, world: World) -> None:
        """Count only the calls of the functions, not those of the test."""
        self._counting = False
        world.handle = self._counted(world.handle)  # type: ignore[method-assign]
        world.sweep = self._counted(world.sweep)  # type: ignore[method-assign]

    def only(self, *names: str) -> None:
        """Count only calls with these names."""
        self._only = names

    def _counted(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any) -> Any:
            self._counting = True
            self.handlings.append([])
            try:
                return handler(*args)
            finally:
                self._counting = False

        return counted

    def places(self) -> list[Place]:
        """Where each of the calls was made."""
        places: list[Place] = []
        earlier: frozenset[tuple[str, ...]] = frozenset()
        for calls in self.handlings:
            handling = tuple(_ID.sub("*", name) for name in calls)
            places += [(earlier, handling, number) for number in range(len(calls))]
            earlier |= {handling}
        return places

    def pass_on(self, name: str, call: Callable[[], Any]) -> Any:
        if not self._counting or (self._only and name not in self._only):
            return call()
        number = len(self.made)
        self.made.append(name)
        if self.handlings:
            self.handlings[-1].append(name)
        return self._strike(call) if number == self._strike_at else call()


class _Counted:
    """A client with some methods that go through `Calls`."""

    def __init__(self, client: Any, methods: tuple[str, ...], calls: Calls) -> None:
        self._client, self._methods, self._calls = client, methods, calls

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name not in self._methods:
            return method
        return lambda *args, **named: self._calls.pass_on(name, lambda: method(*args, **named))


def watch(world: World) -> Calls:
    """Route every call out of the world through a `Calls`."""
    calls = Calls()
    db = world.parts.db
    db._firestore_api_internal = _Counted(db._firestore_api, FIRESTORE_CALLS, calls)
    queues = world.parts.queues
    client = queues.connect(queues.settings)
    counted = _Counted(client, ("create_task",), calls)
    send = world.parts.send
    world.with_parts(
        queues=replace(queues, connect=lambda _: counted, _client=None),
        send=lambda method, url, **request: calls.pass_on(
            f"{method} {url.split('/', 3)[-1]}", lambda: send(method, url, **request)
        ),
    )
    return calls


def die_before(call: Callable[[], Any]) -> Any:
    raise Killed


def die_after(call: Callable[[], Any]) -> Any:
    call()
    raise Killed


# A death before a call is one after the call before it: nothing is kept in between. Only what
# comes before the first call differs.
DEATHS = [pytest.param(die_before, marks=pytest.mark.full), die_after]


def deaths_at(made: list[str]) -> list[int]:
    """Which of the calls a process should die at; in `make test-full`, at each.

    A death after a read of Firestore leaves what one after the call before it leaves.
    """
    return [
        number
        for number, name in enumerate(made)
        if extent.FULL or number == 0 or name not in _READS
    ]


def lose_acknowledgement(call: Callable[[], Any]) -> Any:
    """The call took effect, its answer was lost, and the client repeated it."""
    call()
    return call()
