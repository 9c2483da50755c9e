"""Times as the pages show them: one function for every list, page and calendar."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_RELATIVE_FOR = timedelta(days=1)
DEFAULT_ZONE = "UTC"


@dataclass(frozen=True)
class Shown:
    """A time in words, for `<time datetime title>`."""

    machine: str
    """ISO 8601 in UTC."""
    exact: str
    """With the day, the time and the zone."""
    words: str
    """Relative within the last 24 hours, otherwise with day and time."""


def zone_of(name: object) -> ZoneInfo:
    """The user's time zone; UTC if it does not exist."""
    known = isinstance(name, str) and name in _names()
    return ZoneInfo(str(name)) if known else ZoneInfo(DEFAULT_ZONE)


@cache
def _names() -> frozenset[str]:
    """All time zones, for which hundreds of files are looked at."""
    return frozenset(available_timezones())


def shown(at: datetime, now: datetime, zone: ZoneInfo) -> Shown:
    there = at.astimezone(zone)
    exact = f"{day_of(at, now, zone)}, {there:%H:%M} {there:%Z}"
    passed = now - at
    is_recent = timedelta(0) <= passed < _RELATIVE_FOR
    words = _ago(passed) if is_recent else f"{day_of(at, now, zone)}, {there:%H:%M}"
    return Shown(at.isoformat(), exact, words)


def day_of(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """The day there: "Tue 1 Dec", with the year if it is another one."""
    there = at.astimezone(zone)
    year = "" if there.year == now.astimezone(zone).year else f" {there.year}"
    return f"{there:%a} {there.day} {there:%b}{year}"


def zone_name(at: datetime, zone: ZoneInfo) -> str:
    """The zone with its offset at this time: "Europe/Berlin, UTC+1"."""
    offset = at.astimezone(zone).utcoffset() or timedelta(0)
    minutes = int(offset.total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    words = f"UTC{sign}{hours}:{rest:02}" if rest else f"UTC{sign}{hours}"
    return f"{zone.key}, {words if minutes else 'UTC'}" if zone.key != "UTC" else "UTC"


def _ago(passed: timedelta) -> str:
    minutes = int(passed.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago"
