"""The Flask application: its routes, and what every request and every error have in common."""

from typing import Any

import flask

from functions.connect import meta, views
from shared import logs, wiring
from shared.config import ConfigurationError
from shared.web.page_app import Advice, ErrorPages, new_app
from shared.web.pages import page

log = logs.logger("connect")

MAX_BODY_BYTES = 64 * 1024
"""A form with the ids of all accounts that can be chosen, or what Meta signs."""
_ADVICE = Advice(
    unavailable="No account was connected. Reload the page, or start again.",
    not_found="Check the address, or start again.",
    not_valid="Check the address, or start again.",
    defect="No account was connected. Start again.",
)


def create_app() -> flask.Flask:
    app = new_app("soku-connect", MAX_BODY_BYTES)
    # On a custom domain, the paths begin with the function's name.
    for prefix in ("", "/connect"):
        _add_routes(app, prefix)
    ErrorPages(log, _problem, _fault, _ADVICE).add_to(app)
    return app


def _add_routes(app: flask.Flask, prefix: str) -> None:
    routes = (
        ("GET", "/start/<connection_id>", views.show_start),
        ("POST", "/start/<connection_id>", views.start),
        ("GET", "/callback/<platform>", views.come_back),
        ("GET", "/choose/<connection_id>", views.show_choice),
        ("POST", "/choose/<connection_id>", views.choose),
        ("GET", "/done/<connection_id>", views.show_end),
        ("POST", "/meta/<platform>/deauthorize", meta.deauthorize),
        ("POST", "/meta/<platform>/delete", meta.delete),
        ("GET", "/meta/deletion/<code>", meta.show_deletion),
    )
    for method, path, view in routes:
        name = f"{prefix}{method}{path}".replace(".", "_")
        app.add_url_rule(f"{prefix}{path}", name, view, methods=[method])


def _problem(
    status: int, title: str, text: str, *, link: str | None = None, link_text: str = ""
) -> flask.Response:
    return page("message.html", status, title=title, text=text, link=link, link_text=link_text)


def _fault(
    status: int, title: str, text: str, *, link: str | None = None, link_text: str = ""
) -> flask.Response:
    context: dict[str, Any] = {"link": link, "link_text": link_text, **_ways_on()}
    return page("message.html", status, title=title, text=text, **context)


def _ways_on() -> dict[str, str]:
    """Where users see whether Soku is working, and get help."""
    try:
        settings = wiring.parts().settings
    except ConfigurationError:
        # It may be what went wrong.
        return {}
    ways = {"support": settings.support_url}
    if settings.dashboard_url:
        ways |= {"link": f"{settings.dashboard_url}/status", "link_text": "Status of Soku"}
    return ways
