"""The twin of LinkedIn, with accounts."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from local.platforms.linkedin.twin import Linkedin
from tests.local.platforms.linkedin.client import ADA, PAGE


@pytest.fixture
def linkedin() -> Iterator[FlaskClient]:
    platform = Linkedin()
    platform.add_account(
        "ada", "ada", "ada-access", refresh_token="ada-refresh", external_id=ADA, client_id="soku"
    )
    platform.add_account("page", "page", "page-access", external_id=PAGE)
    yield platform.app.test_client()
