"""Connecting X accounts."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.domain.errors import PlatformError, PlatformUnavailable, ReconnectRequired
from tests.platforms.visiting import Visit

TOKENS = "POST /2/oauth2/token"


@pytest.fixture
def x(visit_to: Callable[[str], Visit]) -> Visit:
    visit = visit_to("x-profile")
    visit.has_accounts()
    return visit


def test_both_tokens_are_ended(x: Visit) -> None:
    tokens = x.granted().tokens
    x.connecting.revoke(tokens, x.http)
    book = x.platform.accounts
    for value in (tokens.access_token, tokens.refresh_token):
        token = book.token(value)
        assert token is not None
        assert book.standing(token) == "revoked"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (("invalid_request", "Value passed for the token was invalid."), ReconnectRequired),
        (("invalid_grant", ""), ReconnectRequired),
        (("invalid_request", "Missing required parameter [refresh_token]."), PlatformUnavailable),
    ],
)
def test_a_fault_of_our_request_disconnects_nobody(
    x: Visit, body: tuple[str, str], kind: type[PlatformError]
) -> None:
    tokens = x.granted().tokens
    error: dict[str, Any] = {"error": body[0], "error_description": body[1]}
    x.answers(TOKENS, 400, error)
    with pytest.raises(kind):
        x.connecting.refresh(tokens, x.http)


def test_our_app_authenticates_in_the_header_and_nowhere_else(x: Visit) -> None:
    x.granted()
    (request,) = [r for r in x.platform.requests.all() if r.path == "/2/oauth2/token"]
    assert "Authorization" in request.headers
    assert not {"client_id", "client_secret"} & request.parameters.keys()
