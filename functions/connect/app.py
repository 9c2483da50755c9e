"""The Flask application: its routes, and what every request and every error have in common."""

from http import HTTPStatus

import flask
from werkzeug.exceptions import HTTPException

from functions.connect import meta, views
from functions.connect.views import Stopped
from shared import logs, wiring
from shared.config import ConfigurationError
from shared.gcp.firestore import StoreUnavailable
from shared.web.pages import page
from shared.web.sessions import ForeignPost

log = logs.logger("connect")

MAX_BODY_BYTES = 64 * 1024
"""A form with the ids of all accounts that can be chosen, or what Meta signs."""


def create_app() -> flask.Flask:
    logs.set_up()
    app = flask.Flask("soku-connect", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.url_map.merge_slashes = False
    # On a custom domain, the paths begin with the function's name.
    for prefix in ("", "/connect"):
        _add_routes(app, prefix)
    app.register_error_handler(Stopped, _stopped)
    app.register_error_handler(ForeignPost, _foreign_post)
    app.register_error_handler(StoreUnavailable, _unavailable)
    app.register_error_handler(HTTPException, _framework_error)
    app.register_error_handler(Exception, _defect)
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


def _stopped(error: Stopped) -> flask.Response:
    return page("message.html", error.status, title=error.title, text=error.text)


def _foreign_post(error: ForeignPost) -> flask.Response:
    return page(
        "message.html",
        HTTPStatus.FORBIDDEN,
        title="This form was not sent from our page",
        text=str(error),
    )


def _unavailable(error: StoreUnavailable) -> flask.Response:
    log.error("connecting failed: %s", error)
    return page(
        "message.html",
        HTTPStatus.SERVICE_UNAVAILABLE,
        title="Soku's database did not respond",
        text="No account was connected. Reload the page, or start again.",
        **_ways_on(),
    )


def _framework_error(error: HTTPException) -> flask.Response:
    code = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _defect(error)
    title = "Page not found" if code == HTTPStatus.NOT_FOUND else "This request is not valid"
    return page(
        "message.html", HTTPStatus(code), title=title, text="Check the address, or start again."
    )


def _defect(error: Exception) -> flask.Response:
    log.exception("request failed unexpectedly", exc_info=error)
    return page(
        "message.html",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        title="Something went wrong on Soku's side",
        text="No account was connected. Start again.",
        **_ways_on(),
    )


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
