"""The twin of Threads, with accounts."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from local.platforms.threads.twin import Threads


@pytest.fixture
def threads() -> Iterator[FlaskClient]:
    platform = Threads()
    platform.add_account("ada", "ada_writes", "ada-access", external_id="17841405793187218")
    platform.add_account("bob", "bob_reads", "bob-access")
    yield platform.app.test_client()
