"""The Python client as others get it: built, checked, installed into an empty environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = [pytest.mark.full, pytest.mark.slow, pytest.mark.timeout(600)]

_PROGRAM = """
from soku import Post, Soku, models


def publish(soku: Soku) -> str:
    target: models.XTarget = {"platform": "x", "text": "Hello, X"}
    post: Post = soku.posts.create(text="Hello", platforms=[target, "threads"])
    status: models.DisplayStatus = post.wait().status
    return f"{status} {post.links} {[account['username'] for account in soku.accounts.list()]}"
"""


def _run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_is_installed_into_an_empty_environment_with_types_and_a_command(
    tmp_path: Path,
) -> None:
    binaries = tmp_path / "venv/bin"
    _run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    _run(binaries / "pip", "install", "-q", f"{ROOT / 'clients/python'}[mcp]", cwd=tmp_path)
    assert "post" in _run(binaries / "soku", "--help", cwd=tmp_path)
    _run(binaries / "python", "-c", "import soku.mcp_server", cwd=tmp_path)

    _run(binaries / "pip", "install", "-q", "mypy", "build", "twine", cwd=tmp_path)
    program = tmp_path / "program.py"
    program.write_text(_PROGRAM)
    _run(binaries / "mypy", "--strict", program, cwd=tmp_path)

    built = ("-m", "build", "--outdir", tmp_path / "dist", ROOT / "clients/python")
    _run(binaries / "python", *built, cwd=tmp_path)
    files = sorted((tmp_path / "dist").iterdir())
    assert {file.suffix for file in files} == {".whl", ".gz"}
    said = _run(binaries / "twine", "check", "--strict", *files, cwd=tmp_path)
    assert said.count("PASSED") == 2
