"""Served platforms, each with an account."""

from collections.abc import Iterator

import pytest

from local.platforms.threads.twin import Threads
from local.platforms.x.twin import X
from tests.local.serving.client import Client, serve


@pytest.fixture
def x() -> Iterator[Client]:
    yield from serve(X())


@pytest.fixture
def threads() -> Iterator[Client]:
    yield from serve(Threads())
