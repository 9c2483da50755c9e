"""Times as people write them: `tomorrow 9:00`, `friday 18:30`, `in 2 hours`."""

import re
from datetime import datetime, time, timedelta

from soku.errors import SokuError

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_EXAMPLES = '"tomorrow 9:00", "friday 18:30", "in 2 hours", "2030-01-05 8:00"'


def moment_of(text: str, now: datetime) -> datetime:
    """The time that `text` means at `now`, in the zone of `now` unless it has its own."""
    words = " ".join(text.lower().split())
    try:
        found = _in(words, now) or _on_day(words, now) or _exact(text.strip(), now)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise SokuError(f'The time "{text[:60]}" is not clear. Write it like {_EXAMPLES}.')
    if found <= now:
        raise SokuError(f'The time "{text[:60]}" has passed.')
    return found


def _in(words: str, now: datetime) -> datetime | None:
    match = re.fullmatch(r"in (\d{1,5}) (minute|hour|day)s?", words)
    return now + int(match[1]) * _UNITS[match[2]] if match else None


def _on_day(words: str, now: datetime) -> datetime | None:
    day, _, clock = words.rpartition(" ")
    match = re.fullmatch(r"(\d{1,2}):(\d\d)", clock)
    if not match:
        return None
    at = time(int(match[1]), int(match[2]))
    if day == "":
        # The next time that the clock shows this.
        today = _local(now, 0, at)
        return today if today > now else _local(now, 1, at)
    if day in ("today", "tomorrow"):
        return _local(now, ("today", "tomorrow").index(day), at)
    if day in _DAYS:
        days = (_DAYS.index(day) - now.weekday()) % 7
        found = _local(now, days, at)
        return found if found > now else _local(now, days + 7, at)
    return None


def _local(now: datetime, days: int, at: time) -> datetime:
    """That time on the clock, so many days from now. The offset is that of the day."""
    return _there(datetime.combine((now + timedelta(days=days)).date(), at), now)


def _there(shown: datetime, now: datetime) -> datetime:
    """When the clock shows this, in the zone of `now`."""
    if not _is_of_machine(now):
        return shown.replace(tzinfo=now.tzinfo)
    found = shown.astimezone()
    if found.replace(tzinfo=None) != shown:
        raise SokuError(
            f"The clocks go forward and skip {shown:%Y-%m-%d %H:%M}. Choose another time."
        )
    return found


def _is_of_machine(now: datetime) -> bool:
    return now.utcoffset() == now.replace(tzinfo=None).astimezone().utcoffset()


def _exact(text: str, now: datetime) -> datetime | None:
    # `8:00` is no time in ISO 8601, but people write it.
    found = datetime.fromisoformat(re.sub(r"[ T](\d):", r" 0\1:", text))
    if found.tzinfo is not None:
        return found
    return _there(found, now)
