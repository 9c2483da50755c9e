"""Moving several posts by the same time, such as a week."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from functions.dashboard import times
from functions.dashboard.calendar.rescheduling import Refused, check_time, reschedule
from functions.dashboard.times import WallTime, wall_time
from shared import clock
from shared.gcp.submissions import StoredSubmission
from shared.posts.resolution import CheckPlan
from shared.wiring import Parts

UNITS = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
}
MOST = 999
"""Of a unit: three digits."""
_SHIFT = re.compile(r"([+-])([1-9]\d{0,2}) (\w+)", re.ASCII)


@dataclass(frozen=True)
class Shift:
    by: timedelta
    keeps_clock: bool
    """Of days and weeks: the time on the clock stays, also where clocks change in between."""

    def of(self, at: datetime, zone: ZoneInfo) -> WallTime:
        """The new time. Raises Refused beyond the calendar."""
        try:
            if not self.keeps_clock:
                return WallTime(at + self.by)
            there = times.local(at, zone) + self.by
            read = wall_time(f"{there:%Y-%m-%dT%H:%M:%S}", zone, there.fold)
            return replace(read, at=read.at.replace(microsecond=at.microsecond))
        except (OverflowError, ValueError) as error:
            raise Refused("The calendar ends before that time.") from error


def shift_of(text: str) -> Shift | None:
    """The shift for a text like "+1 weeks"; None for another text."""
    read = _SHIFT.fullmatch(text)
    if read is None or read[3] not in UNITS:
        return None
    way = -1 if read[1] == "-" else 1
    return Shift(way * int(read[2]) * UNITS[read[3]], keeps_clock=read[3] in ("days", "weeks"))


def shifting(shift: Shift, zone: ZoneInfo) -> Callable[[StoredSubmission, Parts, CheckPlan], str]:
    """A change that moves a post, and says from when to when. It raises Refused."""

    def move(stored: StoredSubmission, parts: Parts, check: CheckPlan) -> str:
        before = stored.submission.scheduled_time
        assert before is not None, "only posts with a time can be moved"
        after = shift.of(before, zone)
        check_time(after.at, zone)
        reschedule(stored, after.at, parts, check)
        said = times.moved(before, after.at, clock.now(), zone)
        skipped = "Clocks go forward on that day, so the time moved with them."
        return f"{said}. {skipped}" if after.is_skipped else said

    return move
