"""The steps of docs/api.md, in each language, on the running stack."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.end_to_end.conftest import Client, run_program

TEXT = "Fresh bread at the market"


def _steps(language: str) -> str:
    page = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    section = page.partition("\n## Step by step\n")[2].partition("\n## ")[0]
    blocks = re.findall(rf"^```{language}\n(.*?)^```", section, re.M | re.S)
    assert len(blocks) == len(re.findall(r"^\*\*\d\. ", section, re.M)) > 4
    # Platforms refuse a text that the account has posted before.
    return "\n".join(blocks).replace(TEXT, f"{TEXT}, in {language}")


def _follow(user: Client, language: str, *command: str | Path) -> str:
    """Run the steps; the post is live once."""
    done = subprocess.run(
        [str(part) for part in command],
        env={
            **os.environ,
            "SOKU_URL": user.info["api"],
            "SOKU_API_KEY": user.headers["soku-api-key"],
            "PYTHONPATH": str(ROOT / "clients/python/src"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(user.visible("x", f"{TEXT}, in {language}")) == 1
    return done.stdout


def test_the_steps_work_with_curl(user: Client) -> None:
    said = _follow(user, "sh", "bash", "-euo", "pipefail", "-c", _steps("sh"))
    assert '"displayStatus": "published"' in said
    assert '"displayStatus": "canceled"' in said


def test_the_steps_work_in_python(user: Client) -> None:
    said = _follow(user, "python", sys.executable, "-c", _steps("python"))
    # The link can arrive a moment later.
    assert "published {" in said
    assert "\ncanceled\n" in said


def test_the_steps_work_in_typescript(user: Client, node: str, tmp_path: Path) -> None:
    program = tmp_path / "steps.mjs"
    # Types of this form are all that the steps have, and what JavaScript lacks.
    untyped = re.sub(
        r"\?: unknown|\?: Record<string, string>|: string\b(?=,)|!(?=,)", "", _steps("ts")
    )
    program.write_text(untyped)
    said = _follow(user, "ts", node, program)
    assert "published [" in said
    assert "\ncanceled\n" in said


@pytest.mark.full
def test_the_steps_in_typescript_have_correct_types(node_packages: Path) -> None:
    declared = "declare const process: { env: Record<string, string | undefined> };\n"
    (node_packages / "steps.ts").write_text(f"{declared}{_steps('ts')}\nexport {{}};\n")
    kind = ("--noEmit", "--strict", "--target", "es2022", "--module", "nodenext")
    command = (node_packages / "node_modules/.bin/tsc", *kind, "--lib", "es2022,dom")
    run_program(*command, "steps.ts", cwd=node_packages)
