"""The one place that tells the time.

Every business time (schedules, leases, expiries, windows) comes from here, so
that a test or the local stack can move all processes at once: they write the
number of seconds to add into the file that `CLOCK_OFFSET_FILE` names, by
rename, and it acts on the next call. In the cloud the variable is not set and
the offset is zero. OIDC tokens and TLS stay on real time.
"""

import os
import time
from datetime import UTC, datetime, timedelta

from shared import config

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Offset:
    """Seconds to add, re-read only when the file was replaced (a stat costs about 1 µs)."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._version: tuple[int, int] | None = None
        self._seconds = 0.0

    def seconds(self) -> float:
        if self._path is None:
            return 0.0
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            return 0.0
        version = (found.st_mtime_ns, found.st_ino)
        if version != self._version:
            with open(self._path, encoding="ascii") as file:
                self._seconds = float(file.read() or 0)
            self._version = version
        return self._seconds


_offset = _Offset(config.clock_offset_file())


def now() -> datetime:
    """The present moment, in UTC, with the offset of the environment added."""
    return EPOCH + timedelta(seconds=time.time() + _offset.seconds())  # noqa: TID251
