"""Serves a function like functions-framework's own command: TARGET SOURCE.

There is one difference: gunicorn opens a control socket in the home directory,
which all functions would share. Here it opens none.
"""

import sys

from functions_framework import create_app
from functions_framework._http import create_server

from local.ports import HOST


def main(target: str, source: str) -> None:
    """Serve until a signal comes, on the socket that the supervisor passed on."""
    app = create_app(target, source, "http")  # type: ignore[no-untyped-call]
    server = create_server(app, False, control_socket_disable=True)  # type: ignore[no-untyped-call]
    server.run(HOST, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
