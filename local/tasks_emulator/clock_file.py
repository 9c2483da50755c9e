"""Moves the clock that every local process reads; see shared/clock.py for the reading side."""

import os
import threading
from pathlib import Path


class ClockFile:
    """The file with the number of seconds that `shared.clock` adds to real time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def offset_seconds(self) -> float:
        """What is added now; 0 while there is no file."""
        try:
            return float(self._path.read_text(encoding="ascii") or 0)
        except FileNotFoundError:
            return 0.0

    def advance(self, seconds: float) -> float:
        """Add `seconds` and return the new offset. Readers see the old file or the new one."""
        with self._lock:
            offset = self.offset_seconds() + seconds
            fresh = self._path.with_name(self._path.name + ".new")
            fresh.write_text(repr(offset), encoding="ascii")
            self._make_newer(fresh)
            fresh.replace(self._path)
            return offset

    def _make_newer(self, fresh: Path) -> None:
        """Give `fresh` a later time than the file it replaces.

        Readers know a new file by inode and time. A file system may hand out a
        freed inode again, and its times may stand still for milliseconds.
        """
        try:
            before = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return
        found = fresh.stat()
        os.utime(fresh, ns=(found.st_atime_ns, max(found.st_mtime_ns, before + 1)))
