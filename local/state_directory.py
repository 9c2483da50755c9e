"""`.local/`: a stack's files, and the lock that lets only one stack use them at a time."""

import fcntl
import json
import os
import shutil
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from local.failures import AlreadyRunning, NotWritable
from local.seed_secrets import write_private

_EMPTIED_UNLESS_KEPT = ("firestore", "storage", "media", "clock")


class StateDirectory:
    """The paths in the directory. Call `open` and `prepare` before use, and `close` at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.logs = self.path / "logs"
        self.firestore = self.path / "firestore"
        self.storage = self.path / "storage"
        self.media = self.path / "media"
        self.clock = self.path / "clock"
        self.seed = self.path / "seed.json"
        self.signing_key = self.path / "signing-key.json"
        self._lock: int | None = None

    def open(self) -> None:
        """Lock the directory. Raises AlreadyRunning, NotWritable."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._take_lock()
        except OSError as error:
            raise self._not_writable(error) from error

    def prepare(self, *, keep: bool) -> bool:
        """Empty the directory, except for the data that `keep` keeps.

        Return whether the data of an earlier run was there. Raises NotWritable.
        """
        had_data = self.firestore.exists()
        try:
            for name in ("logs", "stack.json", *(() if keep else _EMPTIED_UNLESS_KEPT)):
                _remove(self.path / name)
            for directory in (self.logs, self.storage, self.media):
                directory.mkdir(exist_ok=True)
        except OSError as error:
            raise self._not_writable(error) from error
        return had_data

    def _not_writable(self, error: OSError) -> NotWritable:
        self.close()
        return NotWritable(
            f"Soku cannot write to {self.path} ({error.strerror}). Run it from a copy of the "
            "project that you can write to."
        )

    def clock_offset(self) -> timedelta:
        """How far the clock of the data is ahead, in whole seconds."""
        try:
            return timedelta(seconds=round(float(self.clock.read_text(encoding="ascii") or 0)))
        except FileNotFoundError:
            return timedelta(0)

    def log(self, part: str) -> Path:
        return self.logs / f"{part}.log"

    def replace_firestore(self, export: Callable[[Path], None]) -> None:
        """Let `export` fill an empty directory, then replace the old data with it."""
        fresh = self.path / "firestore.new"
        _remove(fresh)
        fresh.mkdir()
        export(fresh)
        _remove(self.firestore)
        fresh.rename(self.firestore)

    def close(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _take_lock(self) -> None:
        # The kernel releases the lock when its holder ends, for whatever reason.
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(lock, 20).decode() or "?"
            os.close(lock)
            raise AlreadyRunning(
                f"A stack is already running in {self.path}. Stop it with Ctrl-C in its terminal, "
                f"or with: kill {holder}"
            ) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        self._lock = lock


class StackFile:
    """`stack.json`: it exists while the stack is ready, and is always current."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "stack.json"
        self._info: dict[str, Any] | None = None
        self._pids: dict[str, int] = {}
        self._lock = threading.Lock()

    def publish(self, info: Mapping[str, Any]) -> None:
        """Write the file: the stack is ready. IDs from `set_pid` override those of `info`."""
        with self._lock:
            self._info = {**info, "pids": info["pids"] | self._pids}
            self._write()

    def set_pid(self, part: str, pid: int) -> None:
        """Record that a part was started or restarted. Before `publish` this writes nothing."""
        with self._lock:
            self._pids[part] = pid
            if self._info is not None:
                self._info["pids"][part] = pid
                self._write()

    def read(self) -> dict[str, Any]:
        """The current content. Raises OSError if the file does not exist."""
        info: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        return info

    def remove(self) -> bool:
        """Remove the file because the stack stops; return whether the stack was ready."""
        with self._lock:
            was_ready = self._info is not None
            self._info = None
            self._path.unlink(missing_ok=True)
            return was_ready

    def _write(self) -> None:
        write_private(self._path, json.dumps(self._info, indent=1) + "\n")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
