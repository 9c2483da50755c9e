"""What the functions with pages have in common: their Flask application and its error pages."""

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

import flask
from werkzeug.exceptions import HTTPException

from shared import logs
from shared.gcp.firestore import StoreUnavailable
from shared.web.envelope import begin_request, end_request, leave_request
from shared.web.sessions import ForeignPost


class Stopped(Exception):
    """The user cannot go on here; `title` and `text` say why and what to do."""

    def __init__(
        self,
        title: str,
        text: str,
        status: HTTPStatus = HTTPStatus.BAD_REQUEST,
        *,
        link: str | None = None,
        link_text: str = "Go to Soku",
    ) -> None:
        super().__init__(title)
        self.title, self.text, self.status = title, text, status
        self.link, self.link_text = link, link_text


class ShowProblem(Protocol):
    """Makes a page that says what went wrong and what to do next."""

    def __call__(
        self, status: int, title: str, text: str, *, link: str | None = None, link_text: str = ...
    ) -> flask.Response: ...


@dataclass(frozen=True)
class Advice:
    """What a user of the function can do about each kind of error."""

    unavailable: str
    """The database did not respond."""
    not_found: str
    not_valid: str
    defect: str


@dataclass(frozen=True)
class ErrorPages:
    """The pages for errors that no view handles."""

    log: logging.Logger
    show: ShowProblem
    show_fault: ShowProblem
    """For what is no mistake of the user: names where to get help."""
    advice: Advice

    def add_to(self, app: flask.Flask) -> None:
        app.register_error_handler(Stopped, self.stopped)
        app.register_error_handler(ForeignPost, self.foreign_post)
        app.register_error_handler(StoreUnavailable, self.unavailable)
        app.register_error_handler(HTTPException, self.refused_by_framework)
        app.register_error_handler(Exception, self.defect)

    def stopped(self, error: Stopped) -> flask.Response:
        return self.show(
            error.status, error.title, error.text, link=error.link, link_text=error.link_text
        )

    def foreign_post(self, error: ForeignPost) -> flask.Response:
        return self.show(HTTPStatus.FORBIDDEN, "This form was not sent from our page", str(error))

    def unavailable(self, error: Exception) -> flask.Response:
        self.log.error("page failed: %s", error)
        title = "Soku's database did not respond"
        return self.show_fault(HTTPStatus.SERVICE_UNAVAILABLE, title, self.advice.unavailable)

    def refused_by_framework(self, error: HTTPException) -> flask.Response:
        code = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
        if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return self.defect(error)
        if code == HTTPStatus.NOT_FOUND:
            return self.show(code, "Page not found", self.advice.not_found)
        answer = self.show(code, "This request is not valid", self.advice.not_valid)
        allowed = [header for header in error.get_headers() if header[0] == "Allow"]
        answer.headers.extend(allowed)
        return answer

    def defect(self, error: Exception) -> flask.Response:
        self.log.exception("request failed unexpectedly", exc_info=error)
        title = "Something went wrong on Soku's side"
        return self.show_fault(HTTPStatus.INTERNAL_SERVER_ERROR, title, self.advice.defect)


def new_app(name: str, max_body_bytes: int) -> flask.Flask:
    """An application without routes, whose requests have IDs."""
    logs.set_up()
    app = flask.Flask(name, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = max_body_bytes
    app.url_map.merge_slashes = False
    app.before_request(begin_request)
    # The first one that is added runs last.
    app.after_request(end_request)
    app.teardown_request(leave_request)
    return app
