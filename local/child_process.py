"""One process that belongs to the local stack and never outlives it."""

import os
import shutil
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from local.failures import PartFailed

ROOT = Path(__file__).resolve().parent.parent
"""The repository: where `python -m local.…` finds its modules."""
_POLL_SECONDS = 0.02
_LOG_LINES = 5


class ChildProcess:
    """A command in a session of its own, with its output in a log.

    A session of its own keeps Ctrl-C at the terminal away from it, and makes
    one group of it and its children that is killed as a whole. Where Linux's
    `setpriv` exists, the kernel ends the process with the *thread* that started
    it: call `start` in a thread that lives as long as the process should.
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
        """`log` None throws the output away. `environment` None is our own."""
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
        """Wait for the end; the exit code, None while it still runs after `seconds`."""
        if self._process is None:
            return None
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until `ready`, whose OSErrors mean not yet. Raises PartFailed."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with suppress(OSError):
                if ready():
                    return
            if not self.running:
                raise self.failure()
            time.sleep(_POLL_SECONDS)
        raise PartFailed(f"{self.name} did not answer within {seconds:.0f} s. {self.log_hint()}")

    def ask_to_stop(self) -> None:
        """SIGTERM to the process and all its children."""
        self._signal_group(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to the process and all its children, also when only they are left."""
        self._signal_group(signal.SIGKILL)

    def stop(self, seconds: float = 5.0) -> None:
        """End the process and its children: asked first, killed after `seconds`."""
        if self._process is None:
            return
        self.ask_to_stop()
        self.wait(seconds)
        self.kill()
        self.wait()

    def failure(self) -> PartFailed:
        """What to say once it has ended by itself."""
        code = self.wait(0)
        how = f"by signal {-code}" if code is not None and code < 0 else f"with exit code {code}"
        return PartFailed(f"{self.name} ended by itself, {how}. {self.log_hint()}")

    def log_hint(self) -> str:
        """Where to read on, and the last lines from there."""
        if self._log is None:
            return "It keeps no log."
        with suppress(OSError), open(self._log, errors="replace") as log:
            last = deque((line.rstrip() for line in log if line.strip()), _LOG_LINES)
            return f"Its log is {self._log}" + "".join(f"\n    {line}" for line in last)
        return f"Its log is {self._log}"

    def _signal_group(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)


def _bound_to_parent() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []
