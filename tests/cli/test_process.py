"""The commands as the operator runs them: as separate processes, piped into each other."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.gcp.cipher import Sealer, TokenCipher
from tests.cli.conftest import environment
from tests.conftest import ROOT
from tests.world import USER, World

pytestmark = pytest.mark.slow


def _start(
    *argv: str, stdin: str = "", cwd: Path = ROOT / "tests", **variables: str
) -> "subprocess.CompletedProcess[str]":
    inherited = {name: os.environ[name] for name in ("PATH", "CLOCK_OFFSET_FILE")}
    inherited["PYTHONPATH"] = str(ROOT)
    return subprocess.run(
        [sys.executable, "-m", "shared.cli", *argv],
        cwd=cwd,
        env=inherited | variables,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.full
def test_a_keyset_is_created_rotated_and_halved_without_any_configuration() -> None:
    first = _start("keyset", "new")
    assert (first.returncode, first.stderr) == (0, "")
    second = _start("rotate-keyset", stdin=first.stdout)
    assert (second.returncode, second.stderr) == (0, "")
    public = _start("keyset", "public", stdin=second.stdout)
    assert (public.returncode, public.stderr) == (0, "")
    owner = ("ann", "x", "x_ann")
    old, new = TokenCipher(first.stdout), TokenCipher(second.stdout)
    sealed = old.seal("a1", *owner)
    assert new.open(sealed, *owner) == "a1"
    assert not new.is_sealed_with_primary(sealed)
    with_public_half = Sealer(public.stdout).seal("a1", *owner)
    assert new.open(with_public_half, *owner) == "a1"
    assert new.is_sealed_with_primary(with_public_half)


@pytest.mark.full
def test_a_stuck_post_is_replayed_from_a_separate_process(
    world: World, firestore_emulator: str
) -> None:
    variables = environment(world.parts.settings, world.tasks.address)
    variables["FIRESTORE_EMULATOR_HOST"] = firestore_emulator
    post = world.submit("Hello", "x")
    world.tasks.clear()
    replayed = _start("replay", post, **variables)
    assert replayed.returncode == 0, replayed.stderr
    world.deliver_due()
    assert world.visible("x") == ["Hello"]


@pytest.mark.full
def test_a_running_local_stack_is_used_unless_a_project_is_named(
    world: World, firestore_emulator: str, tmp_path: Path
) -> None:
    settings = world.parts.settings
    stack = {
        "project": settings.project,
        "firestore": firestore_emulator,
        "storage": "http://127.0.0.1:1",
        "tasks": world.tasks.address,
        "bucket": "demo-bucket",
        "platforms": dict(settings.simulated_platforms),
        "orchestrator": settings.orchestrator_url,
        "publisher": settings.publisher_url,
        "sweeper": settings.sweeper_url,
        "collector": settings.collector_url,
        "webhooks": settings.webhooks_url,
        "billing": {"BILLING": "manual", "BILLING_PLANS": '{"basic": {}}'},
    }
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local/stack.json").write_text(json.dumps(stack))
    post = world.submit("Hello", "x")
    world.tasks.clear()
    replayed = _start("replay", post, cwd=tmp_path)
    assert replayed.returncode == 0, replayed.stderr
    (line,) = replayed.stderr.splitlines()
    assert line.startswith("soku-admin: Using the local stack of .local/stack.json")
    world.deliver_due()
    assert world.visible("x") == ["Hello"]
    created = _start("key", "create", USER, "--name", "trial", "--test", cwd=tmp_path)
    assert created.stdout.startswith("sk_test_"), created.stderr
    set_plan = (
        "subscription",
        "set",
        USER,
        "--status",
        "active",
        "--until",
        "2099-01-01",
        "--plan",
    )
    paid = _start(*set_plan, "basic", cwd=tmp_path)
    assert paid.returncode == 0, paid.stderr
    assert "BILLING=off" not in paid.stdout
    assert "Plan pro does not exist" in _start(*set_plan, "pro", cwd=tmp_path).stderr
    named = {"GOOGLE_CLOUD_PROJECT": "demo-other", "FIRESTORE_EMULATOR_HOST": firestore_emulator}
    other = _start("user", "show", USER, cwd=tmp_path, **named)
    assert other.stderr.startswith(f"soku-admin: User {USER} not found.")


@pytest.mark.full
def test_wrong_usage_and_a_missing_variable_have_different_exit_codes() -> None:
    assert _start("user", "make").returncode == 2
    refused = _start("user", "show", "ann")
    assert refused.returncode == 1
    assert (
        refused.stderr
        == "soku-admin: The environment is incomplete or wrong: GOOGLE_CLOUD_PROJECT is not set.\n"
    )


def test_a_python_without_the_packages_is_told_which_command_to_run() -> None:
    bare = subprocess.run(
        [sys.executable, "-S", "-m", "shared.cli", "--help"],  # -S: without site-packages
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (bare.returncode, bare.stdout) == (1, "")
    (line,) = bare.stderr.splitlines()
    assert line.startswith("soku-admin: This Python does not have the package ")
    assert ".venv/bin/soku-admin" in line


def test_an_older_python_can_read_the_entry_and_is_told_which_version_it_needs() -> None:
    ast.parse((ROOT / "shared/cli/__main__.py").read_text(), feature_version=(3, 6))
    program = (
        "import runpy, sys; sys.version_info = (3, 8, 1); "
        "runpy.run_module('shared.cli', run_name='__main__')"
    )
    old = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (old.returncode, old.stdout) == (1, "")
    (line,) = old.stderr.splitlines()
    assert line.startswith(
        "soku-admin: Soku needs Python 3.11 or newer, and this is 3.8. Run .venv/bin/"
    )


@pytest.mark.full
def test_the_console_entry_runs_from_any_directory(tmp_path: Path) -> None:
    binaries = tmp_path / "venv" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (binaries / "python").chmod(0o755)
    subprocess.run(["make", "entry", f"BIN={binaries}"], cwd=ROOT, check=True)
    run = subprocess.run(
        [binaries / "soku-admin", "keyset", "new"],
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    assert "primaryKeyId" in run.stdout


@pytest.mark.full
def test_output_that_cannot_be_written_is_reported() -> None:
    with open("/dev/full", "w") as file:
        run = subprocess.run(
            [sys.executable, "-m", "shared.cli", "keyset", "new"],
            cwd=ROOT,
            stdout=file,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    complaint = "The command was run, but its output was lost: No space left on device"
    assert (run.returncode, run.stderr) == (1, f"soku-admin: {complaint}\n")


@pytest.mark.full
def test_a_reader_that_has_read_enough_causes_no_traceback() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    run = subprocess.run(
        [sys.executable, "-m", "shared.cli", "keyset", "new"],
        cwd=ROOT,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (run.returncode, run.stderr) == (1, b"")


@pytest.mark.full
def test_ctrl_c_ends_a_command_in_one_sentence() -> None:
    program = (
        "import runpy, sys, shared.cli.command as command\n"
        "def main(argv): raise KeyboardInterrupt\n"
        "command.main = main\n"
        "runpy.run_module('shared.cli', run_name='__main__')"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.stderr == "soku-admin: Interrupted. The command may have done part of its work.\n"
