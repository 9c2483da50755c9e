"""The current time.

Every business time (schedules, leases, expiries, windows) comes from here, so that a test or the
local stack can move all processes at once: it replaces the file that `CLOCK_OFFSET_FILE` names by
one with the number of seconds to add, which applies from the next call on. In the cloud the
variable is not set and the offset is zero. OIDC tokens and TLS use the real time.
"""

import os
import time
from datetime import UTC, datetime, timedelta

from shared import config

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Offset:
    """Seconds to add, read again only when the file was replaced (a stat takes about 1 µs)."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._version: tuple[int, int] | None = None
        self._seconds = 0.0

    def seconds(self) -> float:
        if self._path is None:
            return 0.0
        try:
            status = os.stat(self._path)
        except FileNotFoundError:
            return 0.0
        version = (status.st_mtime_ns, status.st_ino)
        if version != self._version:
            with open(self._path, encoding="ascii") as file:
                self._seconds = float(file.read() or 0)
            self._version = version
        return self._seconds


_offset = _Offset(config.clock_offset_file())


def real_now() -> datetime:
    """The current time in UTC without the offset, as in the tokens that Google signs."""
    return EPOCH + timedelta(seconds=time.time())  # noqa: TID251


def now() -> datetime:
    """The current time in UTC, with the offset of the environment added."""
    return EPOCH + timedelta(seconds=time.time() + _offset.seconds())  # noqa: TID251
