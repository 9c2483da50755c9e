"""Places of an instance and of a user."""

import threading

import pytest

from shared.domain.errors import ApiError
from shared.media import places
from shared.media.places import Places


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "SECONDS", 0.01)


def test_a_user_leaves_places_for_others() -> None:
    all_places = Places(5, 2)
    with all_places.one("a"), all_places.one("a"):
        with pytest.raises(ApiError, match="for you") as refused, all_places.one("a"):
            pass
        assert refused.value.headers == {"Retry-After": "5"}
        others = (all_places.one("b"), all_places.one("c"), all_places.one("d"))
        with others[0], others[1], others[2], pytest.raises(ApiError, match="too many files"):
            all_places.one("e").__enter__()
        with all_places.one("e"):
            pass
    with all_places.one("a"), all_places.one("a"):
        pass


def test_a_place_is_free_again_after_an_error() -> None:
    all_places = Places(1, 1)
    for _ in range(3):
        with pytest.raises(ValueError), all_places.one("a"):
            raise ValueError


def test_a_place_that_becomes_free_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "SECONDS", 10)
    all_places = Places(1, 1)
    taken, may_go = threading.Event(), threading.Event()

    def hold() -> None:
        with all_places.one("a"):
            taken.set()
            may_go.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait(10)
    threading.Timer(0.05, may_go.set).start()
    with all_places.one("b"):
        assert may_go.is_set()
    holder.join(10)
