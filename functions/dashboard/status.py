"""The status page: is it Soku, or the platform? For everybody, and the same for everybody."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import flask

from functions.dashboard import frame, times
from functions.dashboard.words import State, listed
from shared import clock, logs, wiring
from shared.domain.platform_health import (
    WINDOW,
    Counts,
    PlatformHealth,
    PlatformState,
    judge,
    minute_of,
)
from shared.gcp import health
from shared.gcp.firestore import StoreUnavailable
from shared.platforms import registry
from shared.wiring import Parts

log = logs.logger("status")

KEPT = timedelta(seconds=30)
"""Nobody sees a newer state within this time, and the database is not asked again."""
# The scheduler calls the sweeper every minute, and a sweep takes up to 55 s.
SWEEP_LATE_AFTER = timedelta(minutes=4)
# Of the minutes that were read before, these may have changed since.
_MINUTES_READ_AGAIN = 2

_WORKING = State("Working", "circle-check", "success")
_STATES: Mapping[PlatformState, State] = {
    PlatformState.WORKING: _WORKING,
    PlatformState.SOME_FAIL: State("Some posts fail", "triangle-alert", "warning"),
    PlatformState.FAILING: State("Failing", "circle-x", "danger"),
    PlatformState.UNUSED: State("No posts lately", "circle-dashed", "neutral"),
}
_ORDER = (
    PlatformState.FAILING,
    PlatformState.SOME_FAIL,
    PlatformState.WORKING,
    PlatformState.UNUSED,
)
_WORST_FIRST = [_STATES[state] for state in _ORDER]
_DOWN = State("Not responding", "circle-x", "danger")
_LATE = State("Late", "triangle-alert", "warning")
_UNKNOWN = State("Not known", "circle-dashed", "neutral")


@dataclass(frozen=True)
class Snapshot:
    """What the page shows."""

    checked_at: datetime
    is_database_up: bool = False
    swept_at: datetime | None = None
    platforms: Mapping[str, PlatformHealth] = field(default_factory=dict)


class Board:
    """The newest state that this instance knows. Several threads use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, int], Counts] = {}
        self._read_to = 0
        self._snapshot: Snapshot | None = None

    def snapshot(self, parts: Parts) -> Snapshot:
        with self._lock:
            now = clock.now()
            known = self._snapshot
            if known is None or not timedelta(0) <= now - known.checked_at < KEPT:
                self._snapshot = known = self._read(parts, now)
            return known

    def _read(self, parts: Parts, now: datetime) -> Snapshot:
        try:
            swept_at = health.latest_sweep(parts.db)
            self._update_counts(parts, now)
        except StoreUnavailable as error:
            log.error("status not read: %s", error)
            return Snapshot(now)
        return Snapshot(
            now,
            is_database_up=True,
            swept_at=swept_at,
            platforms={name: judge(self._minutes_of(name), now) for name in registry.names()},
        )

    def _update_counts(self, parts: Parts, now: datetime) -> None:
        first, this = minute_of(now - WINDOW), minute_of(now)
        # Also after the local stack's clock was moved back.
        is_continued = first <= self._read_to <= this
        begin = self._read_to - _MINUTES_READ_AGAIN if is_continued else first
        kept = {key: value for key, value in self._counts.items() if first <= key[1] < begin}
        self._counts = kept | dict(health.counts_since(parts.db, begin))
        self._read_to = this

    def _minutes_of(self, platform: str) -> dict[int, Counts]:
        return {minute: value for (name, minute), value in self._counts.items() if name == platform}


@cache
def board() -> Board:
    return Board()


def show_status() -> flask.Response:
    parts = wiring.parts()
    snapshot = board().snapshot(parts)
    own = [_pages(), _database(snapshot), _schedule(snapshot)]
    platforms = [_platform(name, each) for name, each in snapshot.platforms.items()]
    platforms.sort(key=lambda each: _WORST_FIRST.index(each["state"]))
    answer = frame.outside(
        "dashboard/status.html",
        title="Status",
        summary=_summary(own, platforms),
        parts=own,
        platforms=platforms,
        checked=_shown(snapshot.checked_at, snapshot.checked_at),
    )
    answer.headers["Cache-Control"] = f"public, max-age={int(KEPT.total_seconds())}"
    return answer


def _pages() -> dict[str, Any]:
    return _line("Pages", _WORKING, "You see this page.")


def _database(snapshot: Snapshot) -> dict[str, Any]:
    if snapshot.is_database_up:
        return _line("Database", _WORKING)
    return _line("Database", _DOWN, "Posts that were accepted are safe, and wait.")


def _schedule(snapshot: Snapshot) -> dict[str, Any]:
    """The sweeper, in the words of those who wait for their posts."""
    name, swept_at, now = "Scheduled posts", snapshot.swept_at, snapshot.checked_at
    if not snapshot.is_database_up:
        return _line(name, _UNKNOWN)
    if swept_at is None:
        return _line(name, _UNKNOWN, "Not checked yet.")
    is_late = now - swept_at > SWEEP_LATE_AFTER
    words = "They may go out late. Last checked" if is_late else "Last checked"
    return _line(name, _LATE if is_late else _WORKING, words, _shown(swept_at, now))


def _platform(name: str, judged: PlatformHealth) -> dict[str, Any]:
    words, since, now = "", None, clock.now()
    # The counts of the time before are gone.
    if judged.since is not None and now - judged.since > WINDOW - timedelta(minutes=2):
        words = f"{judged.share:.0%} of posts failed, for an hour or longer."
    elif judged.since is not None:
        words, since = f"{judged.share:.0%} of posts failed. Began", _shown(judged.since, now)
    return _line(registry.display_name(name), _STATES[judged.state], words, since, key=name)


def _line(
    name: str,
    state: State,
    words: str = "",
    since: times.Shown | None = None,
    **more: str,
) -> dict[str, Any]:
    return {"name": name, "state": state, "words": words, "since": since, **more}


def _shown(at: datetime, now: datetime) -> times.Shown:
    """In UTC: the page is the same for everybody."""
    return times.shown(at, now, times.zone_of(times.DEFAULT_ZONE))


def _summary(own: list[dict[str, Any]], platforms: list[dict[str, Any]]) -> State:
    for part in own:
        if part["state"] is _DOWN:
            return State("Soku is not working at the moment", "circle-x", "danger")
        if part["state"] is _LATE:
            return State("Scheduled posts may go out late", "triangle-alert", "warning")
    failing, some = (
        [each["name"] for each in platforms if each["state"] is _STATES[state]]
        for state in (PlatformState.FAILING, PlatformState.SOME_FAIL)
    )
    if failing:
        more = f", and some to {listed(some)}" if some else ""
        words = f"Soku is working, but posts to {listed(failing)} fail{more}"
        return State(words, "circle-x", "danger")
    if some:
        words = f"Soku is working, but some posts to {listed(some)} fail"
        return State(words, "triangle-alert", "warning")
    return State("Everything is working", "circle-check", "success")
