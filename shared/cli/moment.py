"""Times as arguments of a command."""

import argparse
from datetime import UTC, date, datetime, time

from shared.domain.schedule import UnreadableTime, parse_time

HELP = "2030-12-31 (the end of that day in UTC), or a time with an offset"


def moment(value: str) -> datetime:
    """The type of an argument. A date means the end of that day."""
    try:
        if len(value) == len("2030-12-31"):
            return datetime.combine(date.fromisoformat(value), time.max, UTC)
        return parse_time(value)
    except UnreadableTime as error:
        raise argparse.ArgumentTypeError(f"the time {error.reason}") from error
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{value!r} is not a valid date") from error
