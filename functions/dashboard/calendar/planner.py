"""The calendar: a month, a week or a day, in the zone of the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import flask

from functions.dashboard import times
from functions.dashboard.calendar import weeks
from functions.dashboard.calendar.moving import just_moved, moved_paths, page_address
from functions.dashboard.calendar.planned import (
    PlannedPost,
    by_day,
    new_post_at,
    planned,
    usual_times,
)
from functions.dashboard.calendar.weeks import Span
from functions.dashboard.frame import framed
from functions.dashboard.own_accounts import account_names
from functions.dashboard.visitor import url_of, visitor
from functions.dashboard.zones import ShownZone, clock_changes, in_zone, shown_zone
from shared import clock, wiring
from shared.accounts import listing
from shared.posts import history

MOST_PLANNED = 500
"""Posts that a page shows: a calendar has no further pages."""
IN_A_DAY = 3
"""Posts that a day of a month shows; the others are behind "+n"."""
_PATH = "/calendar"
# Hours that a week shows although nothing is planned then.
_FIRST_HOUR, _LAST_HOUR = 7, 21
_ALL = "all"


@dataclass(frozen=True)
class Day:
    """A day with what the page shows of it."""

    day: date
    posts: Sequence[PlannedPost]
    url: str
    new_at: str | None
    """The time with which a new post starts; None on a day that is over."""
    is_today: bool
    is_past: bool
    is_outside: bool
    """Whether it belongs to another month than the page."""

    @property
    def first(self) -> Sequence[PlannedPost]:
        return self.posts[:IN_A_DAY] if len(self.posts) > IN_A_DAY + 1 else self.posts

    @property
    def more(self) -> int:
        return len(self.posts) - len(self.first)

    def at_hour(self, hour: int) -> list[PlannedPost]:
        return [post for post in self.posts if post.hour == hour]


@dataclass(frozen=True)
class _Calendar:
    """What the addresses and the days of one page are made from."""

    span: Span
    shown: ShownZone
    now: datetime
    first_weekday: int

    @property
    def today(self) -> date:
        return self.now.astimezone(self.shown.zone).date()

    def url(self, kind: str, day: date, **more: str) -> str:
        query = {} if kind == weeks.MONTH else {"view": kind}
        return url_of(_PATH, **query, date=day.isoformat(), **self.shown.query, **more)

    def days(
        self,
        shown_days: Sequence[date],
        posts: Mapping[date, Sequence[PlannedPost]],
        usual: Mapping[int, time],
    ) -> dict[date, Day]:
        return {
            day: Day(
                day,
                posts.get(day, ()),
                self.url(weeks.DAY, day),
                new_post_at(day, usual, self.shown, self.now),
                day == self.today,
                day < self.today,
                self.span.is_outside(day),
            )
            for day in shown_days
        }


def show_calendar() -> flask.Response:
    parts = wiring.parts()
    who = visitor(parts, reads=lambda user: [*moved_paths(), *listing.integration_paths(user)])
    calendar = _asked(shown_zone(who))
    span, shown = calendar.span, calendar.shown
    found = history.planned_between(
        parts, who.user_id, shown.midnight(span.first), shown.midnight(span.end), MOST_PLANNED
    )
    posts = by_day(planned(submission, shown) for submission in found.submissions)
    strip = weeks.span_of(weeks.WEEK, span.focus, calendar.first_weekday).days
    usual = usual_times(found.submissions, shown)
    days = calendar.days([*span.days, *strip], posts, usual)
    return framed(
        "dashboard/calendar.html",
        in_zone(who, shown),
        parts,
        section="calendar",
        title=span.title,
        span=span,
        rows=[[days[day] for day in week] for week in span.weeks],
        days=[days[day] for day in span.days],
        strip=[days[day] for day in strip],
        hours=_hours(posts, span),
        shows_all_hours=flask.request.args.get("hours") == _ALL,
        links=_links(calendar),
        names=account_names(who),
        zones=shown.names,
        is_switched=shown.is_switched,
        clock_changes=clock_changes(shown, span.first, span.end),
        most=MOST_PLANNED if found.has_more else None,
        moved=just_moved(who, shown),
        back=page_address(),
        zone_query=shown.query,
        zone_words=times.zone_name(shown.midnight(span.focus) + timedelta(hours=12), shown.zone),
    )


def _asked(shown: ShownZone) -> _Calendar:
    """What the address asks for; today's month when it says nothing."""
    args, now = flask.request.args, clock.now()
    kind = args.get("view", weeks.MONTH)
    focus = weeks.read_day(args.get("date", "")) or now.astimezone(shown.zone).date()
    first_weekday = weeks.first_weekday(flask.request.headers.get("Accept-Language", ""))
    kind = kind if kind in weeks.KINDS else weeks.MONTH
    return _Calendar(weeks.span_of(kind, focus, first_weekday), shown, now, first_weekday)


def _links(calendar: _Calendar) -> dict[str, str]:
    span, today = calendar.span, calendar.today
    # The month that was shown leads to the week of today, if today is in it.
    focus = today if today in span.days and not span.is_outside(today) else span.focus
    return {
        weeks.MONTH: calendar.url(weeks.MONTH, span.focus),
        weeks.WEEK: calendar.url(weeks.WEEK, focus),
        weeks.DAY: calendar.url(weeks.DAY, focus),
        "today": calendar.url(span.kind, today),
        "previous": calendar.url(span.kind, span.previous),
        "next": calendar.url(span.kind, span.next),
        "all_hours": calendar.url(span.kind, span.focus, hours=_ALL),
        "own_zone": _in_own_zone(span),
    }


def _in_own_zone(span: Span) -> str:
    query = {} if span.kind == weeks.MONTH else {"view": span.kind}
    return url_of(_PATH, **query, date=span.focus.isoformat())


def _hours(posts: Mapping[date, Sequence[PlannedPost]], span: Span) -> range:
    """The rows of a week: the usual hours, and all between the first and the last post."""
    if flask.request.args.get("hours") == _ALL:
        return range(24)
    used = [post.hour for day in span.days for post in posts.get(day, ())]
    return range(min([_FIRST_HOUR, *used]), max([_LAST_HOUR, *used]) + 1)
