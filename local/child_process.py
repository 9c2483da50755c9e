"""A process of the local stack, which never outlives the stack."""

import os
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from local.failures import PartFailed

ROOT = Path(__file__).resolve().parent.parent
"""The root of the repository, where `python -m local.…` finds its modules."""
_POLL_SECONDS = 0.02
_LOG_LINES = 5


class ChildProcess:
    """A command in its own session, with its output in a log.

    The session keeps Ctrl-C at the terminal away from it, and puts it and its
    children into one group that can be killed as a whole. Where Linux has
    `setpriv`, the kernel ends the process together with the *thread* that
    started it: call `start` in a thread that lives as long as the process should.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        log: Path | None = None,
        directory: Path | None = None,
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        """`log` None discards the output; `environment` None inherits ours."""
        self.name = name
        self._command = [*_bound_to_parent(), *command]
        self._environment = dict(os.environ if environment is None else environment)
        self._log = log
        self._directory = directory
        self._stdin = stdin
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id; 0 before the start."""
        return self._process.pid if self._process else 0

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the command and return at once."""
        with open(self._log or os.devnull, "ab") as output:
            self._process = subprocess.Popen(
                self._command,
                stdin=self._stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
                cwd=self._directory,
                start_new_session=True,
            )

    def wait(self, seconds: float | None = None) -> int | None:
        """Wait for the end and return the exit code; None if it still runs after `seconds`."""
        if self._process is None:
            return None
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until `ready` is true; its OSErrors mean "not yet". Raises PartFailed."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with suppress(OSError):
                if ready():
                    return
            if not self.running:
                raise self.failure()
            time.sleep(_POLL_SECONDS)
        raise PartFailed(f"{self.name} did not respond within {seconds:.0f} s. {self.log_hint()}")

    def ask_to_stop(self) -> None:
        """SIGTERM to the process and all its children."""
        self._signal_group(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to the process and all its children, even if only the children are left."""
        self._signal_group(signal.SIGKILL)

    def stop(self, seconds: float = 5.0) -> None:
        """End the process and its children: SIGTERM first, SIGKILL after `seconds`."""
        if self._process is None:
            return
        self.ask_to_stop()
        self.wait(seconds)
        self.kill()
        self.wait()

    def failure(self) -> PartFailed:
        """The error for a process that has ended unexpectedly."""
        code = self.wait(0)
        how = f"by signal {-code}" if code is not None and code < 0 else f"with exit code {code}"
        return PartFailed(f"{self.name} ended unexpectedly, {how}. {self.log_hint()}")

    def log_hint(self) -> str:
        if self._log is None:
            return "It has no log."
        with suppress(OSError), open(self._log, errors="replace") as log:
            last = deque((line.rstrip() for line in log if line.strip()), _LOG_LINES)
            return f"Its log is {self._log}" + "".join(f"\n    {line}" for line in last)
        return f"Its log is {self._log}"

    def _signal_group(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)


class Part(ABC):
    """Runs between `start` and `stop`, or in a `with` statement."""

    @abstractmethod
    def start(self) -> None:
        """Start, and return when it is ready."""

    @abstractmethod
    def stop(self) -> None: ...

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Emulator(Part):
    """A process. Start it in a thread that lives as long as it should: see ChildProcess."""

    process: ChildProcess

    @abstractmethod
    def wait_until_ready(self) -> None:
        """Wait until the started process can be used. Raises PartFailed."""

    def start(self) -> None:
        self.process.start()
        self.wait_until_ready()

    def stop(self) -> None:
        """Data that is not on a disk is lost."""
        self.process.stop()


def _bound_to_parent() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []
