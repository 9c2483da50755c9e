"""No answer of a platform, whatever is wrong in it, breaks a step, a look-up or a deletion.

Good answers are recorded from the twins and replayed, one of them changed.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared import clock
from shared.config import Settings
from shared.domain.errors import OutcomeUnknown, PlatformError, Rejected
from shared.platforms import registry
from shared.platforms.base import Pending, Published, Turn
from shared.platforms.http import Http
from shared.platforms.wire import link_of
from tests.extent import of
from tests.media import Shelf
from tests.platforms.all_contracts import CONTRACTS
from tests.platforms.conftest import Twin
from tests.platforms.driving import Replay, drive, http_of
from tests.platforms.mutations import Change, changes
from tests.platforms.records import Life, examples, life_of

pytestmark = pytest.mark.slow

PLATFORMS = [name for name, _ in CONTRACTS]
# A 2xx alone does not mean success there: a changed body can be a refusal.
_ENVELOPES = ("snapchat", "tiktok")


@pytest.mark.full
@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_changed_answer_breaks_nothing(
    settings_of_process: Settings,
    twin_of: Callable[[str], Twin],
    shelf: Shelf,
    platform: str,
) -> None:
    lives = [life_of(platform, example, twin_of, shelf) for example in examples(platform, shelf)]

    @settings(
        max_examples=of(500, 10_000) // len(PLATFORMS),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(lives), st.integers(0, 10**6), changes())
    def check(life: Life, where: int, change: Change) -> None:
        position = where % len(life.all)
        if position < len(life.steps):
            _check_steps(platform, life, position, change, shelf)
        else:
            _check_rest(platform, life, position - len(life.steps), change, shelf)

    check()


class _Visible:
    """Notes what the visible request was answered."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.statuses: list[tuple[int, int]] = []
        self.is_visible = False

    def __call__(self, method: str, url: str, **request: Any) -> Any:
        response = self.replay(method, url, **request)
        if self.is_visible and not url.startswith(self.replay.files):
            self.statuses.append(
                (response.status, self.replay.used[-1] if self.replay.used else -1)
            )
        return response


def _check_steps(platform: str, life: Life, position: int, change: Change, shelf: Shelf) -> None:
    publishing = registry.publishing(platform)
    replay = Replay(life.steps, shelf.url, position, change)
    wire = _Visible(replay)
    sent, visible_steps = False, 0

    class Watched(type(publishing)):  # type: ignore[misc]
        def take(self, step: Any, turn: Any) -> Published | Pending:
            nonlocal visible_steps
            wire.is_visible = step.visible
            visible_steps += step.visible
            result: Published | Pending = super().take(step, turn)
            return result

    try:
        for taken in drive(Watched(), life.post, wire):
            result = taken.result
            if isinstance(result, Published):
                assert publishing.is_post_id(result.platform_post_id)
                assert result.permalink is None or link_of(result.permalink)
            else:
                stored = result.checkpoint.stored()
                json.dumps(stored, ensure_ascii=False).encode()
                assert timedelta(0) <= result.poll_after <= timedelta(days=1)
                sent = sent or result.sent
    except PlatformError as error:
        _check_error(error)
        assert not (sent and isinstance(error, Rejected)), error
    accepted = [
        at
        for status, at in wire.statuses
        if 200 <= status < 300 and (at != position or platform not in _ENVELOPES)
    ]
    assert len(accepted) <= 1, "sent again after it was accepted"


def _check_rest(platform: str, life: Life, position: int, change: Change, shelf: Shelf) -> None:
    publishing = registry.publishing(platform)
    rest = life.all[len(life.steps) :]
    for work in _works(platform, life):
        http = http_of(publishing, Replay(rest, shelf.url, position, change))
        try:
            work(http)
        except PlatformError as error:
            _check_error(error)
            assert not isinstance(error, OutcomeUnknown)


def _works(platform: str, life: Life) -> list[Callable[[Http], None]]:
    publishing = registry.publishing(platform)

    def look_up(http: Http) -> None:
        since = clock.now() - timedelta(hours=1)
        seen = publishing.look_up(Turn(life.post, life.checkpoint, http), since)
        for post in (*seen.same, *filter(None, [seen.made])):
            assert publishing.is_post_id(post.platform_post_id)
            assert post.permalink is None or link_of(post.permalink)
            assert post.created_at.tzinfo

    def permalink(http: Http) -> None:
        link = publishing.permalink(life.post, life.post_id, http)
        assert link is None or link_of(link)

    def delete(http: Http) -> None:
        publishing.delete(life.post, life.post_id, http)

    deletes = registry.limits(platform).capabilities.deletes
    return [look_up, permalink, *([delete] if deletes else [])]


def _check_error(error: PlatformError) -> None:
    for text in (error.message, error.platform_code or "", error.platform_message or ""):
        assert len(text.encode()) <= 2048
        assert "\x00" not in text


@pytest.fixture
def settings_of_process(settings: Settings) -> Settings:
    return settings
