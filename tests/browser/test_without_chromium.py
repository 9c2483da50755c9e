"""These tests on a machine without chromium."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

FILE = "tests/browser/test_browser.py"
LINE = f"Left out, because chromium is not installed: the tests in a browser in {FILE}"


@pytest.mark.parametrize("required", ["", pytest.param("1", marks=pytest.mark.full)])
@pytest.mark.full
def test_they_are_left_out_with_a_line_that_names_them_unless_they_are_required(
    required: str,
) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "-q", "--co", "-p", "no:cacheprovider", FILE],
        cwd=ROOT,
        env={**os.environ, "PATH": "/nonexistent", "SOKU_TEST_CHROMIUM": required},
        capture_output=True,
        text=True,
        check=False,
    )
    left_out = [text for text in run.stdout.splitlines() if text.startswith("Left out")]
    assert left_out == ([] if required else [LINE])
    assert ("test_faults_of_a_page_are_noticed" in run.stdout) is bool(required)
