"""The pages that say what went wrong and what to do next."""

from http import HTTPStatus

import flask

from functions.dashboard.visitor import url_of
from shared import wiring
from shared.web import sessions
from shared.web.pages import page


def problem(
    status: int,
    title: str,
    text: str,
    *,
    link: str | None = None,
    link_text: str = "Go to your posts",
) -> flask.Response:
    """An error page. Those for faults of ours name the request, for whoever is asked about it.

    It reads nothing from the database, which may be what failed: whoever has a cookie of ours that
    says so gets the navigation, which tells nothing about them.
    """
    settings = wiring.parts().settings
    link = link or url_of("/posts")
    if not settings.dashboard_url or not settings.session_keys:
        return page("message.html", status, title=title, text=text, link="")
    from functions.dashboard import frame

    browser = sessions.browser_of(flask.request, settings)
    is_signed_in = browser.session_id is not None
    return frame.outside(
        "dashboard/problem.html",
        title=title,
        status=status,
        is_signed_in=is_signed_in,
        sections=frame.SECTIONS,
        section="",
        csrf=sessions.csrf_token(browser, settings) if is_signed_in else "",
        unread="",
        email="",
        notice=None,
        text=text,
        request_id=flask.g.request_id if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "",
        link=link,
        link_text=link_text,
    )
