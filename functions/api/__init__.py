"""The public HTTP API."""

from functools import cache

import flask


def handle(request: flask.Request) -> flask.Response:
    """Answer one request: the function's own application, mounted at its root."""
    answer: flask.Response = flask.Response.from_app(_app(), request.environ)  # type: ignore[assignment]
    return answer


@cache
def _app() -> flask.Flask:
    from functions.api.app import create_app

    return create_app()
