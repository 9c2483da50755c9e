"""The Flask application: its routes, and what every request and every error have in common."""

import gzip
from http import HTTPStatus

import flask

from functions.dashboard.problem import problem
from functions.dashboard.routes import add_routes
from functions.dashboard.visitor import NotSignedIn, url_of
from shared import logs, wiring
from shared.config import ConfigurationError
from shared.domain.errors import ApiError
from shared.gcp.firestore import PreconditionFailed
from shared.web import sessions
from shared.web.envelope import CODES
from shared.web.page_app import Advice, ErrorPages, new_app
from shared.web.pages import HEADERS, redirect_to
from shared.web.sessions import StalePost

log = logs.logger("dashboard")

MAX_BODY_BYTES = 256 * 1024
"""The largest form is a post, as large as in the API."""
_WORTH_COMPRESSING = 1024
_ADVICE = Advice(
    unavailable="What you have entered may not be saved. Go back and try again in a minute. Posts "
    "that were accepted are safe.",
    not_found="The address is wrong, or what was here has been deleted.",
    not_valid="Go to your posts, and try again.",
    defect="Try again. If it happens again, ask for help and give the request ID.",
)


def create_app() -> flask.Flask:
    app = new_app("soku-dashboard", MAX_BODY_BYTES)
    # As many fields as fit into a form: a post for many accounts has options for each.
    app.config["MAX_FORM_PARTS"] = None
    add_routes(app)
    app.before_request(_check_settings)
    app.after_request(_end)
    app.register_error_handler(NotSignedIn, _not_signed_in)
    app.register_error_handler(ApiError, _refused)
    errors = ErrorPages(log, problem, problem, _ADVICE)
    errors.add_to(app)
    app.register_error_handler(StalePost, _stale)
    app.register_error_handler(PreconditionFailed, errors.unavailable)
    return app


def _check_settings() -> None:
    """Raises ConfigurationError, before a page is half done."""
    settings = wiring.parts().settings
    needed = {
        "DASHBOARD_URL": settings.dashboard_url,
        "SESSION_KEY": settings.session_keys,
        "IDENTITY_API_KEY": settings.identity_api_key,
    }
    if faults := [f"{name} is not set" for name, value in needed.items() if not value]:
        raise ConfigurationError.of(faults)


def _end(answer: flask.Response) -> flask.Response:
    if "browser" in flask.g:
        sessions.keep(answer, flask.g.browser, wiring.parts().settings)
    _compress(answer)
    # Redirects and answers to scripts have no page with headers of its own.
    for name in ("Cache-Control", "Strict-Transport-Security", "X-Content-Type-Options"):
        answer.headers.setdefault(name, HEADERS[name])
    return answer


def _compress(answer: flask.Response) -> None:
    """Google's front end does not do it. The secrets in a page differ each time it is sent."""
    if (
        answer.mimetype != "text/html"
        or answer.content_encoding
        or (answer.content_length or 0) < _WORTH_COMPRESSING
        or not flask.request.accept_encodings.quality("gzip")
    ):
        return
    answer.set_data(gzip.compress(answer.get_data(), 6))
    answer.headers["Content-Encoding"] = "gzip"
    answer.vary.add("Accept-Encoding")


def _not_signed_in(error: NotSignedIn) -> flask.Response:
    if "HX-Request" in flask.request.headers:
        # A part of a page was asked for: the browser leaves the page, and returns to a whole one.
        headers = {"HX-Redirect": url_of("/sign-in")}
        return flask.Response(status=HTTPStatus.NO_CONTENT, headers=headers)
    return redirect_to(
        url_of("/sign-in", next=error.wanted) if error.wanted else url_of("/sign-in")
    )


def _stale(error: StalePost) -> flask.Response:
    """Browsers forget the cookie when the session ends."""
    if sessions.browser_of(flask.request, wiring.parts().settings).session_id is None:
        title, link, words = "You are not signed in", url_of("/sign-in"), "Sign in"
    else:
        title, link, words = "This page is out of date", url_of("/posts"), "Go to your posts"
    return problem(
        HTTPStatus.FORBIDDEN, title, f"Nothing was changed. {error}", link=link, link_text=words
    )


def _refused(error: ApiError) -> flask.Response:
    """A use case refused what the page asked for; its message is for users, too."""
    status, _ = CODES[error.code]
    return problem(status, "This did not work", error.message)
