"""The twin of Instagram, with accounts."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from local.platforms.instagram.twin import Instagram
from tests.local.platforms.instagram.client import USER


@pytest.fixture
def instagram() -> Iterator[FlaskClient]:
    platform = Instagram()
    platform.add_account("ada", "ada_draws", "ada-access", external_id=USER)
    platform.add_account("bob", "bob_looks", "bob-access")
    yield platform.app.test_client()
