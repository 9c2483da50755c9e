"""The twin of TikTok, with accounts."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from local.platforms.tiktok.twin import TikTok
from tests.media import Shelf


@pytest.fixture
def tiktok(shelf: Shelf) -> Iterator[FlaskClient]:
    platform = TikTok()
    platform.add_account(
        "ada", "ada_films", "ada-access", refresh_token="ada-refresh", external_id="open-1"
    )
    platform.state.verified = ["http://127.0.0.1:1", f"{shelf.url}/"]
    platform.add_account("bob", "bob_films", "bob-access", refresh_token="bob-refresh")
    platform.add_account("eve", "eve_films", "eve-access", scopes=["user.info.basic"])
    yield platform.app.test_client()
