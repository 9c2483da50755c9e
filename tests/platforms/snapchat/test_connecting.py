"""Refreshing the tokens of Snapchat accounts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import responses

from shared import clock
from shared.config import ClientCredentials
from shared.domain.accounts import Tokens
from shared.domain.errors import PlatformUnavailable, RateLimited, ReconnectRequired, Rejected
from shared.platforms.snapchat import ABOUT
from shared.platforms.snapchat.connecting import Connecting
from tests.platforms.conftest import Twin
from tests.platforms.examples import TOKEN, http_to

URL = ABOUT.base_url
CONNECTING = Connecting({"SNAPCHAT": ClientCredentials("snapchat-client", "snapchat-secret")})


@pytest.fixture
def snapchat(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("snapchat")


def _refresh(url: str) -> Tokens:
    return CONNECTING.refresh(Tokens(TOKEN, f"{TOKEN}-refresh"), http_to(url))


@pytest.mark.parametrize("rotate", [False, True])
def test_a_refresh_keeps_the_refresh_token_unless_it_returns_a_new_one(
    snapchat: Twin, rotate: bool
) -> None:
    snapchat.platform.state.rotates = rotate  # type: ignore[attr-defined]
    renewed = _refresh(snapchat.url)
    assert renewed.access_token != TOKEN
    assert (renewed.refresh_token == f"{TOKEN}-refresh") is not rotate
    assert renewed.expires_at is not None
    assert timedelta(minutes=59) < renewed.expires_at - clock.now() <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("answer", "kind", "operator"),
    [
        ({"status": 400, "json": {"error": "invalid_grant"}}, ReconnectRequired, False),
        ({"status": 401, "json": {"error": "invalid_token"}}, ReconnectRequired, False),
        ({"status": 401, "json": {"error": "invalid_client"}}, PlatformUnavailable, True),
        ({"status": 400, "json": {"error": "unauthorized"}}, PlatformUnavailable, True),
        ({"status": 403, "json": {"error": "access_denied"}}, Rejected, False),
        ({"status": 429, "body": "Too many"}, RateLimited, False),
        ({"status": 400, "body": "<html>"}, PlatformUnavailable, False),
        ({"status": 502, "body": "<html>"}, PlatformUnavailable, False),
        ({"status": 200, "json": {}}, PlatformUnavailable, False),
    ],
)
def test_only_a_refused_grant_ends_an_authorization(
    answer: dict[str, Any], kind: type, operator: bool
) -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{URL}/login/oauth2/access_token", **answer)
        with pytest.raises(kind) as failure:
            _refresh(URL)
    assert type(failure.value) is kind
    assert failure.value.concerns_operator is operator


def test_without_a_refresh_token_or_a_client_nothing_is_sent() -> None:
    with pytest.raises(ReconnectRequired):
        CONNECTING.refresh(Tokens(TOKEN), http_to(URL))
    with pytest.raises(PlatformUnavailable, match="SNAPCHAT_CLIENT_ID") as failure:
        Connecting().refresh(Tokens(TOKEN, "r"), http_to(URL))
    assert failure.value.concerns_operator


def test_tokens_are_refreshed_at_the_other_host() -> None:
    (beginning,) = ABOUT.hosts
    assert "/login/oauth2/access_token".startswith(beginning)
    assert ABOUT.hosts[beginning] == "https://accounts.snapchat.com"
