"""The ID of a request, in each of its log lines and in its answer."""

import flask

from shared import logs
from shared.web.envelope import REQUEST_ID, request_id_of


def begin(**named: str | None) -> None:
    """Set `flask.g.request_id`, and add it to each line that is logged until `end`.

    `named`: more fields of these lines.
    """
    flask.g.request_id = request_id_of(flask.request)
    flask.g.log_context = logs.bound(
        requestId=flask.g.request_id,
        **named,
        **logs.trace_fields(flask.request.headers.get("X-Cloud-Trace-Context")),
    )
    flask.g.log_context.__enter__()


def end(answer: flask.Response) -> flask.Response:
    answer.headers[REQUEST_ID] = flask.g.request_id
    flask.g.log_context.__exit__(None, None, None)
    return answer
