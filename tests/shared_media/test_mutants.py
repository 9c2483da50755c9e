"""Damaged files of every kind: whatever they do to their reader, it ends within its limits."""

import json
import subprocess
import sys

import pytest

from shared.media import inspector
from tests import extent

pytestmark = pytest.mark.slow


@pytest.mark.full
@pytest.mark.timeout(extent.of(120, 1_200))
def test_damaged_files_are_inspected_or_refused() -> None:
    count = extent.of(150, 10_000)
    most = extent.of(2, max(inspector.PROCESSOR_SECONDS.values()))
    program = [sys.executable, "-m", "tests.shared_media.mutant_process"]
    run = subprocess.run(
        [*program, str(count), "3", str(most)], capture_output=True, check=True, text=True
    )
    answer = json.loads(run.stdout)
    results = answer["results"]
    assert sum(results.values()) == count
    assert results["facts"] > count / 10
    assert results["refused"] > count / 10
    # Some end their process: by a crash, or because they take too long or too much memory.
    ended = {name: number for name, number in results.items() if name.startswith("ended with -")}
    assert results.keys() == {"facts", "refused", *ended}, results
    assert sum(ended.values()) < count / 20
    assert answer["slowest"] < most + 1
