"""The Flask application of a function that has routes of its own."""

import threading
from collections.abc import Callable

import flask


class OwnApp:
    """Answers the requests of one function. The first request creates the application."""

    def __init__(self, create: Callable[[], flask.Flask]) -> None:
        self._create = create
        self._app: flask.Flask | None = None
        self._creating = threading.Lock()

    def handle(self, request: flask.Request) -> flask.Response:
        with self._creating:
            if self._app is None:
                self._app = self._create()
        answer: flask.Response = flask.Response.from_app(self._app, request.environ)  # type: ignore[assignment]
        return answer
