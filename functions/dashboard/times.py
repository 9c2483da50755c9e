"""Times as the pages show them: one function for every list, page and calendar."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_RELATIVE_FOR = timedelta(days=1)
DEFAULT_ZONE = "UTC"
_NAMED_DAYS = {-1: "Yesterday", 0: "Today", 1: "Tomorrow"}
# Years from 1000: `strftime` pads no shorter ones.
_WALL_TIME = re.compile(r"[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", re.ASCII)


@dataclass(frozen=True)
class Shown:
    """A time in words, for `<time datetime title>`."""

    machine: str
    """ISO 8601 in UTC."""
    exact: str
    """With the day, the time and the zone."""
    words: str
    """Relative within the last 24 hours, otherwise with day and time."""
    clock: str
    """The time alone: where the day stands beside it."""


def zone_of(name: object, default: str = DEFAULT_ZONE) -> ZoneInfo:
    """The time zone with this name, such as a user's; `default` if it does not exist."""
    return ZoneInfo(str(name)) if name in _zones() else ZoneInfo(default)


@cache
def _zones() -> frozenset[object]:
    # Reads the directory of all zones each time.
    return frozenset(available_timezones())


def local(at: datetime, zone: ZoneInfo) -> datetime:
    """A time on the clock there; the last one of the calendar for what comes after it.

    Posts and keys can have a time up to the end of the year 9999 in UTC.
    """
    try:
        return at.astimezone(zone)
    except OverflowError:
        return datetime.max.replace(tzinfo=zone)


def shown(at: datetime, now: datetime, zone: ZoneInfo) -> Shown:
    there = local(at, zone)
    exact = f"{day_of(at, now, zone)}, {there:%H:%M} {there:%Z}"
    passed = now - at
    is_recent = timedelta(0) <= passed < _RELATIVE_FOR
    words = _ago(passed) if is_recent else f"{day_of(at, now, zone)}, {there:%H:%M}"
    return Shown(at.isoformat(), exact, words, clock_of(at, zone))


def clock_of(at: datetime, zone: ZoneInfo) -> str:
    """The time on the clock there: "09:00", or "02:30 CET" in an hour that occurs twice."""
    there = local(at, zone)
    occurs_twice = there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset()
    return f"{there:%H:%M} {there:%Z}" if occurs_twice else f"{there:%H:%M}"


def moved(before: datetime, after: datetime, now: datetime, zone: ZoneInfo) -> str:
    """How a time has changed: "Tue 1 → Thu 3 Dec, 09:00 CET"."""
    old, new = local(before, zone), local(after, zone)
    first, last = day_of(before, now, zone), day_of(after, now, zone)
    start, end = f"{old:%H:%M}", f"{new:%H:%M} {new:%Z}"
    if old.date() == new.date():
        return f"{first}, {start} → {end}"
    if start != f"{new:%H:%M}":
        return f"{first}, {start} → {last}, {end}"
    if (old.year, old.month) == (new.year, new.month):
        first = f"{old:%a} {old.day}"
    return f"{first} → {last}, {end}"


def city_of(zone: str) -> str:
    """The place that gives a zone its name: "Lisbon" for "Europe/Lisbon"."""
    return zone.rpartition("/")[2].replace("_", " ")


def day_of(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """The day there: "Tue 1 Dec", with the year if it is another one."""
    there = local(at, zone)
    year = "" if there.year == now.astimezone(zone).year else f" {there.year}"
    return f"{there:%a} {there.day} {there:%b}{year}"


def distance(day: date, now: datetime, zone: ZoneInfo) -> str:
    """How far away a day is: "Today", "Tomorrow", "in 3 days"."""
    days = (day - now.astimezone(zone).date()).days
    if days in _NAMED_DAYS:
        return _NAMED_DAYS[days]
    return f"in {days} days" if days > 0 else f"{-days} days ago"


def zone_name(at: datetime, zone: ZoneInfo) -> str:
    """The zone with its offset at this time: "Europe/Berlin, UTC+1"."""
    offset = local(at, zone).utcoffset() or timedelta(0)
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


@dataclass(frozen=True)
class WallTime:
    """A time that somebody read from the clock of a zone, as a moment."""

    at: datetime
    """In UTC."""
    is_skipped: bool = False
    """The clock jumps over this time. `at` is as much later as the clock jumps."""
    choices: tuple[datetime, ...] = ()
    """The two moments of a time that occurs twice, the earlier first; otherwise empty."""


def wall_time(text: str, zone: ZoneInfo, fold: int = 0) -> WallTime:
    """A time like "2026-12-01T09:00", as forms send it, on the clock of `zone`.

    `fold` chooses the moment of a time that occurs twice: 0 the earlier, 1 the later. Raises
    ValueError when the text is no such time.
    """
    if not _WALL_TIME.fullmatch(text):
        raise ValueError(f"not a time: {text[:40]!r}")
    there = datetime.fromisoformat(text).replace(tzinfo=zone)
    first, second = (_utc(there.replace(fold=each)) for each in (0, 1))
    if first == second:
        return WallTime(first)
    if first < second:
        return WallTime(second if fold else first, choices=(first, second))
    # Counted from before the jump, so that the time moves forwards.
    return WallTime(first, is_skipped=True)


def wall_text(at: datetime, zone: ZoneInfo) -> str:
    """The time on the clock of `zone`, as `<input type="datetime-local">` shows it."""
    return f"{local(at, zone):%Y-%m-%dT%H:%M}"


def fold_of(at: datetime, zone: ZoneInfo) -> int:
    """1 for the later moment of a time that occurs twice there, otherwise 0."""
    return local(at, zone).fold


def _utc(there: datetime) -> datetime:
    try:
        return there.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("too far away") from error
