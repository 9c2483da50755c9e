"""The function with the pages for people: signing in, and what a user has.

It has no secret but the key that signs cookies, and decrypts nothing.
"""

import threading

import flask

_apps: list[flask.Flask] = []
_creating = threading.Lock()


def handle(request: flask.Request) -> flask.Response:
    """Answer one request with the function's own Flask application."""
    answer: flask.Response = flask.Response.from_app(_app(), request.environ)  # type: ignore[assignment]
    return answer


def _app() -> flask.Flask:
    from functions.dashboard.app import create_app

    with _creating:
        if not _apps:
            _apps.append(create_app())
    return _apps[0]
