"""JSON answers, the error envelope, and request ids."""

import json
import re
import secrets
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import flask

from shared import clock, logs
from shared.domain.errors import ApiError, ErrorCode

REQUEST_ID = "X-Request-ID"
_VALID_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")

_INVALID, _API = "invalid_request_error", "api_error"
# code -> (HTTP status, type)
CODES = {
    ErrorCode.VALIDATION_ERROR: (400, _INVALID),
    ErrorCode.MISSING_INTEGRATIONS: (400, _INVALID),
    ErrorCode.MISSING_ACCOUNT: (400, _INVALID),
    ErrorCode.UPLOAD_FAILED: (400, _INVALID),
    ErrorCode.UNAUTHORIZED: (401, "authentication_error"),
    ErrorCode.FORBIDDEN: (403, "permission_error"),
    ErrorCode.NOT_FOUND: (404, _INVALID),
    ErrorCode.METHOD_NOT_ALLOWED: (405, _INVALID),
    ErrorCode.PAYLOAD_TOO_LARGE: (413, _INVALID),
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: (415, _INVALID),
    ErrorCode.IDEMPOTENCY_CONFLICT: (409, _INVALID),
    ErrorCode.INVALID_STATE: (409, _INVALID),
    ErrorCode.RATE_LIMIT_EXCEEDED: (429, "rate_limit_error"),
    ErrorCode.DISPATCH_FAILED: (500, _API),
    ErrorCode.POST_CREATION_FAILED: (500, _API),
    ErrorCode.INTERNAL_ERROR: (500, _API),
}


def request_id_of(request: flask.Request) -> str:
    """The caller's own id when it is valid, otherwise a new one."""
    sent = request.headers.get(REQUEST_ID, "")
    if _VALID_ID.fullmatch(sent):
        return sent
    return f"req_{secrets.token_hex(12)}"


def begin_request(**named: str | None) -> None:
    """Set `flask.g.request_id`, and add it to each line that is logged until `leave_request`.

    `named`: more fields of these lines.
    """
    flask.g.request_id = request_id_of(flask.request)
    flask.g.log_context = logs.bound(
        requestId=flask.g.request_id,
        **named,
        **logs.trace_fields(flask.request.headers.get("X-Cloud-Trace-Context")),
    )
    flask.g.log_context.__enter__()


def end_request(answer: flask.Response) -> flask.Response:
    """The answer with the ID, for `after_request`."""
    answer.headers[REQUEST_ID] = flask.g.request_id
    return answer


def leave_request(_: BaseException | None = None) -> None:
    """Log without the ID again. For `teardown_request`, which follows a killed view, too."""
    context = flask.g.pop("log_context", None)
    if context is not None:
        context.__exit__(None, None, None)


def time_text(moment: datetime) -> str:
    """RFC 3339 in UTC, with milliseconds and Z."""
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
    )


def json_answer(body: Any, status: int = HTTPStatus.OK) -> flask.Response:
    # With a line break at the end, for terminals.
    return flask.Response(f"{json.dumps(body)}\n", status, content_type="application/json")


def error_answer(error: ApiError, request_id: str) -> flask.Response:
    status, _ = CODES[error.code]
    answer = json_answer(error_json(error, request_id, clock.now()), status)
    answer.headers.update(error.headers)
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def error_json(error: ApiError, request_id: str, at: datetime) -> dict[str, Any]:
    """The body of an error: {"error": {type, code, message, timestamp, requestId, details?}}."""
    content = {
        "type": CODES[error.code][1],
        "code": error.code.value,
        "message": error.message,
        "timestamp": time_text(at),
        "requestId": request_id,
    }
    if error.details is not None:
        content["details"] = error.details
    return {"error": content}
