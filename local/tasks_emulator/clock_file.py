"""Moves the clock that every local process reads with shared/clock.py."""

import os
import threading
from pathlib import Path


class ClockFile:
    """The file with the number of seconds that `shared.clock` adds to real time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def offset_seconds(self) -> float:
        """The current offset; 0 while the file does not exist."""
        try:
            return float(self._path.read_text(encoding="ascii") or 0)
        except FileNotFoundError:
            return 0.0

    def advance(self, seconds: float) -> float:
        """Add `seconds` and return the new offset. Readers see either the old or the new file."""
        with self._lock:
            offset = self.offset_seconds() + seconds
            fresh = self._path.with_name(self._path.name + ".new")
            fresh.write_text(repr(offset), encoding="ascii")
            self._make_newer(fresh)
            fresh.replace(self._path)
            return offset

    def _make_newer(self, fresh: Path) -> None:
        """Give `fresh` a later time than the file that it replaces.

        Readers recognize a new file by its inode and time. A file system can reuse a
        freed inode, and its times can stay the same for milliseconds.
        """
        try:
            before = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return
        after = fresh.stat()
        os.utime(fresh, ns=(after.st_atime_ns, max(after.st_mtime_ns, before + 1)))
