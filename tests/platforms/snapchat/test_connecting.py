"""Connecting Public Profiles of Snapchat, and refreshing their tokens."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import responses

from shared import clock
from shared.config import ClientCredentials
from shared.domain.accounts import Tokens
from shared.domain.errors import (
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReadRefused,
    ReconnectRequired,
    Rejected,
)
from shared.platforms.connecting import NothingToConnect
from shared.platforms.snapchat import ABOUT
from shared.platforms.snapchat.connecting import Connecting
from tests.platforms.conftest import Twin
from tests.platforms.examples import TOKEN, http_to
from tests.platforms.visiting import Visit

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


# Connecting.

MY_PROFILE = "GET /v1/public_profiles/my_profile"
OF_ORGANIZATION = "GET /v1/organizations/"
DENIED = {
    "request_status": "ERROR",
    "display_message": "No",
    "error_code": "AUTHORIZATION_PERMISSION_DENIED",
}


@pytest.fixture
def profiles(visit_to: Callable[[str], Visit]) -> Visit:
    """A person with two profiles in one organization."""
    visit = visit_to("snapchat-profile")
    visit.has_accounts(count=2)
    return visit


def _listed(visit: Visit) -> list[str]:
    return [candidate.external_id for candidate in visit.listing(visit.granted()).candidates]


@pytest.mark.parametrize("body", ["", DENIED])
def test_an_app_that_snap_has_not_allowed_concerns_the_operator_and_not_the_user(
    profiles: Visit, body: Any
) -> None:
    profiles.answers(MY_PROFILE, 403, body)
    with pytest.raises(PlatformUnavailable, match="SNAPCHAT_CLIENT_ID") as refused:
        _listed(profiles)
    assert refused.value.concerns_operator
    assert "econnect" not in refused.value.message


def test_the_same_app_of_an_account_that_is_connected_asks_nobody_to_reconnect(
    profiles: Visit,
) -> None:
    granted = profiles.granted()
    candidate, *_ = profiles.listing(granted).candidates
    profiles.platform.state.is_allowlisted = False  # type: ignore[attr-defined]
    with pytest.raises((PlatformUnavailable, ReadRefused)):
        profiles.profile(candidate, granted)


@pytest.mark.parametrize("status", [403, 404])
def test_the_own_profile_is_listed_if_those_of_the_organization_may_not_be_read(
    profiles: Visit, status: int
) -> None:
    profiles.answers(OF_ORGANIZATION, status, DENIED)
    assert _listed(profiles) == [profiles.login.external_ids[0]]


def test_a_list_that_could_not_be_read_is_not_taken_for_an_empty_one(profiles: Visit) -> None:
    for status, body in [(500, ""), (200, "<html>"), (200, {"request_status": "ERROR"})]:
        profiles.answers(OF_ORGANIZATION, status, body)
        with pytest.raises(PlatformError) as failure:
            _listed(profiles)
        assert not isinstance(failure.value, NothingToConnect)


def test_profiles_that_snapchat_could_not_read_are_left_out(profiles: Visit) -> None:
    good = {"sub_request_status": "success", "public_profile": {"id": "good"}}
    bad = {"sub_request_status": "ERROR", "public_profile": {"id": "bad"}}
    body = {"request_status": "PARTIAL", "public_profiles": [bad, good, "odd"]}
    profiles.answers(OF_ORGANIZATION, 200, body)
    assert _listed(profiles) == [profiles.login.external_ids[0], "good"]


def test_a_list_that_never_ends_is_read_for_a_while(profiles: Visit) -> None:
    body = {"request_status": "SUCCESS", "public_profiles": [], "page": {"next_page_id": "1"}}
    profiles.fails(OF_ORGANIZATION, mode="status", status=200, body=body, times=50)
    assert _listed(profiles) == [profiles.login.external_ids[0]]
    asked = [r for r in profiles.platform.requests.all() if "/organizations/" in r.path]
    assert len(asked) == 4
