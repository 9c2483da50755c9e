"""What was typed goes back to its writer if the session has ended meanwhile.

The answer carries the form's own fields, so nothing is stored for somebody who is not signed in.
The form that it contains only shows the composer: sending needs a token of the present session.
"""

from http import HTTPStatus

import flask

from functions.dashboard.composer.desk import desk_for, require_changeable
from functions.dashboard.composer.draft import from_form
from functions.dashboard.composer.faults import Fault
from functions.dashboard.composer.page import Outcome, action_of, show
from functions.dashboard.visitor import NotSignedIn, url_of
from shared.web.pages import page
from shared.wiring import Parts

MOST_FIELDS = 5000
"""Of a form that is handed back. 200 accounts with options of their own have about 3,000."""
# What belongs to the page that was sent.
_DROPPED = ("csrf", "do", "leave")


def handed_back(parts: Parts, post_id: str | None, *, is_retry: bool) -> flask.Response:
    """The form again, for the user who is signed in now, or a page that keeps it until then."""
    draft = from_form(flask.request.form)
    try:
        desk = desk_for(parts, draft, post_id, is_retry=is_retry)
    except NotSignedIn:
        return _kept(post_id, is_retry=is_retry)
    require_changeable(desk)
    fault = Fault("send", "Nothing was sent yet, because your session ended. Send it again.")
    outcome = Outcome([fault], assets=desk.assets_of(draft))
    return show(desk, draft, outcome, HTTPStatus.FORBIDDEN)


def _kept(post_id: str | None, *, is_retry: bool) -> flask.Response:
    form = flask.request.form
    fields = [field for field in form.items(multi=True) if field[0] not in (*_DROPPED, "text")]
    if len(fields) > MOST_FIELDS:
        raise NotSignedIn
    return page(
        "dashboard/composer_kept.html",
        HTTPStatus.FORBIDDEN,
        title="Sign in again",
        text=form.get("text", ""),
        fields=fields,
        action=action_of(post_id, is_retry=is_retry),
        sign_in=url_of("/sign-in"),
    )
