"""Fixtures for the tests of YouTube."""

from collections.abc import Callable

import pytest

from tests.platforms.conftest import Twin


@pytest.fixture
def twin(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("youtube")
