"""Refreshing the tokens of LinkedIn accounts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import responses

from shared import clock
from shared.config import ClientCredentials
from shared.domain.accounts import Tokens
from shared.domain.errors import PlatformUnavailable, RateLimited, ReconnectRequired
from shared.platforms.linkedin import ABOUT
from shared.platforms.linkedin.connecting import Connecting
from shared.platforms.linkedin.publishing import CREATE, Publishing
from tests.platforms.conftest import Twin
from tests.platforms.examples import TOKEN, a_post, a_turn, http_to

URL = "https://api.linkedin.com"
CONNECTING = Connecting({"LINKEDIN": ClientCredentials("linkedin-client", "linkedin-secret")})


@pytest.fixture
def twin(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("linkedin")


def test_a_refresh_returns_a_token_for_sixty_days_and_keeps_the_refresh_token(twin: Twin) -> None:
    renewed = CONNECTING.refresh(Tokens(TOKEN, f"{TOKEN}-refresh"), http_to(twin.url))
    assert renewed.refresh_token == f"{TOKEN}-refresh"
    assert renewed.expires_at is not None
    assert timedelta(days=59) < renewed.expires_at - clock.now() < timedelta(days=61)
    post = a_post("linkedin", token=renewed.access_token)
    Publishing().take(CREATE, a_turn(post, http_to(twin.url)))
    assert twin.visible() == ["Hello"]


def test_without_a_refresh_token_the_authorization_ends_with_the_access_token() -> None:
    with pytest.raises(ReconnectRequired):
        CONNECTING.refresh(Tokens(TOKEN), http_to(URL))


def test_a_missing_client_app_disconnects_no_account() -> None:
    with pytest.raises(PlatformUnavailable) as failure:
        Connecting().refresh(Tokens(TOKEN, "refresh"), http_to(URL))
    assert failure.value.concerns_operator


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 400, "json": {"error": "invalid_grant"}}, ReconnectRequired),
        ({"status": 400, "json": {"error": "invalid_request"}}, ReconnectRequired),
        ({"status": 401, "json": {"error": "invalid_client"}}, PlatformUnavailable),
        ({"status": 429, "json": {"error": "throttled"}}, RateLimited),
        ({"status": 400, "body": "<html>"}, PlatformUnavailable),
        ({"status": 502, "body": "<html>"}, PlatformUnavailable),
        ({"status": 200, "json": {}}, PlatformUnavailable),
    ],
)
def test_only_an_answer_of_linkedin_ends_an_authorization(
    answer: dict[str, Any], kind: type
) -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", "https://www.linkedin.com/oauth/v2/accessToken", **answer)
        http = http_to(URL)
        http.hosts = ABOUT.hosts
        with pytest.raises(kind) as failure:
            CONNECTING.refresh(Tokens(TOKEN, "refresh"), http)
    assert type(failure.value) is kind
    is_ours = (failure.value.platform_code or "").endswith("_client")
    assert failure.value.concerns_operator == is_ours
