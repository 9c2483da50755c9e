"""Ending a connection without an answer: hold it open, or reset it.

Both raise a ConnectionError, which the server treats as a client that has left. Without a socket
(the app called in the same process) they raise at once.
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
    """Send nothing until the client leaves, `released` is set, or HOLD_SECONDS have passed."""
    connection: socket.socket | None = environ.get("werkzeug.socket")
    if connection is not None:
        deadline = time.monotonic() + HOLD_SECONDS
        while time.monotonic() < deadline and not released.wait(_POLL_SECONDS):
            if _client_left(connection):
                break
        _close_both_ways(connection)
    raise ConnectionAbortedError("held without an answer")


def reset(environ: dict[str, Any]) -> NoReturn:
    """End the connection with RST, so that the client sees it reset and not closed."""
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
    """Close the server's socket now, and give it another one that reads as ended.

    The server has open files on the socket, so `close` would wait for them and send FIN first.
    Replacing the file descriptor by another socket closes the old one at once, and with SO_LINGER
    0 that sends RST.
    """
    ours, other = socket.socketpair()
    other.close()
    with ours:
        os.dup2(ours.fileno(), connection.fileno())
