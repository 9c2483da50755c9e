"""The twin of YouTube, with accounts."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from local.platforms.youtube.twin import YouTube
from tests.local.platforms.youtube.client import GRAIN
from tests.media import mp4


@pytest.fixture
def youtube() -> Iterator[FlaskClient]:
    platform = YouTube()
    platform.add_account(
        "ada",
        "ada_films",
        "ada-access",
        refresh_token="ada-refresh",
        external_id="UCada",
        client_id="app",
    )
    platform.add_account("bob", "bob_films", "bob-access", refresh_token="bob-refresh")
    yield platform.app.test_client()


@pytest.fixture(scope="module")
def film() -> bytes:
    """A video of two chunks and a rest."""
    data = mp4()
    whole = data + (2 * GRAIN + 100).to_bytes(4, "big") + b"free" + bytes(2 * GRAIN + 92)
    assert len(whole) > 3 * GRAIN
    return whole
