"""How much the tests try: `make test` keeps to what differs, `make test-full` tries everything."""

import os
from collections.abc import Collection, Iterable
from typing import Any

import pytest

FULL = bool(os.environ.get("SOKU_TEST_FULL"))
# With this, the tests of deploy.sh fail without gcloud; otherwise they are left out.
GCLOUD_REQUIRED = bool(os.environ.get("SOKU_TEST_GCLOUD"))
# The same for the tests in a browser, and chromium.
CHROMIUM_REQUIRED = bool(os.environ.get("SOKU_TEST_CHROMIUM"))
# The same for the tests in TypeScript, and Node.js.
NODE_REQUIRED = bool(os.environ.get("SOKU_TEST_NODE"))


def of(quick: int, full: int) -> int:
    """How many rounds, posts or examples a test tries."""
    return full if FULL else quick


def some(cases: Iterable[Any], quick: Collection[Any]) -> list[Any]:
    """All of `cases` as parameters of a test; those that are not in `quick` are `full`."""
    return [case if case in quick else pytest.param(case, marks=pytest.mark.full) for case in cases]
