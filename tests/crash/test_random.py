"""Random lives of posts, each from a seed: whatever happens, the promise is kept.

A failure prints the seed and what happened. SOKU_SEED=17 repeats that life, SOKU_SEED=100-199 tries
these; SOKU_SKIP=3,5,8 leaves events out, to find out which of them matter.
"""

import os
from collections.abc import Iterator

import pytest

import shared.wiring
from functions.api.app import create_app
from local.platforms.simulation import SimulatedPlatform
from shared.platforms import http
from tests import extent
from tests.crash.invariants import violations
from tests.crash.random_life import Life
from tests.crash.random_posts import Kind, kinds
from tests.functions.api_client import ApiClient
from tests.functions.publishing import lose_patience
from tests.media import Shelf
from tests.world import World

POSTS = extent.of(5, 1_000)
POSTS_AT_ONCE = extent.of(5, 10)
UNLIMITED = {"overall": 10**6, "posts": 10**6, "media": 10**6, "templates": 10**6}


def _seeds() -> list[int]:
    chosen = os.environ.get("SOKU_SEED")
    if not chosen:
        return list(range(1, POSTS // POSTS_AT_ONCE + 1))
    first, _, last = chosen.partition("-")
    return list(range(int(first), int(last or first) + 1))


def _skipped() -> set[int]:
    return {int(number) for number in os.environ.get("SOKU_SKIP", "").split(",") if number}


@pytest.fixture(scope="module")
def known_kinds(
    platform_servers: dict[str, tuple[SimulatedPlatform, str]], shelf: Shelf
) -> list[Kind]:
    """Every kind of post that these lives may have."""
    return kinds(list(platform_servers), shelf)


@pytest.fixture
def api(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiClient]:
    lose_patience(monkeypatch)
    monkeypatch.setattr(http, "UPLOAD_SECONDS", 0.8)
    monkeypatch.setattr(shared.wiring, "parts", lambda: world.parts)
    yield ApiClient.of_new_user(create_app(), world, limits=UNLIMITED)
    for platform in world.platforms.values():
        platform.reset()


# The api is killed in the middle of requests, whose generators end wherever they are collected.
@pytest.mark.full
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("seed", _seeds())
def test_a_random_life(api: ApiClient, known_kinds: list[Kind], seed: int) -> None:
    life = Life(api, known_kinds, seed, POSTS_AT_ONCE, _skipped())
    life.live()
    found = violations(life)
    script = "\n".join(life.script)
    assert not found, f"\n{script}\n\nSOKU_SEED={seed} breaks the promise:\n" + "\n".join(found)
