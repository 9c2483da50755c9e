"""Fixtures for the tests of TikTok."""

from collections.abc import Callable

import pytest

from shared.platforms.base import Post
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_post
from tests.platforms.tiktok.uploading import SIZE


@pytest.fixture
def tiktok(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("tiktok")


@pytest.fixture
def film(shelf: Shelf) -> Post:
    return a_post("tiktok", media=[shelf.large_video(SIZE)])
