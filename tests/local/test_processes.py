"""The processes of the local stack, each started for real."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from local.child_process import ChildProcess
from local.failures import PartFailed
from local.function_process import FunctionProcess
from local.loopback import answers, call
from local.ports import Ports
from tests.local.processes import LIMIT_SECONDS, children, exists, wait_until

pytestmark = pytest.mark.slow
PYTHON = [sys.executable, "-c"]


def test_a_part_that_ends_unexpectedly_is_reported_with_its_log(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    part = ChildProcess("part", [*PYTHON, "print('no such thing'); exit(3)"], log=log)
    part.start()
    with pytest.raises(
        PartFailed, match=rf"(?s)part ended unexpectedly.* exit code 3.*{log}.*no such thing"
    ):
        part.wait_until(lambda: False, LIMIT_SECONDS)


def test_stopping_a_part_ends_its_children_too(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    program = (
        "import os, signal, time; child = os.fork(); signal.signal(signal.SIGTERM, signal.SIG_IGN)"
        "\nif child: print(child, flush=True)\ntime.sleep(60)"
    )
    part = ChildProcess("part", [*PYTHON, program], log=log)
    part.start()
    part.wait_until(lambda: log.read_text().endswith("\n"), LIMIT_SECONDS)
    part.stop(seconds=0.1)
    wait_until(lambda: not exists(int(log.read_text())))
    assert not part.running


def test_a_part_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import time\nfrom local.child_process import ChildProcess\n"
        "part = ChildProcess('part', ['sleep', '60']); part.start()\n"
        "print(part.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([*PYTHON, program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        # Now it is bound to its parent.
        wait_until(lambda: Path(f"/proc/{pid}/comm").read_text() == "sleep\n")
        parent.kill()
    wait_until(lambda: not exists(pid))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file with one function, which returns its process ID or, at /broken, fails."""
    file = tmp_path / "main.py"
    file.write_text(
        "import os\nimport functions_framework\n"
        "@functions_framework.http\n"
        "def api(request):\n"
        "    return (str(os.getpid()), 500 if request.path == '/broken' else 200)\n"
    )
    return file


def function_from(source: Path, on_start: Callable[[int], None] = print) -> FunctionProcess:
    return FunctionProcess(
        "api",
        Ports().listen("api"),
        source=source,
        environment=os.environ,
        threads=2,
        log=source.with_suffix(".log"),
        on_start=on_start,
    )


@pytest.mark.full
def test_a_killed_function_is_restarted_and_connections_wait(source: Path) -> None:
    started: list[int] = []
    function = function_from(source, started.append)
    function.start()
    try:
        function.wait_until_ready()
        first = call("GET", function.url)
        os.kill(function.pid, signal.SIGKILL)
        wait_until(lambda: not exists(first))
        second = call("GET", function.url, seconds=LIMIT_SECONDS)
        assert second != first
        assert started[-1] == function.pid != started[0]

        os.kill(second, signal.SIGKILL)  # only the worker: its master starts another
        wait_until(lambda: children(function.pid) not in ([], [second]))
        assert call("GET", function.url, seconds=LIMIT_SECONDS) != second
    finally:
        function.stop()
    assert not any(exists(pid) for pid in [*started, first, second])
    with pytest.raises(OSError, match="refused"):
        answers(function.url)


@pytest.mark.full
def test_a_function_that_responds_with_500_is_not_ready(source: Path) -> None:
    function = function_from(source)
    function.start()
    try:
        with pytest.raises(PartFailed, match="api responds with 500 to GET /broken"):
            function.wait_until_ready("/broken")
    finally:
        function.stop()


@pytest.mark.full
def test_a_function_that_cannot_start_is_reported_with_its_log(source: Path) -> None:
    source.write_text("no Python\n")
    function = function_from(source)
    function.start()
    try:
        with pytest.raises(PartFailed, match=r"(?s)ends right after its start.*SyntaxError"):
            function.wait_until_ready()
    finally:
        function.stop()
