"""The parts of the local stack, each started for real."""

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from local import media_server, seed, storage_emulator
from local.child_process import ChildProcess
from local.failures import AlreadyRunning, PartFailed, PortTaken
from local.firestore_emulator import FirestoreEmulator
from local.function_process import FunctionProcess
from local.loopback import answers, call
from local.ports import HOST, LAST, Ports
from local.seed_secrets import SeedSecrets
from local.stack import Stack
from local.stack_environment import StackAddresses, function_environment
from local.state_directory import StackFile, StateDirectory
from shared.gcp.cipher import new_keyset
from shared.platforms import registry

pytestmark = pytest.mark.slow

LIMIT_SECONDS = 20.0
PYTHON = [sys.executable, "-c"]
OWN_DOCUMENTS = """rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    match /users/{uid} { allow read: if request.auth.uid == uid; }
  }
}
"""


def wait_until(condition: Callable[[], bool]) -> None:
    """Return once `condition` is true; fail after the limit."""
    pause = threading.Event()
    for _ in range(int(LIMIT_SECONDS / 0.02)):
        if condition():
            return
        pause.wait(0.02)
    pytest.fail("the condition did not come true")


def exists(pid: int) -> bool:
    """Whether a process exists and is not a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in tasks.read_text().split()]


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


# Ports


def test_fixed_ports_follow_the_base_and_free_ones_differ() -> None:
    fixed = Ports(28400)
    with fixed.listen("api") as api:
        assert api.getsockname()[1] == 28400
    assert fixed.reserve_platforms(["x", "threads"]) == {"threads": 28424, "x": 28426}
    fixed.release()
    free = Ports()
    assert len({free.reserve("firestore") for _ in range(20)}) == 20
    free.release()


def test_a_port_in_use_is_reported_with_the_command_that_finds_its_process() -> None:
    with socket.create_server((HOST, 0)) as taken:
        base = taken.getsockname()[1]
        with pytest.raises(
            PortTaken, match=rf"Port {base} for api is not available .*ss -ltnp 'sport = :{base}'"
        ):
            Ports(base).listen("api")


def test_a_port_in_use_is_replaced_by_a_free_one_unless_it_was_asked_for() -> None:
    with socket.create_server((HOST, 0)) as taken:
        base = taken.getsockname()[1]
        ports = Ports(base, strict=False)
        with ports.listen("api") as api:
            assert api.getsockname()[1] not in (0, base)
        assert ports.taken == {"api": base}


@pytest.mark.parametrize("more", [("albatross",), ("pigeon",), ("zebra", "ant", "owl")])
def test_a_new_platform_moves_no_other(more: tuple[str, ...]) -> None:
    """Whatever its place in the alphabet; and new platforms do not move each other."""
    ports = Ports(28500)
    present = ports.reserve_platforms(registry.names())
    ports.release()
    together = ports.reserve_platforms([*registry.names(), *more])
    ports.release()
    alone = {name: ports.reserve_platforms([name])[name] for name in more}
    ports.release()
    assert together == present | alone
    assert len(set(together.values())) == len(together)
    assert max(together.values()) <= 28500 + LAST


# Processes


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


# Functions


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


def test_a_function_that_responds_with_500_is_not_ready(source: Path) -> None:
    function = function_from(source)
    function.start()
    try:
        with pytest.raises(PartFailed, match="api responds with 500 to GET /broken"):
            function.wait_until_ready("/broken")
    finally:
        function.stop()


def test_a_function_that_cannot_start_is_reported_with_its_log(source: Path) -> None:
    source.write_text("no Python\n")
    function = function_from(source)
    function.start()
    try:
        with pytest.raises(PartFailed, match=r"(?s)ends right after its start.*SyntaxError"):
            function.wait_until_ready()
    finally:
        function.stop()


# Firestore


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirestoreEmulator]:
    rules = tmp_path_factory.mktemp("rules") / "own.rules"
    rules.write_text(OWN_DOCUMENTS)
    with FirestoreEmulator(rules=rules) as running:
        yield running


@pytest.mark.parametrize(
    ("condition", "complaint"),
    [("true;;", "does not compile"), ("request.auth.uid == nosuch", "Invalid variable name")],
)
def test_rules_with_an_error_are_refused(
    emulator: FirestoreEmulator, condition: str, complaint: str
) -> None:
    faulty = OWN_DOCUMENTS.replace("request.auth.uid == uid", condition)
    with pytest.raises(PartFailed, match=f"own.rules .*{complaint}"):
        emulator.load_rules(faulty, project="demo-rules")


def test_exported_documents_can_be_imported(emulator: FirestoreEmulator, tmp_path: Path) -> None:
    with seed._client("demo-soku", emulator.address) as db:
        db.document("kept/one").set({"bytes": b"\x00\x01"})
    emulator.export(tmp_path)
    with (
        FirestoreEmulator(import_from=tmp_path) as again,
        seed._client("demo-soku", again.address) as db,
    ):
        assert db.document("kept/one").get().to_dict() == {"bytes": b"\x00\x01"}


# Storage and media


def test_a_stored_object_has_a_public_url_and_survives_a_restart(tmp_path: Path) -> None:
    with storage_emulator.StorageEmulator(root=tmp_path) as storage:
        upload = f"{storage.url}/upload/storage/v1/b/{storage.bucket}/o?uploadType=media&name=a/b"
        call("POST", upload, {"any": "content"})
    with storage_emulator.StorageEmulator(root=tmp_path) as storage:
        assert call("GET", f"{storage.url}/{storage.bucket}/a/b") == {"any": "content"}


def test_the_media_server_serves_sample_pictures_and_nothing_else(tmp_path: Path) -> None:
    directory = tmp_path / "media"
    directory.mkdir()
    (tmp_path / "secret").write_text("no")
    media_server.write_samples(directory)
    server = media_server.media_server(directory)
    server.start()
    try:
        with urllib.request.urlopen(f"{server.url}/morning.jpg") as response:
            picture = response.read()
            assert response.headers["Content-Type"] == "image/jpeg"
        assert Image.open(io.BytesIO(picture)).size == (1080, 1080)
        with urllib.request.urlopen(f"{server.url}/clip.mp4") as response:
            assert response.headers["Content-Type"] == "video/mp4"
        assert status_of(f"{server.url}/../secret") == 404
        assert status_of(f"{server.url}/%2e%2e/secret") == 404
    finally:
        server.stop()


# The whole stack


def test_only_one_stack_runs_at_a_time_and_it_starts_empty_unless_kept(tmp_path: Path) -> None:
    first, second = StateDirectory(tmp_path), StateDirectory(tmp_path)
    first.open()
    assert not first.prepare(keep=False)
    with pytest.raises(AlreadyRunning, match=f"kill {os.getpid()}"):
        second.open()
    (first.media / "clip.mp4").touch()
    first.firestore.mkdir()
    first.seed.touch()
    first.close()
    second.open()
    assert second.prepare(keep=True), "there are data of the last run"
    assert (second.media / "clip.mp4").exists()
    assert second.prepare(keep=False)
    assert not (second.media / "clip.mp4").exists()
    assert second.seed.exists()
    second.close()


def test_a_start_that_finds_its_port_in_use_keeps_the_data_of_the_last_run(tmp_path: Path) -> None:
    (tmp_path / "firestore").mkdir()
    with socket.create_server((HOST, 0)) as taken:
        stack = Stack(tmp_path, ports=Ports(taken.getsockname()[1]))
        with pytest.raises(PortTaken):
            stack.start()
    assert (tmp_path / "firestore").exists()


def test_stack_json_exists_only_while_ready_and_follows_restarts(tmp_path: Path) -> None:
    file = StackFile(tmp_path)
    file.set_pid("api", 10)
    assert list(tmp_path.iterdir()) == []
    file.publish({"api": "http://…", "pids": {"api": 9, "firestore": 8}})
    assert file.read()["pids"] == {"api": 10, "firestore": 8}
    file.set_pid("api", 11)
    assert file.read()["pids"] == {"api": 11, "firestore": 8}
    assert file.remove() is True
    assert list(tmp_path.iterdir()) == []


def test_functions_do_not_use_the_machines_own_cloud_and_proxy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "real.json")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    addresses = StackAddresses(
        functions={"sweeper": "http://127.0.0.1:4"},
        platforms={"x": "http://127.0.0.1:5"},
        firestore="127.0.0.1:1",
        storage="http://127.0.0.1:2",
        tasks="127.0.0.1:3",
        tasks_control="http://127.0.0.1:6",
        media="http://127.0.0.1:7",
        identity="http://127.0.0.1:8",
    )
    environment = function_environment(
        addresses,
        project="demo-soku",
        bucket="b",
        secrets=SeedSecrets(new_keyset(), "00"),
        clock_file=tmp_path / "clock",
        signing_key=tmp_path / "key.json",
        fetch_allowed_origins="http://127.0.0.1:9000",
    )
    assert environment["GOOGLE_APPLICATION_CREDENTIALS"] == str(tmp_path / "key.json")
    assert "HTTPS_PROXY" not in environment
    assert environment["FETCH_ALLOWED_ORIGINS"] == "http://127.0.0.1:7,http://127.0.0.1:9000"
    assert environment["ID_TOKEN_CERTS_URL"] == "http://127.0.0.1:8/certs"
    assert environment["SWEEPER_URL"] == "http://127.0.0.1:4"
    assert json.loads(environment["SIMULATED_PLATFORMS"]) == {"x": "http://127.0.0.1:5"}


def _fails(stack: Stack, errors: list[str]) -> bool:
    """Whether `check` fails: a killed process with many threads takes a moment to end."""
    try:
        stack.check()
    except PartFailed as error:
        errors.append(str(error))
    return bool(errors)


@pytest.mark.emulator
def test_a_stopped_stack_leaves_no_process_behind(tmp_path: Path) -> None:
    with Stack(tmp_path) as stack:
        info = stack.info
        stack.check()
        pids = [*info["pids"].values()]
        pids += [child for pid in pids for child in children(pid)]
        os.kill(info["pids"]["firestore"], signal.SIGKILL)
        errors: list[str] = []
        wait_until(lambda: _fails(stack, errors))
        assert re.search(rf"firestore ended .* {tmp_path}/logs/firestore.log", errors[0])
    assert not any(exists(pid) for pid in pids)
    assert not (tmp_path / "stack.json").exists()
