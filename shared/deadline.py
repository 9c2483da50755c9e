"""One time limit over everything that a connection does: connecting, sending, every single read.

A time-out of a socket limits each wait alone, so a server that drips a byte a second never runs
into it.
"""

import io
import socket
from time import monotonic
from typing import Any


class TimeLimit:
    """`seconds` from now for all of it, `stall_seconds` for each wait."""

    def __init__(self, seconds: float, stall_seconds: float) -> None:
        self._end = monotonic() + seconds
        self._stall = stall_seconds

    def wait(self) -> float:
        """Seconds that the next step may take. Raises TimeoutError when none are left."""
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError("the time limit is over")
        return min(left, self._stall)


class LimitedReads(io.RawIOBase):
    """The bytes that a connection receives, within the time limit."""

    def __init__(self, connection: socket.socket, limit: TimeLimit) -> None:
        self._connection, self._limit = connection, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(self._limit.wait())
        return self._connection.recv_into(buffer)


class LimitedSocket:
    """A connected socket for `http.client`, which sends and reads within the time limit.

    Like a socket's, its connection closes when both it and the files made of it are closed.
    """

    def __init__(self, connection: socket.socket, limit: TimeLimit) -> None:
        self._connection, self._limit = connection, limit
        self._files = 0
        self._is_closed = False

    def sendall(self, data: Any) -> None:
        """Send all of `data`: `socket.sendall` of TLS would limit only each of its parts."""
        left = memoryview(data).cast("B")
        while left:
            self._connection.settimeout(self._limit.wait())
            left = left[self._connection.send(left) :]

    def settimeout(self, _: float | None) -> None:
        """The time limit alone counts."""

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        self._files += 1
        return io.BufferedReader(_File(self, self._connection, self._limit), io.DEFAULT_BUFFER_SIZE)

    def close(self) -> None:
        self._is_closed = True
        if self._files == 0:
            self._connection.close()

    def file_closed(self) -> None:
        self._files -= 1
        if self._is_closed:
            self.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


class _File(LimitedReads):
    def __init__(self, owner: LimitedSocket, connection: socket.socket, limit: TimeLimit) -> None:
        super().__init__(connection, limit)
        self._owner = owner

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._owner.file_closed()
