"""The frame around the pages of a signed-in user: navigation, and what every template can use."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple

import flask
import jinja2

from functions.dashboard import times, words
from functions.dashboard.posts import possible
from functions.dashboard.visitor import Visitor, form_fields, url_of
from shared import clock, logs, wiring
from shared.gcp.firestore import StoreUnavailable
from shared.gcp.inbox import count_unread
from shared.platforms import registry
from shared.web import pages
from shared.web.assets import asset_of
from shared.web.icons import icon, mark
from shared.wiring import Parts

log = logs.logger("dashboard")

_MOST_COUNTED = 100
_COUNTERS = ThreadPoolExecutor(8, "unread")


class Section(NamedTuple):
    """An entry of the navigation. Phones show five of them, in a bar."""

    name: str
    words: str
    icon: str
    path: str
    in_bar: bool = True
    """On phones, the others are behind the last entry of the bar, "More"."""
    in_side: bool = True


SECTIONS = (
    Section("posts", "Posts", "list", "/posts"),
    Section("scheduled", "Scheduled", "clock", "/posts/scheduled", in_bar=False),
    Section("calendar", "Calendar", "calendar", "/calendar"),
    # Wider windows have a button for it.
    Section("new", "New", "plus", "/posts/new", in_side=False),
    Section("drafts", "Drafts", "pencil-line", "/drafts", in_bar=False),
    Section("inbox", "Inbox", "inbox", "/inbox"),
    Section("analytics", "Analytics", "chart-line", "/analytics", in_bar=False),
    Section("settings", "Settings", "settings", "/settings/integrations", in_bar=False),
)
NOTICES: Mapping[str, str] = {
    "saved": "Saved.",
    "drafted": "Saved as a draft.",
    "scheduled": "Scheduled.",
    "deleted": "Deleted.",
    "deleting": "Soku is deleting it from the platforms.",
    "retried": "Retrying. What is live already is not posted again.",
    "publishing": "Accepted. Soku is publishing it now.",
    "canceled": "Canceled. Nothing will be published.",
    "unscheduled": "Moved to drafts.",
    "looking": "Soku is looking for the post on the platform.",
    "reading": "Soku is reading the numbers again. It takes a few seconds.",
    "resolved": "Your answer was saved.",
    "moved": "Moved.",
    "disconnected": "Disconnected. Soku has deleted the tokens of the account.",
    "choice-forgotten": "Forgotten. No account was connected or disconnected.",
    "revoked": "Revoked. Requests with this key are refused from now on.",
    "done": "Done.",
    "read": "Marked as read.",
    "unread": "Marked as unread.",
    "replying": "Soku is sending your reply.",
    "key-shown": "The key was created already. A key is shown only once.",
    "secret-shown": "That was done already. A secret is shown only once.",
    "switched-on": "Switched on. What was waiting is sent now.",
    "switched-off": "Switched off. Nothing is sent to it any more.",
    "sending": "Soku is sending it again.",
    "session-ended": "That session was signed out.",
}
"""What a page says after a form, by the name that the redirect carries."""


def framed(
    template: str,
    who: Visitor,
    parts: Parts,
    *,
    section: str,
    title: str,
    status: int = HTTPStatus.OK,
    form_targets: tuple[str, ...] = (),
    **context: Any,
) -> flask.Response:
    """A page of a signed-in user, from a template that extends `dashboard/frame.html`."""
    return _rendered(
        template,
        status,
        form_targets=form_targets,
        storage=(parts.settings.media.base_url, parts.settings.media.uploads_url),
        title=title,
        sections=SECTIONS,
        section=section,
        unread=_counted(who, parts),
        email=who.email,
        notice=NOTICES.get(flask.request.args.get("notice", "")),
        **form_fields(who.browser, parts),
        **_clock_of(who),
        **context,
    )


def count_meanwhile(who: Visitor, parts: Parts) -> None:
    """Count what is unread while the page reads its own data: for pages that are opened often."""
    flask.g.unread = _COUNTERS.submit(_unread, who.user_id, parts)


def _counted(who: Visitor, parts: Parts) -> str:
    unread: str = flask.g.unread.result() if "unread" in flask.g else _unread(who.user_id, parts)
    return unread


def _unread(user_id: str, parts: Parts) -> str:
    """How many items of the inbox nobody has read, for the navigation; "" without any."""
    try:
        count = count_unread(parts.db, user_id, _MOST_COUNTED)
    except StoreUnavailable as error:
        # The page itself can be shown.
        log.error("unread comments not counted: %s", error)
        return ""
    if count == _MOST_COUNTED:
        return f"{count - 1}+"
    return str(count) if count else ""


def fragment(template: str, who: Visitor, parts: Parts, **context: Any) -> flask.Response:
    """A part of a page, which htmx or a script puts into it."""
    return _rendered(template, **form_fields(who.browser, parts), **_clock_of(who), **context)


def outside(
    template: str, *, title: str, status: int = HTTPStatus.OK, **context: Any
) -> flask.Response:
    """A page for which nobody must be signed in; it has no script."""
    support = wiring.parts().settings.support_url
    return _rendered(template, status, title=title, support=support, **context)


def _rendered(template: str, status: int = HTTPStatus.OK, **context: Any) -> flask.Response:
    _prepared()
    return pages.page(template, status, **context)


def _clock_of(who: Visitor) -> dict[str, Any]:
    now, zone = clock.now(), times.zone_of(who.timezone)

    def time(at: datetime | str) -> times.Shown:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        return times.shown(moment, now, zone)

    return {"time": time, "zone": times.zone_name(now, zone), "now": now}


@cache
def _prepared() -> jinja2.Environment:
    """The templates, with what they can call."""
    environment = pages.environment()
    environment.globals |= {
        "icon": icon,
        "mark": mark,
        "url": url_of,
        "asset": _asset_url,
        "platform_name": registry.display_name,
        "actions_of": possible.actions_of,
        "state_of_post": words.state_of_post,
        "run_states": words.RUN_STATES,
        "post_states": words.POST_STATES,
        "metrics": words.METRICS,
        "number": "{:,}".format,
    }
    return environment


def _asset_url(name: str) -> str:
    asset = asset_of(name)
    assert asset is not None, name
    return url_of(asset.path)
