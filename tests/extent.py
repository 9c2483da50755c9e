"""How much the tests try: `make test` keeps to what differs, `make test-full` tries everything."""

import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any
from zlib import crc32

import pytest

FULL = bool(os.environ.get("SOKU_TEST_FULL"))
# With this, the tests of deploy.sh fail without gcloud; otherwise they are left out.
GCLOUD_REQUIRED = bool(os.environ.get("SOKU_TEST_GCLOUD"))
# The same for the tests in a browser, and chromium.
CHROMIUM_REQUIRED = bool(os.environ.get("SOKU_TEST_CHROMIUM"))
# The same for the tests in TypeScript, and Node.js.
NODE_REQUIRED = bool(os.environ.get("SOKU_TEST_NODE"))


# How many cases of a test with an emulator `make test` tries: each takes 0.1 to 1 s.
MOST_CASES = 1


def further_cases(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The cases that `make test` leaves out. `items`: the tests with an emulator.

    Which cases run is fixed. It depends on the name of the test, so it is not always the first
    platform.
    """
    tests = defaultdict(list)
    for item in items:
        tests[item.nodeid.partition("[")[0]].append(item)
    return [
        item
        for cases in tests.values()
        for item in sorted(cases, key=lambda case: crc32(case.nodeid.encode()))[MOST_CASES:]
    ]


def of(quick: int, full: int) -> int:
    """How many rounds, posts or examples a test tries."""
    return full if FULL else quick


def some(cases: Iterable[Any], quick: Collection[Any]) -> list[Any]:
    """All of `cases` as parameters of a test; those that are not in `quick` are `full`."""
    return [case if case in quick else pytest.param(case, marks=pytest.mark.full) for case in cases]
