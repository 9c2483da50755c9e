"""Processes for hostile files and texts: without credentials, and one at a time in an instance.

Such a process limits itself (`inspector.limit`). It may use more than half of an instance's 1 GiB,
so it has the only place. One that waits for more work may keep the place, until another needs it.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from shared.media import places


def start(module: str, *arguments: str) -> "subprocess.Popen[bytes]":
    """A process for a module of ours. `arguments`: nothing from outside."""
    # `-S`: nothing of the site directories runs. Packages are found by PYTHONPATH alone, because
    # Google's buildpack installs them where `-I` would not look.
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-S", "-m", module, *arguments],
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.communicate()


class Place:
    """Has at most one process, which runs or waits."""

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(1)
        self.waiting: subprocess.Popen[bytes] | None = None

    @contextmanager
    def taken(self, refusal: str) -> Iterator[None]:
        """Raises ApiError with `refusal` if others take too long."""
        if not self._free.acquire(timeout=places.SECONDS):
            raise places.busy(refusal)
        try:
            yield
        finally:
            self._free.release()

    def clear(self) -> None:
        """End the process that waits, if there is one."""
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            end(waiting)


PLACE = Place()
