"""The zone in which a page shows times: the user's own, or another one that its address names."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import flask

from functions.dashboard.times import city_of, wall_time, zone_of
from functions.dashboard.visitor import Visitor

PARAMETER = "zone"


@dataclass(frozen=True)
class ShownZone:
    zone: ZoneInfo
    own: ZoneInfo
    """The one of the user's profile."""

    @property
    def is_switched(self) -> bool:
        return self.zone.key != self.own.key

    @property
    def query(self) -> dict[str, str]:
        """What keeps the zone in the links of a page."""
        return {PARAMETER: self.zone.key} if self.is_switched else {}

    @property
    def names(self) -> dict[str, str]:
        return {
            "key": self.zone.key,
            "city": city_of(self.zone.key),
            "own": self.own.key,
            "own_city": city_of(self.own.key),
        }

    def midnight(self, day: date) -> datetime:
        """When a day begins there, which is not always at 00:00."""
        return wall_time(f"{datetime.combine(day, time()):%Y-%m-%dT%H:%M}", self.zone).at


def shown_zone(who: Visitor) -> ShownZone:
    """The zone of the current request."""
    own = zone_of(who.timezone)
    return ShownZone(zone_of(flask.request.values.get(PARAMETER), own.key), own)


def in_zone(who: Visitor, shown: ShownZone) -> Visitor:
    """The visitor as the templates see them: every time of the page is in the shown zone."""
    return replace(who, timezone=shown.zone.key)


def clock_changes(shown: ShownZone, first: date, end: date) -> list[str]:
    """What a page says about days with a missing or a doubled hour."""
    said, day = [], first
    while day < end:
        following = day + timedelta(days=1)
        gained = shown.midnight(following) - shown.midnight(day) - timedelta(days=1)
        if gained:
            way = "forward" if gained < timedelta() else "back"
            said.append(f"Clocks go {way} on {day:%a} {day.day} {day:%b}.")
        day = following
    return said
