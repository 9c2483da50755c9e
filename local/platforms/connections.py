"""Ending a connection without an answer: held open, or reset.

Both raise a ConnectionError, which the server takes for a client that went
away. Without a socket (the app called in process) they raise at once.
"""

import contextlib
import os
import select
import socket
import struct
import threading
import time
from typing import Any, NoReturn

HOLD_SECONDS = 120.0  # longer than any client of ours waits
_POLL_SECONDS = 0.05
_LINGER_ZERO = struct.pack("ii", 1, 0)  # struct linger: on, 0 seconds


def hold(environ: dict[str, Any], released: threading.Event) -> NoReturn:
    """Answer nothing until the client leaves, `released` is set, or HOLD_SECONDS passed."""
    connection: socket.socket | None = environ.get("werkzeug.socket")
    if connection is not None:
        deadline = time.monotonic() + HOLD_SECONDS
        while time.monotonic() < deadline and not released.wait(_POLL_SECONDS):
            if _client_left(connection):
                break
        _close_both_ways(connection)
    raise ConnectionAbortedError("held without an answer")


def reset(environ: dict[str, Any]) -> NoReturn:
    """End the connection with RST, so that the client sees it reset rather than closed."""
    connection: socket.socket | None = environ.get("werkzeug.socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        _replace_by_a_closed_one(connection)
    raise ConnectionResetError("reset on demand")


def _client_left(connection: socket.socket) -> bool:
    readable, _, _ = select.select([connection], [], [], 0)
    if not readable:
        return False
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except OSError:
        return True


def _close_both_ways(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the client may be faster
        connection.shutdown(socket.SHUT_RDWR)


def _replace_by_a_closed_one(connection: socket.socket) -> None:
    """Close the socket now, below the server's feet, and leave it one that reads as ended.

    The server holds files on the socket, so that `close` would wait for them,
    and it would say FIN first. Putting another socket in the place of the file
    descriptor closes the old one at once, and with SO_LINGER 0 that is RST.
    """
    ours, other = socket.socketpair()
    other.close()
    with ours:
        os.dup2(ours.fileno(), connection.fileno())
