"""`make run`: what a wrong start says, in one sentence and without a traceback."""

import errno
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from local import __main__ as entry
from local import packages, ports, run
from local.failures import NotWritable, WrongSetting
from local.stack import Stack
from local.stack_environment import check_settings
from shared.platforms import registry
from tests.conftest import ROOT

COMPLETE = {
    "GOOGLE_CLOUD_PROJECT": "p-1",
    "ORCHESTRATOR_URL": "http://127.0.0.1:1",
    "PUBLISHER_URL": "http://127.0.0.1:2",
    "SWEEPER_URL": "http://127.0.0.1:3",
    "COLLECTOR_URL": "http://127.0.0.1:5",
    "WEBHOOKS_URL": "http://127.0.0.1:6",
    "TASKS_INVOKER": "t@p.iam",
    "SCHEDULER_INVOKER": "s@p.iam",
}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PORT_BASE", "80", "PORT_BASE must be a port from 1024 to 65000"),
        ("PORT_BASE", "eight", "PORT_BASE must be a port"),
        ("KEEP", "yes", "KEEP must be 1 or 0"),
    ],
)
def test_a_wrong_option_is_named(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    message: str,
) -> None:
    monkeypatch.setattr(run, "_interrupt_once", lambda: None)
    monkeypatch.setenv(name, value)
    assert run.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FETCH_ALLOWED_ORIGINS", "127.0.0.1:9000"),
        ("LOG_LEVEL", "LOUD"),
        ("RATE_LIMIT_POSTS", "many"),
        ("X_API_VERSION", "v2/../v1"),
    ],
)
def test_a_wrong_variable_of_the_functions_is_named_before_anything_starts(
    name: str, value: str
) -> None:
    check_settings(COMPLETE, registry.names())
    with pytest.raises(WrongSetting, match=rf"{name} is not .* Change or unset it"):
        check_settings({**COMPLETE, name: value}, registry.names())


def test_the_stack_starts_nothing_with_a_wrong_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDEMPOTENCY_HOURS", "a day")
    with pytest.raises(WrongSetting, match="IDEMPOTENCY_HOURS is not a whole number"):
        Stack(tmp_path).start()
    assert list((tmp_path / "logs").iterdir()) == []


def test_a_kept_clock_that_was_moved_is_reported_with_the_command_that_resets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The start ends here, before any process.
    monkeypatch.setenv("IDEMPOTENCY_HOURS", "a day")
    (tmp_path / "firestore").mkdir()
    moved: list[list[str]] = []
    for offset in ("93784.4", "0", ""):
        (tmp_path / "clock").write_text(offset)
        lines: list[str] = []
        with pytest.raises(WrongSetting):
            Stack(tmp_path, keep=True, report=lines.append).start()
        moved.append([line for line in lines if "clock" in line])
    (line,) = moved[0]
    assert line.startswith("The clock is 1 day, 2:03:04 ahead, as at the end of the last run.")
    assert line.endswith(f"run: rm {tmp_path / 'clock'}")
    assert moved[1:] == [[], []]


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "checkout").touch()  # as root can write everywhere, a file stands in the way
    with pytest.raises(NotWritable, match=r"cannot write to .*/checkout/.local \(Not a directory"):
        Stack(tmp_path / "checkout" / ".local").start()


def test_a_full_disk_ends_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full() -> Stack:
        raise OSError(errno.ENOSPC, "No space left on device", "/tmp/a")

    monkeypatch.setattr(run, "_interrupt_once", lambda: None)
    monkeypatch.setattr(run, "_from_environment", full)
    assert run.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("The local stack cannot continue: [Errno 28] No space left on device")


@pytest.mark.parametrize("name", ["run", "demo"])
def test_an_early_ctrl_c_ends_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    def interrupted(module: str) -> SimpleNamespace:
        assert module == f"local.{name}"
        raise KeyboardInterrupt

    monkeypatch.setattr(entry, "import_module", interrupted)
    assert entry.main([name]) == 0
    assert capsys.readouterr().out == "\nStopped.\n"


def test_ctrl_c_at_any_moment_of_the_start_ends_in_one_sentence(tmp_path: Path) -> None:
    """The signal is sent by the process itself, while it imports its modules."""
    program = (
        "import os, signal, sys, importlib.abc\n"
        "class Interrupting(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'local.welcome': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        # A shell starts programs in the background with this signal ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from local.__main__ import main\n"
        "sys.exit(main(['run']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "\nStopped.\n", "")


def a_pip(monkeypatch: pytest.MonkeyPatch, output: str, code: int) -> None:
    """In place of pip, a program with this output."""
    program = f"import sys; print({output!r}); sys.exit({code})"
    monkeypatch.setattr(packages, "_INSTALL", (sys.executable, "-c", program))


def test_a_failed_installation_of_packages_ends_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("attrs==26.1.0\n")
    a_pip(monkeypatch, "Collecting attrs==26.1.0\nERROR: No matching distribution found", 1)
    assert packages.main([str(requirements)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert "ERROR: No matching distribution found" in lines
    assert lines[-1].endswith("Check the internet connection, then run the command again.")


def test_an_installation_at_a_terminal_shows_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("attrs==26.1.0\n    # via a\nav==19.0.2 ; python_version > '3'\n")
    output = "Collecting attrs==26.1.0 (from -r x)\nCollecting av==19.0.2\n"
    a_pip(monkeypatch, f"{output}Installing collected packages: attrs, av", 0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert packages.main([str(requirements)]) == 0
    shown = capsys.readouterr().err.replace("\r\033[K", "\n").split("\n")
    assert shown[1:-1] == [
        "  downloading 1 of 2: attrs==26.1.0",
        "  downloading 2 of 2: av==19.0.2",
        "  installing 2 packages …",
    ]


def test_the_documentation_has_the_ports_that_the_stack_uses() -> None:
    page = (ROOT / "docs/local.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([^|]+) \| (\d{4}(?:–\d{4})?)[^|]*\| [^|]*\|$", page, re.M))
    platforms = sorted(registry.about(name).display_name for name in ports.PLATFORMS)
    assert rows == {
        "API": "8080",
        "orchestrator, publisher, sweeper": "8081–8083",
        "collector": "8084",
        "dashboard": "8085",
        "Firestore, Cloud Storage, Cloud Tasks": "8086–8088",
        "control of the clock and the queues": "8089",
        "media": "8090",
        "identity": "8091",
        "connect": "8092",
        "webhooks": "8093",
        ", ".join(platforms): "8100–8107",
        "a platform that you add": "8120–8179",
    }
    parts = ("api", "orchestrator", "publisher", "sweeper")
    more = ("firestore", "storage", "tasks", "tasksControl", "media")
    numbers = [ports.number_of(part) for part in (*parts, *more)]
    assert [ports.DEFAULT_BASE + number for number in numbers] == [
        *(8080, 8081, 8082, 8083),
        *(8086, 8087, 8088, 8089, 8090),
    ]
    assert ports.DEFAULT_BASE + ports.LAST == 8179
