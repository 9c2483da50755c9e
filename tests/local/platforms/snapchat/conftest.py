"""The twin of Snapchat, with accounts."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from local.platforms.snapchat.twin import Snapchat
from tests.local.platforms.snapchat.client import PROFILE


@pytest.fixture
def snapchat() -> Iterator[FlaskClient]:
    platform = Snapchat()
    platform.add_account(
        "ada", "ada_snaps", "ada-access", external_id=PROFILE, refresh_token="ada-refresh"
    )
    platform.add_account("bob", "bob_snaps", "bob-access")
    yield platform.app.test_client()
