"""Fixtures for the tests of TikTok."""

from collections.abc import Callable

import pytest

from tests.platforms.conftest import Twin


@pytest.fixture
def tiktok(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("tiktok")
