"""Moving a scheduled post to another time: by a form, or by the calendar's script."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import flask

from functions.dashboard import times
from functions.dashboard.calendar.planned import obstacle, planned
from functions.dashboard.calendar.rescheduling import Refused, check_time, reschedule
from functions.dashboard.frame import framed
from functions.dashboard.limits import limiter
from functions.dashboard.own_posts import is_post_id, own_post
from functions.dashboard.times import WallTime, wall_time
from functions.dashboard.visitor import Visitor, own_path, url_of
from functions.dashboard.zones import ShownZone, in_zone, shown_zone
from shared import clock, wiring
from shared.billing.access import plan_check
from shared.domain.schedule import SOONEST, UnreadableTime, parse_time
from shared.domain.submission import Submission
from shared.gcp.runs import submission_path
from shared.gcp.submissions import StoredSubmission
from shared.gcp.users import subscription_path
from shared.posts import view
from shared.web import sessions
from shared.web.envelope import json_answer, time_text
from shared.web.pages import redirect_to
from shared.wiring import Parts

MOVES_PER_MINUTE = 60
"""Of a user."""
UNDO_FOR = timedelta(seconds=30)
"""How long after a move a page still offers to undo it; its script takes the offer away earlier."""
# The pages with posts that can be moved, and what their addresses keep.
_PAGES = ("/calendar", "/posts/scheduled")
_KEPT = ("view", "date", "hours", "zone", "cursor")
# Without the years at the ends of the calendar, which not every zone has.
_YEARS = range(1971, 9000)


@dataclass(frozen=True)
class _Opened:
    """A post, and who wants to move it."""

    who: Visitor
    stored: StoredSubmission
    shown: ShownZone
    parts: Parts

    @property
    def submission(self) -> Submission:
        return self.stored.submission


def show_move(post_id: str) -> flask.Response:
    opened = _open(post_id, wiring.parts())
    wanted = _wall_of(flask.request.args.get("at", ""), opened.shown)
    return _form(opened, wanted)


def move(post_id: str) -> flask.Response:
    parts = wiring.parts()
    sessions.require_own_post(flask.request, parts.settings)
    opened = _open(post_id, parts)
    wants_json = flask.request.accept_mimetypes.best == "application/json"
    wanted = _wall_of(flask.request.form.get("at", ""), opened.shown)
    try:
        if wanted is not None and wanted.choices and "fold" not in flask.request.form:
            return json_answer({"ask": _ask_url(opened)}) if wants_json else _form(opened, wanted)
        address = _moved(opened, wanted)
    except Refused as refused:
        if wants_json:
            return json_answer({"fault": str(refused)}, refused.status)
        return _form(opened, wanted, fault=str(refused), status=refused.status)
    return json_answer({"location": address}) if wants_json else redirect_to(address)


def just_moved(who: Visitor, shown: ShownZone) -> dict[str, Any] | None:
    """What a page says after a move, and how to undo it. The page read `moved_paths`."""
    args = flask.request.args
    [stored] = [view.owned(who.documents[path], who.user_id) for path in moved_paths()] or [None]
    before = _moment_of(args.get("before", ""))
    now = clock.now()
    if stored is None or before is None or stored.submission.scheduled_time is None:
        return None
    submission, after = stored.submission, stored.submission.scheduled_time
    if now - submission.updated_at > UNDO_FOR or before == after:
        return None
    skipped = args.get("skipped", "")
    return {
        "id": submission.submission_id,
        "words": times.moved(before, after, now, shown.zone),
        "skipped": skipped if _is_clock(skipped) else None,
        "clock": times.clock_of(after, shown.zone),
        "can_undo": obstacle(submission) is None and before >= now + SOONEST,
        "undo_at": times.wall_text(before, shown.zone),
        "undo_fold": times.fold_of(before, shown.zone),
    }


def moved_paths() -> list[str]:
    """The document of the post that the address says was moved."""
    post_id = flask.request.args.get("moved", "")
    return [submission_path(post_id)] if is_post_id(post_id) else []


def page_address() -> str:
    """The present page as `back` names it, without what it says once."""
    kept = {name: value for name, value in flask.request.args.items() if name in _KEPT}
    return _address(flask.request.path, kept)


def _open(post_id: str, parts: Parts) -> _Opened:
    who, stored = own_post(post_id, parts, more=lambda user_id: [subscription_path(user_id)])
    return _Opened(who, stored, shown_zone(who), parts)


def _form(
    opened: _Opened,
    wanted: WallTime | None,
    fault: str | None = None,
    status: int = HTTPStatus.OK,
) -> flask.Response:
    post = planned(opened.submission, opened.shown)
    shown = wanted.at if wanted else post.at
    return framed(
        "dashboard/move.html",
        in_zone(opened.who, opened.shown),
        opened.parts,
        section="calendar",
        title="Change the time",
        status=status,
        item=post,
        obstacle=post.obstacle,
        wall=times.wall_text(shown, opened.shown.zone),
        choices=wanted.choices if wanted else (),
        fault=fault,
        back=_back(),
        back_url=url_of(_back()),
        zone_key=opened.shown.zone.key,
    )


def _moved(opened: _Opened, wanted: WallTime | None) -> str:
    """Move the post; returns the address of the page that says so. Raises Refused."""
    before = opened.submission.scheduled_time
    if message := obstacle(opened.submission):
        raise Refused(message, HTTPStatus.CONFLICT)
    if wanted is None:
        raise Refused("Enter a date and a time.")
    kept = dict(parse_qsl(urlsplit(_back()).query))
    if before is None or wanted.at == before.replace(second=0, microsecond=0):
        return url_of(_back())
    check_time(wanted.at, opened.shown.zone)
    if wait := limiter("moves", MOVES_PER_MINUTE).count(opened.who.user_id):
        message = f"Too many changes. Wait {wait} seconds, then try again."
        raise Refused(message, HTTPStatus.TOO_MANY_REQUESTS)
    subscription = opened.who.documents[subscription_path(opened.who.user_id)]
    check = plan_check(subscription, opened.parts, "move the post")
    reschedule(opened.stored, wanted.at, opened.parts, check)
    said = {"moved": opened.submission.submission_id, "before": time_text(before)}
    if wanted.is_skipped:
        said["skipped"] = flask.request.form["at"][11:16]
    kept.setdefault("date", times.wall_text(wanted.at, opened.shown.zone)[:10])
    return url_of(_address(urlsplit(_back()).path, {**kept, **said}))


def _wall_of(text: str, shown: ShownZone) -> WallTime | None:
    """The time of the form; None if there is none."""
    fold = 1 if flask.request.values.get("fold") == "1" else 0
    try:
        return wall_time(text, shown.zone, fold)
    except ValueError:
        return None


def _moment_of(text: str) -> datetime | None:
    try:
        moment = parse_time(text)
    except UnreadableTime:
        return None
    return moment if moment.year in _YEARS else None


def _is_clock(text: str) -> bool:
    hour, _, minute = text.partition(":")
    return len(text) == 5 and hour.isdecimal() and minute.isdecimal() and text.isascii()


def _back() -> str:
    """The page that the user came from."""
    parts = urlsplit(own_path(flask.request.values.get("back", "")))
    kept = {name: value for name, value in parse_qsl(parts.query) if name in _KEPT}
    return _address(parts.path if parts.path in _PAGES else _PAGES[0], kept)


def _ask_url(opened: _Opened) -> str:
    asked = {"at": flask.request.form["at"], "back": _back(), **opened.shown.query}
    return url_of(f"/posts/{opened.submission.submission_id}/move", **asked)


def _address(path: str, query: Mapping[str, str]) -> str:
    return url_of(path, **query).removeprefix(url_of(""))
