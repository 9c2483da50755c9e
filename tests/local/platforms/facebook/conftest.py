"""The twin of Facebook, with accounts."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from local.platforms.facebook.twin import Facebook


@pytest.fixture
def platform() -> Facebook:
    platform = Facebook()
    platform.add_account(
        "ada", "ada_writes", "ada-page", refresh_token="ada-person", external_id="1020"
    )
    platform.add_account("bob", "bob_reads", "bob-page", external_id="1021")
    return platform


@pytest.fixture
def facebook(platform: Facebook) -> Iterator[FlaskClient]:
    yield platform.app.test_client()
