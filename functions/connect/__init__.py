"""The function where users connect accounts: /start, /callback, /choose, /done, /meta.

It encrypts tokens and cannot decrypt them: it holds our client secrets and the public half of the
keyset. On a custom domain, its paths begin with /connect.
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
    from functions.connect.app import create_app

    with _creating:
        if not _apps:
            _apps.append(create_app())
    return _apps[0]
