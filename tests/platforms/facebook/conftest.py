"""The simulated Facebook, with the Page of `examples.a_post`."""

from collections.abc import Callable

import pytest

from tests.platforms.conftest import Twin


@pytest.fixture
def twin(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("facebook")
