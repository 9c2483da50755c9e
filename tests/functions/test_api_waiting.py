"""?wait= holds few threads: not more than a quarter of an instance, and few of one user."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import timedelta
from itertools import islice
from typing import Any

import pytest
from werkzeug.test import TestResponse

from functions.api import reading
from functions.api.reading import MOST_OF_A_USER, waiting
from shared import clock
from shared.posts import view
from shared.web.envelope import time_text
from shared.web.strangers import Places
from tests.functions.api_client import ApiClient, post

THREADS = 32
CLIENTS = 200
# Only ends a test that would hang.
LONG = 60


class Held:
    """Requests that wait until they are let go."""

    def __init__(self) -> None:
        self.number = 0
        self._may_end = threading.Event()
        self._changed = threading.Condition()

    def wait(self, _: Any, stored: Any, __: timedelta) -> Any:
        with self._changed:
            self.number += 1
            self._changed.notify_all()
        assert self._may_end.wait(LONG)
        return stored

    def until(self, number: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.number >= number, LONG)

    def let_go(self) -> None:
        self._may_end.set()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    waiting = Held()
    monkeypatch.setattr(view, "wait_until_ended", waiting.wait)
    monkeypatch.setenv("THREADS", str(THREADS))
    reading.waiters.cache_clear()
    yield waiting
    waiting.let_go()
    reading.waiters.cache_clear()


@pytest.mark.full
def test_a_post_is_accepted_beside_200_clients_that_wait(unlimited: ApiClient, held: Held) -> None:
    users = [unlimited, *(unlimited.another_user() for _ in range(3))]
    for user in users:
        user.world.add_user(user.user_id, limits={"overall": 10**6})
    ids = [user.accept(post()) for user in users]
    with ThreadPoolExecutor(THREADS) as pool:
        clients: list[Future[TestResponse]] = [
            pool.submit(users[number % 4].read, ids[number % 4], "?wait=60")
            for number in range(CLIENTS)
        ]
        try:
            accepted = pool.submit(unlimited.send, post("beside them"))
            assert accepted.result(LONG).status_code == 201
            ended = islice(as_completed(clients, LONG), CLIENTS - THREADS // 4)
            at_once = [client.result() for client in ended]
            assert held.number == THREADS // 4
        finally:
            held.let_go()
    assert {answer.headers["Retry-After"] for answer in at_once} == {"5"}
    assert {answer.status_code for answer in at_once} == {200}
    assert {answer.json["status"] for answer in at_once} == {"queued"}
    waited = [one for one in clients if "Retry-After" not in one.result().headers]
    assert len(waited) == THREADS // 4


def test_one_user_waits_with_few_requests(api: ApiClient, held: Held) -> None:
    mine = api.accept(post())
    other = api.another_user()
    theirs = other.accept(post())
    with ThreadPoolExecutor(THREADS) as pool:
        waiting = [pool.submit(api.read, mine, "?wait=60") for _ in range(MOST_OF_A_USER)]
        try:
            held.until(MOST_OF_A_USER)
            assert api.read(mine, "?wait=60").headers["Retry-After"] == "5"
            assert "Retry-After" not in api.read(mine).headers
            waiting.append(pool.submit(other.read, theirs, "?wait=60"))
            held.until(MOST_OF_A_USER + 1)
        finally:
            held.let_go()
    assert not [answer for answer in waiting if "Retry-After" in answer.result().headers]


def test_who_waits_is_counted_before(api: ApiClient, held: Held) -> None:
    mine = api.accept(post())
    before = int(api.read(mine).headers["X-RateLimit-Remaining"])
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(api.read, mine, "?wait=60")
        try:
            held.until(1)
            assert int(api.read(mine).headers["X-RateLimit-Remaining"]) == before - 2
        finally:
            held.let_go()
        assert waiting.result().status_code == 200
    assert int(api.read(mine).headers["X-RateLimit-Remaining"]) == before - 3


@pytest.mark.parametrize(
    ("due", "waits"),
    [(timedelta(days=1500), False), (timedelta(seconds=90), False), (timedelta(seconds=61), True)],
)
def test_a_post_whose_time_is_later_is_not_waited_for(
    api: ApiClient, held: Held, due: timedelta, waits: bool
) -> None:
    mine = api.accept(post(scheduledTime=time_text(clock.now() + due)))
    held.let_go()
    if waits:
        api.world.advance(timedelta(seconds=10))
    answer = api.read(mine, "?wait=60")
    assert (answer.status_code, answer.json["displayStatus"]) == (200, "scheduled")
    assert "Retry-After" not in answer.headers
    assert held.number == waits


def test_a_place_is_free_again_after_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    places = Places(1, 1)
    monkeypatch.setattr(reading, "waiters", lambda: places)
    for _ in range(3):
        with waiting("ann") as first, waiting("bob") as second:
            assert (first, second) == (True, False)
            with waiting("ann") as third:
                assert not third
    assert not places._users


def test_a_user_takes_only_some_of_the_places() -> None:
    places = Places(3, 2)
    assert [places.enter("ann") for _ in range(3)] == [True, True, False]
    assert [places.enter("bob") for _ in range(2)] == [True, False]
    places.leave("ann")
    assert places.enter("bob")
