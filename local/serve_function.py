"""Serves one function as functions-framework's own command does: TARGET SOURCE.

One thing differs. gunicorn opens a control socket at a place in the home
directory that all functions would share; here it opens none.
"""

import sys

from functions_framework import create_app
from functions_framework._http import create_server

from local.ports import HOST


def main(target: str, source: str) -> None:
    """Serve until a signal. The socket is the one that the supervisor has handed over."""
    app = create_app(target, source, "http")  # type: ignore[no-untyped-call]
    server = create_server(app, False, control_socket_disable=True)  # type: ignore[no-untyped-call]
    server.run(HOST, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
