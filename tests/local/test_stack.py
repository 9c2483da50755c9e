"""The local stack as a whole: its state, its environment and its end."""

import json
import os
import re
import signal
import socket
from pathlib import Path

import pytest

from local.failures import AlreadyRunning, PartFailed, PortTaken
from local.ports import HOST, Ports
from local.seed_secrets import SeedSecrets
from local.stack import Stack
from local.stack_environment import StackAddresses, function_environment
from local.state_directory import StackFile, StateDirectory
from shared.gcp.cipher import new_keyset
from tests.local.processes import children, exists, wait_until

pytestmark = pytest.mark.slow


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


@pytest.mark.full
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
