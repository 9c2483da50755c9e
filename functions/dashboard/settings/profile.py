"""/settings/profile: the time zone, the sessions, everything as a file, and leaving."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from itertools import chain
from typing import Any
from zoneinfo import available_timezones

import flask

from functions.dashboard.frame import framed
from functions.dashboard.limits import limiter, too_many
from functions.dashboard.settings import browsers
from functions.dashboard.visitor import Visitor, url_of, visitor, with_notice
from shared import clock, logs, wiring
from shared.domain.errors import InvalidRequest
from shared.gcp.firestore import StoreUnavailable
from shared.gcp.sessions import end_listed, hash_of, sessions_of
from shared.users import leaving, profile
from shared.users.export import export
from shared.web import sessions
from shared.web.pages import page, redirect_to
from shared.wiring import Parts

log = logs.logger("dashboard")

PATH = "/settings/profile"
MOST_SESSIONS = 100
EXPORTS_PER_MINUTE = 5
"""Of a user. Each one reads everything."""
_REGIONS = (
    *("Africa", "America", "Antarctica", "Arctic", "Asia"),
    *("Atlantic", "Australia", "Europe", "Indian", "Pacific"),
)


def show_profile() -> flask.Response:
    parts = wiring.parts()
    return _page(visitor(parts), parts)


def save_profile() -> flask.Response:
    """Change the time zone."""
    parts = wiring.parts()
    sessions.require_own_post(flask.request, parts.settings)
    who = visitor(parts)
    try:
        profile.change_timezone(who.user_id, flask.request.form.get("timezone", ""), parts)
    except InvalidRequest as error:
        return _page(who, parts, fault=error.violations[0].message)
    return redirect_to(with_notice(PATH, "saved"))


def end_one_session() -> flask.Response:
    """Sign out one other browser."""
    parts = wiring.parts()
    sessions.require_own_post(flask.request, parts.settings)
    who, wanted = visitor(parts), flask.request.form.get("session", "")
    listed = {session.session_hash for session in sessions_of(parts.db, who.user_id, MOST_SESSIONS)}
    if wanted in listed - {hash_of(who.session_id)}:
        end_listed(parts.db, who.user_id, wanted)
    return redirect_to(with_notice(PATH, "session-ended"))


def download() -> flask.Response:
    """Everything that Soku has of the user, one JSON object in each line."""
    parts = wiring.parts()
    sessions.require_own_post(flask.request, parts.settings)
    who = visitor(parts)
    if not who.session.is_fresh(clock.now()):
        return redirect_to(f"{url_of(PATH)}#export")
    if wait := limiter("exports", EXPORTS_PER_MINUTE).count(who.user_id):
        raise too_many(
            "You have downloaded your data already",
            f"Wait {wait} seconds, then download it again.",
            link=url_of(PATH),
            link_text="Back to your profile",
        )
    lines = export(who.user_id, parts)
    # Firestore's failures are a page as long as nothing was sent.
    first = next(lines)
    log.info("user exported", extra=logs.fields(userId=who.user_id))
    name = f"soku-{clock.now():%Y-%m-%d}.jsonl"
    answer = flask.Response(
        _lines(chain([first], lines)), content_type="application/jsonl; charset=utf-8"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def show_leaving() -> flask.Response:
    parts = wiring.parts()
    return _leaving_page(visitor(parts), parts)


def leave() -> flask.Response:
    """Delete the user, who signed in a moment ago and typed their address."""
    parts = wiring.parts()
    browser = sessions.require_own_post(flask.request, parts.settings)
    who = visitor(parts)
    if not who.session.is_fresh(clock.now()):
        return redirect_to(url_of(f"{PATH}/delete"))
    if flask.request.form.get("email", "").strip().lower() != who.email.lower():
        fault = "This is not your address. Nothing was deleted."
        return _leaving_page(who, parts, fault=fault)
    leaving.begin(who.user_id, parts)
    flask.g.browser = browser.signed_out()
    return page(
        "message.html",
        title="Soku is deleting your user",
        text="You are signed out, and your API keys are refused. Your posts, files and accounts "
        "are removed within some minutes. What is published stays on its platforms.",
        link=url_of("/sign-in"),
        link_text="Go to sign-in",
    )


def _page(who: Visitor, parts: Parts, *, fault: str = "") -> flask.Response:
    own = hash_of(who.session_id)
    listed = sessions_of(parts.db, who.user_id, MOST_SESSIONS)
    # This one first, whatever its last use was.
    listed.sort(key=lambda session: session.session_hash != own)
    return framed(
        "dashboard/profile.html",
        who,
        parts,
        section="settings",
        title="Profile",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK,
        fault=fault,
        timezone=who.timezone,
        regions=_regions(),
        is_listed=any(who.timezone in zones for zones in _regions().values()),
        sessions=[(session, browsers.name_of(session.user_agent)) for session in listed],
        own=own,
        is_fresh=who.session.is_fresh(clock.now()),
        sign_in=url_of("/sign-in", next=PATH),
    )


def _leaving_page(who: Visitor, parts: Parts, *, fault: str = "") -> flask.Response:
    return framed(
        "dashboard/leave.html",
        who,
        parts,
        section="settings",
        title="Delete your user",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK,
        fault=fault,
        is_fresh=who.session.is_fresh(clock.now()),
        sign_in=url_of("/sign-in", next=f"{PATH}/delete"),
    )


@cache
def _regions() -> Mapping[str, list[str]]:
    """The time zones that have places, by region."""
    zones = sorted(available_timezones())
    return {
        "General": ["UTC"],
        **{name: [zone for zone in zones if zone.startswith(f"{name}/")] for name in _REGIONS},
    }


def _lines(documents: Iterator[dict[str, Any]]) -> Iterator[str]:
    try:
        for each in documents:
            yield json.dumps(each, ensure_ascii=False) + "\n"
    except StoreUnavailable:
        # The browser sees a download that broke off, not a complete one.
        log.exception("export broke off")
        raise
