"""The application: its routes, and the one shape of every answer."""

import time
from http import HTTPStatus

import flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from functions.api import changes, description, health, history, media, posts, recovery
from shared import logs
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest, Violation
from shared.web.envelope import REQUEST_ID, error_answer, request_id_of

log = logs.logger("api")


def create_app() -> flask.Flask:
    logs.set_up()
    app = flask.Flask("soku")
    # A doubled slash would be answered with a redirect in HTML: there is simply no such route.
    app.url_map.merge_slashes = False
    app.before_request(_begin)
    app.after_request(_end)
    app.register_error_handler(ApiError, _refused)
    app.register_error_handler(HTTPException, _framework_error)
    app.register_error_handler(Exception, _defect)
    app.register_blueprint(description.routes)
    app.register_blueprint(health.routes)
    app.register_blueprint(changes.routes)
    app.register_blueprint(history.routes)
    app.register_blueprint(media.routes)
    app.register_blueprint(posts.routes)
    app.register_blueprint(recovery.routes)
    return app


def _begin() -> None:
    flask.g.request_id = request_id_of(flask.request)
    flask.g.started = time.monotonic()
    flask.g.log_context = logs.bound(
        requestId=flask.g.request_id,
        submissionId=(flask.request.view_args or {}).get("post_id"),
        **logs.trace_fields(flask.request.headers.get("X-Cloud-Trace-Context")),
    )
    flask.g.log_context.__enter__()


def _end(answer: flask.Response) -> flask.Response:
    """Count and log the request if its handler did not, and add the headers of every answer."""
    caller = flask.g.get("caller")
    if caller is not None:
        caller.account_for(answer)
        answer.headers.update(caller.rate_limit_headers())
    answer.headers[REQUEST_ID] = flask.g.request_id
    if answer.status_code >= HTTPStatus.BAD_REQUEST:
        with logs.bound(submissionId=caller.submission_id if caller else None):
            _log_refusal(answer)
    flask.g.log_context.__exit__(None, None, None)
    return answer


def _log_refusal(answer: flask.Response) -> None:
    """Of what went well the request's document tells; a line for each would only cost."""
    log.info(
        "refused",
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
            message = f"There is no {flask.request.path} here."
            return _refused(ApiError(ErrorCode.NOT_FOUND, message))
        case MethodNotAllowed():
            allowed = ", ".join(sorted(error.valid_methods or ()))
            message = f"{flask.request.path} takes {allowed}, not {flask.request.method}."
            refusal = ApiError(ErrorCode.METHOD_NOT_ALLOWED, message, headers={"Allow": allowed})
            return _refused(refusal)
    if error.code is not None and error.code < 500:
        message = error.description or "The request could not be read."
        return _refused(InvalidRequest([Violation("", "bad_request", message)]))
    return _defect(error)


def _defect(error: Exception) -> flask.Response:
    log.exception("a defect, or a part that is away", exc_info=error)
    message = (
        "Something went wrong on Soku's side. Nothing is known to be lost: send the same "
        "request again, with the same Idempotency-Key."
    )
    return _refused(ApiError(ErrorCode.INTERNAL_ERROR, message))
