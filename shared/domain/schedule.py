"""Times in requests: ISO 8601 with an offset, converted to UTC."""

import re
from datetime import UTC, datetime, timedelta

SOONEST = timedelta(minutes=1)

# `fromisoformat` would also accept a date alone, a space or any character between date and time, a
# time without an offset, and a fraction of a minute as one of a second.
_SHAPE = re.compile(
    r"[0-9W-]+[Tt][0-9]{2}(:?[0-9]{2}(:?[0-9]{2}([.,][0-9]+)?)?)?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)",
    re.ASCII,
)


class UnreadableTime(Exception):
    """`reason` completes the sentence "The time …"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse_time(value: str) -> datetime:
    """`value` in UTC, to the microsecond. Raises UnreadableTime."""
    if not _SHAPE.fullmatch(value):
        raise UnreadableTime(
            "must be an ISO 8601 date and time with an offset, such as 2030-01-01T12:00:00Z "
            "or 2030-01-01T14:00:00+02:00"
        )
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UnreadableTime("is not a valid date and time") from error
