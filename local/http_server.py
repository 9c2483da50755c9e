"""A small HTTP server on loopback for the parts of the local stack.

It is werkzeug's threaded server with four things changed. Nagle's algorithm
is off, since it costs 44 ms a request when headers and body are sent apart.
It speaks HTTP/1.1 (each answer still closes its connection, as werkzeug has
it). It keeps headers with an underscore in their names, which Meta's host for
uploads wants. And it logs errors alone: what a simulated service received is
asked of the service.
"""

import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_STOP_SECONDS = 5.0


class _Handler(WSGIRequestHandler):
    """Answers one connection, quietly."""

    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"

    def make_environ(self) -> dict[str, Any]:
        """As werkzeug has it, and with the headers that it leaves out for their names."""
        environ: dict[str, Any] = super().make_environ()
        for name, value in self.headers.items():
            if "_" in name:
                environ.setdefault(f"HTTP_{name.upper()}", value)
        return environ

    def log(self, type: str, message: str, *args: Any) -> None:
        """Pass on errors, such as an application's traceback, and say nothing else."""
        if type == "error":
            print(message % args if args else message, file=sys.stderr)


class LocalServer:
    """Serves one WSGI application on 127.0.0.1 from a thread of its own.

    `port` 0 takes a free one; a port that is taken raises OSError. The socket
    listens from construction on, so that `url` is known, and a connection waits
    rather than fails, before `start`.
    """

    def __init__(self, app: WsgiApp, port: int = 0) -> None:
        try:
            self._server = make_server(
                "127.0.0.1", port, app, threaded=True, request_handler=_Handler
            )
        except SystemExit:  # werkzeug ends the whole process over a port that is taken
            raise OSError(f"Port {port} of 127.0.0.1 cannot be listened on.") from None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The TCP port that is listened on."""
        return int(self._server.server_port)

    @property
    def url(self) -> str:
        """The origin, without a slash at the end: `http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name=f"http-{self.port}",
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and free the port; safe to call twice or before `start`."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join(_STOP_SECONDS)
            self._thread = None
        self._server.server_close()
