"""The days of a calendar: which ones a page shows, and where a week begins. No times, no zones."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

MONTH, WEEK, DAY = "month", "week", "day"
KINDS = (MONTH, WEEK, DAY)
_MONDAY, _SATURDAY, _SUNDAY = 0, 5, 6
_WEEK = timedelta(days=7)
# Where weeks do not begin on Monday (CLDR 46, supplemental/weekData.json, firstDay).
_FROM_SUNDAY = (
    "AG AS BD BR BS BT BW BZ CA CO DM DO ET GT GU HK HN ID IL IN JM JP KE KH KR LA MH MM MO MT MX "
    "MZ NI NP PA PE PH PK PR PT PY SA SG SV TH TT TW UM US VE VI WS YE ZA ZW"
)
_FROM_SATURDAY = "AF BH DJ DZ EG IQ IR JO KW LY OM QA SD SY"
# Browsers send these languages without a territory.
_TERRITORIES: Mapping[str, str] = {
    "ja": "JP",
    "ko": "KR",
    "he": "IL",
    "hi": "IN",
    "th": "TH",
    "fa": "IR",
    "id": "ID",
}
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:-[a-z]{4})?(?:-([a-z]{2}))?(?![a-z])", re.IGNORECASE)
# Without the years at the ends of the calendar, which have no neighbours.
_YEARS = range(1971, 9000)


@dataclass(frozen=True)
class Span:
    """The days of one page."""

    kind: str
    """One of KINDS."""
    focus: date
    """The day that the page is about."""
    first: date
    """The first day, of a whole week in a month."""
    end: date
    """The day after the last."""

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.end - self.first).days)]

    @property
    def weeks(self) -> list[list[date]]:
        days = self.days
        return [days[start : start + 7] for start in range(0, len(days), 7)]

    @property
    def previous(self) -> date:
        if self.kind == MONTH:
            return (self.focus.replace(day=1) - timedelta(days=1)).replace(day=1)
        return self.focus - (_WEEK if self.kind == WEEK else timedelta(days=1))

    @property
    def next(self) -> date:
        if self.kind == MONTH:
            return (self.focus.replace(day=28) + timedelta(days=4)).replace(day=1)
        return self.focus + (_WEEK if self.kind == WEEK else timedelta(days=1))

    @property
    def title(self) -> str:
        """ "December 2026", "30 Nov to 6 Dec 2026" or "Tuesday 1 December 2026"."""
        if self.kind == MONTH:
            return f"{self.focus:%B %Y}"
        if self.kind == DAY:
            return f"{self.focus:%A} {self.focus.day} {self.focus:%B %Y}"
        last = self.end - timedelta(days=1)
        year = "" if self.first.year == last.year else f" {self.first.year}"
        month = "" if self.first.month == last.month else f" {self.first:%b}{year}"
        return f"{self.first.day}{month} to {last.day} {last:%b %Y}"

    def is_outside(self, day: date) -> bool:
        """Whether a day only completes the weeks of a month."""
        return self.kind == MONTH and day.month != self.focus.month


def span_of(kind: str, focus: date, first_weekday: int) -> Span:
    if kind == DAY:
        return Span(kind, focus, focus, focus + timedelta(days=1))
    if kind == WEEK:
        first = week_start(focus, first_weekday)
        return Span(kind, focus, first, first + _WEEK)
    first = week_start(focus.replace(day=1), first_weekday)
    next_month = (focus.replace(day=28) + timedelta(days=4)).replace(day=1)
    last = week_start(next_month - timedelta(days=1), first_weekday)
    return Span(MONTH, focus, first, last + _WEEK)


def week_start(day: date, first_weekday: int) -> date:
    return day - timedelta(days=(day.weekday() - first_weekday) % 7)


def read_day(text: str) -> date | None:
    """A day such as "2026-12-01"; None if there is no such day."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def first_weekday(accept_language: str) -> int:
    """Where weeks begin for a reader, as `date.weekday` counts; Monday where nothing is known."""
    found = _LANGUAGE.match(accept_language.strip())
    if found is None:
        return _MONDAY
    territory = (found[2] or _TERRITORIES.get(found[1].lower(), "")).upper()
    if territory in _FROM_SUNDAY.split():
        return _SUNDAY
    return _SATURDAY if territory in _FROM_SATURDAY.split() else _MONDAY
