"""Functions under functions-framework, started and ended for one measurement."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests


@dataclass(frozen=True)
class Running:
    """A function that was started at `started` (perf_counter)."""

    url: str
    started: float
    pid: int

    @property
    def worker(self) -> int:
        """The process that answers."""
        return worker_of(self.pid)


def worker_of(pid: int) -> int:
    """The process that answers: the only child of the one that was started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0])


def processor_seconds(pid: int) -> float:
    """Processor time that all threads of a process have used so far."""
    # The id of the process's clock, as clock_getcpuclockid(3) makes it.
    return time.clock_gettime(~pid << 3 | 2)


@contextmanager
def function(
    source: Path, target: str, environment: Mapping[str, str], *, threads: int = 16
) -> Iterator[Running]:
    """A running function, not necessarily open yet."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        str(Path(sys.executable).parent / "functions-framework"),
        f"--source={source}",
        f"--target={target}",
        "--host=127.0.0.1",
        f"--port={port}",
    ]
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own command
        command,
        env={**environment, "THREADS": str(threads)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield Running(f"http://127.0.0.1:{port}", started, process.pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


def first_answer(url: str, body: object, headers: dict[str, str], patience: float = 30.0) -> float:
    """When the function first accepted the post (perf_counter)."""
    wait_until_open(url, patience)
    answer = requests.post(url, json=body, headers=headers, timeout=patience)
    if not answer.ok:
        raise RuntimeError(f"{url} answered {answer.status_code}: {answer.text}")
    return time.perf_counter()


def wait_until_open(url: str, patience: float = 30.0) -> None:
    address = urlsplit(url)
    end = time.perf_counter() + patience
    # Until the port is open only that is asked: more would take the processor from who starts.
    while not _is_open(address.hostname or "", address.port or 0):
        if time.perf_counter() > end:
            raise RuntimeError(f"{url} did not open within {patience} s")
        time.sleep(0.005)


def _is_open(host: str, port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex((host, port)) == 0
