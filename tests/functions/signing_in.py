"""Fixtures for callers who send an ID token."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from functions.api import people
from shared.gcp import oidc
from tests.functions.api_client import ApiClient
from tests.signed_in import SignedIn


@pytest.fixture
def signed_in(api: ApiClient) -> Iterator[SignedIn]:
    """The identity twin of the project of `api`, for an instance that knows nobody yet."""
    settings = api.world.parts.settings
    signed_in = SignedIn(settings.project)
    server = signed_in.twin.serve()
    server.start()
    api.world.with_parts(settings=replace(settings, id_token_certs_url=f"{server.url}/certs"))
    _forget()
    yield signed_in
    server.stop()
    _forget()


def _forget() -> None:
    oidc._transport.cache_clear()
    people._meet.cache_clear()
