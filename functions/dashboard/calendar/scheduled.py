"""The lists of scheduled posts, by day, and of drafts."""

from collections.abc import Mapping
from datetime import timedelta

import flask

from functions.dashboard import times
from functions.dashboard.calendar.moving import just_moved, moved_paths, page_address
from functions.dashboard.calendar.planned import by_day, new_post_at, planned
from functions.dashboard.frame import framed
from functions.dashboard.own_accounts import account_names
from functions.dashboard.visitor import Visitor, url_of, visitor
from functions.dashboard.zones import ShownZone, in_zone, shown_zone
from shared import clock, wiring
from shared.accounts import listing
from shared.posts import history
from shared.posts.history import HistoryQuery, Page
from shared.web import strict
from shared.wiring import Parts

_PER_PAGE = 50


def show_scheduled() -> flask.Response:
    parts = wiring.parts()
    who = visitor(parts, reads=lambda user: [*moved_paths(), *listing.integration_paths(user)])
    shown, now = shown_zone(who), clock.now()
    page = _page(parts, who, {"status": "scheduled", "sort": "scheduled"})
    posts = [planned(submission, shown) for submission in page.submissions]
    days = [
        (times.day_of(group[0].at, now, shown.zone), times.distance(day, now, shown.zone), group)
        for day, group in by_day(posts).items()
    ]
    return framed(
        "dashboard/scheduled.html",
        in_zone(who, shown),
        parts,
        section="scheduled",
        title="Scheduled",
        days=days,
        at_risk=sum("risks" in item.post for item in posts),
        names=account_names(who),
        next_page=_next("/posts/scheduled", page, shown),
        is_first="cursor" not in flask.request.args,
        zones=shown.names,
        is_switched=shown.is_switched,
        own_zone=url_of("/posts/scheduled"),
        zone_words=times.zone_name(now, shown.zone),
        moved=just_moved(who, shown),
        back=page_address(),
        zone_query=shown.query,
        new_at=new_post_at(now.astimezone(shown.zone).date() + timedelta(days=1), {}, shown, now),
    )


def show_drafts() -> flask.Response:
    parts = wiring.parts()
    who = visitor(parts, reads=listing.integration_paths)
    shown = shown_zone(who)
    page = _page(parts, who, {"status": "draft", "sort": "newest"})
    return framed(
        "dashboard/drafts.html",
        in_zone(who, shown),
        parts,
        section="drafts",
        title="Drafts",
        items=[planned(submission, shown) for submission in page.submissions],
        names=account_names(who),
        next_page=_next("/drafts", page, shown),
        is_first="cursor" not in flask.request.args,
        back=page_address(),
        zone_query=shown.query,
    )


def _page(parts: Parts, who: Visitor, query: Mapping[str, str]) -> Page:
    """Raises ApiError when the cursor in the address is not one of ours."""
    cursor = flask.request.args.get("cursor")
    more = {"cursor": cursor} if cursor else {}
    asked = strict.read(HistoryQuery, {**query, **more, "limit": str(_PER_PAGE)})
    return history.read(parts, who.user_id, asked)


def _next(path: str, page: Page, shown: ShownZone) -> str | None:
    return None if page.cursor is None else url_of(path, cursor=page.cursor, **shown.query)
