"""The Flask application: what every request and every error have in common."""

import re
import secrets
import time
from collections.abc import Iterable
from http import HTTPStatus
from uuid import UUID

import flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from functions.api.routes import add_routes
from shared import config, logs, wiring
from shared.config import ConfigurationError
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest, Violation
from shared.web.envelope import REQUEST_ID, begin_request, end_request, error_answer, leave_request

log = logs.logger("api")

# Of an ID that does not exist, in the message.
_LONGEST_ID = 100
_OF_A_POST = re.compile("/v1/posts/([^/]+)(.*)", re.DOTALL)


def create_app() -> flask.Flask:
    logs.set_up()
    app = flask.Flask("soku", static_folder=None)
    # A doubled slash is an unknown path: flask would answer a redirect in HTML.
    app.url_map.merge_slashes = False
    app.before_request(_begin)
    app.before_request(_answer_preflight)
    app.after_request(_end)
    # The last that is called: the others are called in reverse order.
    app.teardown_request(leave_request)
    app.teardown_request(_land)
    app.register_error_handler(ApiError, _refused)
    app.register_error_handler(HTTPException, _framework_error)
    app.register_error_handler(Exception, _defect)
    add_routes(app)
    return app


def _begin() -> None:
    begin_request(submissionId=(flask.request.view_args or {}).get("post_id"))
    # Callers may send an id again, and each request has a line of its own.
    is_own = flask.g.request_id == flask.request.headers.get(REQUEST_ID)
    flask.g.line_id = flask.g.request_id + (f"~{secrets.token_hex(4)}" if is_own else "")
    flask.g.started = time.monotonic()


def _lets_origins_call() -> bool:
    """Whether pages of other origins can call the API. Usually not, so the module is not loaded."""
    try:
        return bool(config.settings().cors_origins)
    except ConfigurationError:
        # It may be what the answer is about.
        return False


def _answer_preflight() -> flask.Response | None:
    if flask.request.method != "OPTIONS" or not _lets_origins_call():
        return None
    from functions.api.cors import preflight

    return preflight(flask.request)


def _end(answer: flask.Response) -> flask.Response:
    """Count and log the request if its view did not, and add the headers of every answer."""
    caller = flask.g.get("caller")
    if caller is not None:
        caller.account_for(answer)
        answer.headers.update(caller.rate_limit_headers())
    request = flask.request
    has_body = bool(request.content_length) or "Transfer-Encoding" in request.headers
    if has_body and not flask.g.get("body_is_read"):
        from functions.api.body import discard

        discard(request)
    answer.headers.setdefault("Cache-Control", "no-store")
    if _lets_origins_call():
        from functions.api.cors import allow_origin

        allow_origin(request, answer)
    if answer.status_code >= HTTPStatus.BAD_REQUEST:
        with logs.bound(submissionId=caller.submission_id if caller else None):
            _log_refusal(answer)
    return end_request(answer)


def _land(_: BaseException | None) -> None:
    caller = flask.g.get("caller")
    if caller is not None:
        caller.land()


def _log_refusal(answer: flask.Response) -> None:
    """Successful requests are only in the request log: a log line for each would cost too much."""
    log.info(
        "request refused",
        extra=logs.fields(
            method=flask.request.method,
            path=flask.request.path,
            status=answer.status_code,
            errorCode=flask.g.get("error_code"),
            durationMs=round((time.monotonic() - flask.g.started) * 1000),
        ),
    )


def _refused(error: ApiError) -> flask.Response:
    flask.g.error_code = error.code.value
    return error_answer(error, flask.g.request_id)


def _framework_error(error: HTTPException) -> flask.Response:
    """The framework's own errors, in our envelope."""
    match error:
        case NotFound():
            return _refused(_not_found(flask.request.path))
        case MethodNotAllowed():
            request = flask.request
            return _refused(method_not_allowed(request.path, request.method, error.valid_methods))
    if error.code is not None and error.code < 500:
        message = error.description or "The request could not be read."
        return _refused(InvalidRequest([Violation("", "bad_request", message)]))
    return _defect(error)


def _not_found(path: str) -> ApiError:
    """The error for a path that no route has; most likely, the ID of a post is wrong."""
    named = _OF_A_POST.fullmatch(path)
    if named:
        of_a_post = f"/v1/posts/{UUID(int=0)}{named[2]}"
        if flask.current_app.url_map.bind("localhost").allowed_methods(of_a_post):
            from functions.api.ownership import post_not_found

            return post_not_found(named[1][:_LONGEST_ID])
    return ApiError(ErrorCode.NOT_FOUND, f"Path {path} not found.")


def _defect(error: Exception) -> flask.Response:
    log.exception("request failed unexpectedly", exc_info=error)
    return _refused(internal_error(_help()))


def _help() -> str:
    """Where callers get help, and see whether Soku is working."""
    try:
        settings = wiring.parts().settings
    except ConfigurationError:
        # It may be what went wrong.
        return ""
    words = ""
    if settings.support_url:
        contact = settings.support_url.removeprefix("mailto:")
        words += f" If that does not help, send the requestId to {contact}."
    if settings.dashboard_url:
        words += f" Status: {settings.dashboard_url}/status."
    return words


def method_not_allowed(path: str, method: str, allowed: Iterable[str] | None) -> ApiError:
    methods = ", ".join(sorted(allowed or ()))
    message = f"{path} allows {methods}, not {method}."
    return ApiError(ErrorCode.METHOD_NOT_ALLOWED, message, headers={"Allow": methods})


def internal_error(more: str = "") -> ApiError:
    message = (
        "Something went wrong on Soku's side. Send the same request again with the same "
        f"Idempotency-Key.{more}"
    )
    return ApiError(ErrorCode.INTERNAL_ERROR, message)
