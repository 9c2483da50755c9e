"""The twin of X, with accounts."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from local.platforms.x.twin import X


@pytest.fixture
def x() -> Iterator[FlaskClient]:
    platform = X()
    platform.add_account(
        "ada", "ada_writes", "ada-access", refresh_token="ada-refresh", external_id="1001"
    )
    platform.add_account("bob", "bob_reads", "bob-access", refresh_token="bob-refresh")
    yield platform.app.test_client()
