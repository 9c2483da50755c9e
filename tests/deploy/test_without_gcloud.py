"""The tests of deploy.sh on a machine without gcloud."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

LINE = "Left out, because gcloud is not installed: the tests of deploy.sh in"
OPTIONS = ("-n0", "-q", "--collect-only", "-p", "no:cacheprovider")


@pytest.mark.parametrize(
    ("required", "collected", "line"),
    [
        ("", False, f"{LINE} tests/deploy/test_plan.py"),
        pytest.param("1", True, None, marks=pytest.mark.full),
    ],
)
@pytest.mark.full
def test_they_are_left_out_with_a_line_that_names_them_unless_they_are_required(
    required: str, collected: bool, line: str | None
) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *OPTIONS, "tests/deploy/test_plan.py"],
        cwd=ROOT,
        env={**os.environ, "PATH": "/nonexistent", "SOKU_TEST_GCLOUD": required},
        capture_output=True,
        text=True,
        check=True,
    )
    needs_gcloud = "test_gcloud_knows_every_command_of_the_plan"
    assert (needs_gcloud in run.stdout) is collected
    assert "test_shellcheck_finds_nothing" in run.stdout
    left_out = [text for text in run.stdout.splitlines() if text.startswith("Left out")]
    assert left_out == ([line] if line else [])
