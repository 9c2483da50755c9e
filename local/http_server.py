"""A small HTTP server on loopback for the parts of the local stack.

It is werkzeug's threaded server with six changes. Nagle's algorithm is off,
because it costs 44 ms per request when headers and body are sent separately.
It uses HTTP/1.1 (each response still closes its connection, as in werkzeug).
It keeps headers with an underscore in their names, which Meta's upload host
needs. Its header Date follows the shared clock, unless the application sends
one of its own. And it logs only errors: the simulated services list their
requests.
"""

import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from shared import clock

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_STOP_SECONDS = 5.0


class _Handler(WSGIRequestHandler):
    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"

    def make_environ(self) -> dict[str, Any]:
        """werkzeug's environment, plus the headers that it drops because of their names."""
        environ: dict[str, Any] = super().make_environ()
        for name, value in self.headers.items():
            if "_" in name:
                environ.setdefault(f"HTTP_{name.upper()}", value)
        return environ

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The header `Date`, by the clock that everything here shares."""
        return super().date_time_string(clock.now().timestamp() if timestamp is None else timestamp)

    def send_header(self, keyword: str, value: str) -> None:
        """A header; the application's own Date replaces the server's instead of joining it."""
        if keyword == "Date":
            sent: list[bytes] = getattr(self, "_headers_buffer", [])
            self._headers_buffer = [line for line in sent if not line.startswith(b"Date:")]
        super().send_header(keyword, value)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Print errors, such as an application's traceback, and nothing else."""
        if type == "error":
            print(message % args if args else message, file=sys.stderr)


class LocalServer:
    """Serves a WSGI application on 127.0.0.1 in its own thread.

    `port` 0 uses a free port; a port in use raises OSError. The socket listens
    from construction on, so `url` is known before `start`, and connections wait
    instead of failing.
    """

    def __init__(
        self, app: WsgiApp, port: int = 0, before_stop: Callable[[], None] = lambda: None
    ) -> None:
        self._before_stop = before_stop
        try:
            self._server = make_server(
                "127.0.0.1", port, app, threaded=True, request_handler=_Handler
            )
        except SystemExit:  # werkzeug exits the process when the port is in use
            raise OSError(f"Port {port} of 127.0.0.1 is in use.") from None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        return int(self._server.server_port)

    @property
    def url(self) -> str:
        """The origin, without a trailing slash: `http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name=f"http-{self.port}",
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the port; can be called twice or before `start`."""
        self._before_stop()
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join(_STOP_SECONDS)
            self._thread = None
        self._server.server_close()
