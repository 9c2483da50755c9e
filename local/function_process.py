"""A function under functions-framework, which is restarted whenever it dies.

The supervisor keeps the listening socket and passes it to each new process, as
systemd does (file descriptor 3, LISTEN_PID, LISTEN_FDS). While the function is
down, connections wait instead of being refused, and a worker that outlives its
master cannot block the port.
"""

import socket
import sys
import threading
import time
import urllib.error
from collections.abc import Callable, Mapping
from pathlib import Path

from local.child_process import ROOT, ChildProcess
from local.failures import PartFailed
from local.loopback import answers

_READY_SECONDS = 30.0
# A function that cannot start must not restart in a tight loop; a killed one is back in a second.
_SHORT_LIFE_SECONDS = 1.0
_PAUSE_SECONDS = 0.3
_MOST_SHORT_LIVES = 3
_ONE_TRY_SECONDS = 3.0
# The shell becomes the server, so LISTEN_PID and `pid` are the server's. The socket arrives as
# standard input, because a shell can only duplicate a descriptor whose number it knows.
_WITH_SOCKET = (
    "exec 3<&0 </dev/null; export LISTEN_PID=$$ LISTEN_FDS=1; "
    'exec "$0" -m local.serve_function "$1" "$2"'
)


class FunctionProcess:
    """Supervises one function until `stop`.

    `on_start(pid)` is called after each start, in the supervising thread. `pid` is
    the master's: killing it kills the function.
    """

    def __init__(
        self,
        target: str,
        listening: socket.socket,
        *,
        source: Path,
        environment: Mapping[str, str],
        threads: int,
        log: Path | None = None,
        on_start: Callable[[int], None] = lambda pid: None,
    ) -> None:
        self.name = target
        self.url = "http://{}:{}".format(*listening.getsockname())
        self._listening = listening
        self._on_start = on_start
        self._log = log
        self._process = ChildProcess(
            target,
            ["/bin/sh", "-c", _WITH_SOCKET, sys.executable, target, str(source.resolve())],
            environment={**environment, "THREADS": str(threads), "PYTHONUNBUFFERED": "1"},
            log=log,
            directory=ROOT,
            stdin=listening.fileno(),
        )
        self._starting = threading.Lock()
        self._stopping = threading.Event()
        self._short_lives = 0
        # The kernel ends a child together with the thread that started it, so one
        # thread starts all of them and lives until the last one has ended.
        self._supervisor = threading.Thread(
            target=self._supervise, name=f"supervisor-{target}", daemon=True
        )

    @property
    def pid(self) -> int:
        """The current master's process ID; 0 before the first start."""
        return self._process.pid

    def start(self) -> None:
        """Start without waiting."""
        self._supervisor.start()

    def wait_until_ready(self, path: str = "/") -> None:
        """Wait until GET `path` responds with 2xx or refuses a stranger. Raises PartFailed."""
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline and not self._stopping.is_set():
            try:
                answers(self.url + path, seconds=_ONE_TRY_SECONDS)
                return
            except urllib.error.HTTPError as error:
                if error.code < 500:
                    return
                raise self._failure(f"responds with {error.code} to GET {path}") from error
            except OSError as error:
                if self._short_lives >= _MOST_SHORT_LIVES:
                    raise self._failure("ends right after its start") from error
        raise self._failure(f"did not respond within {_READY_SECONDS:.0f} s")

    def ask_to_stop(self) -> None:
        """Ask it to end, without waiting; it is not restarted."""
        with self._starting:
            self._stopping.set()
            self._process.ask_to_stop()

    def stop(self, seconds: float = 2.0) -> None:
        """End it and its workers (SIGTERM first, SIGKILL after `seconds`) and free the port."""
        self.ask_to_stop()
        self._process.stop(seconds)
        if self._supervisor.is_alive():
            self._supervisor.join(seconds)
        self._listening.close()

    def _supervise(self) -> None:
        while self._start_process():
            started = time.monotonic()
            self._process.wait()
            self._process.kill()  # the workers that a killed master leaves behind
            if self._stopping.is_set():
                return
            if self._log is not None:
                with self._log.open("a") as log:
                    log.write(f"--- {self.name} ended; restarting it\n")
            if time.monotonic() - started < _SHORT_LIFE_SECONDS:
                self._short_lives += 1
                self._stopping.wait(_PAUSE_SECONDS)

    def _start_process(self) -> bool:
        with self._starting:
            if self._stopping.is_set():
                return False
            self._process.start()
        self._on_start(self._process.pid)
        return True

    def _failure(self, what: str) -> PartFailed:
        return PartFailed(f"{self.name} {what}. {self._process.log_hint()}")
