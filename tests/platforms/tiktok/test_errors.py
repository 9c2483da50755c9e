"""What TikTok's refusals tell the person, and how its tokens are renewed."""

from datetime import timedelta
from typing import Any

import pytest
import responses

from local.platforms.tiktok.state import FORMER_LIFETIMES, LIFETIMES
from local.platforms.tiktok.twin import TikTok as SimulatedTikTok
from shared import clock
from shared.config import ClientCredentials
from shared.domain.accounts import Tokens
from shared.domain.errors import (
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    Rejected,
)
from shared.platforms.tiktok.connecting import Connecting
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import TOKEN, a_post, a_turn, an_answer, http_to
from tests.platforms.tiktok.steps import NEW, PLATFORM

URL = "https://open.tiktokapis.com"
CONNECTING = Connecting({"TIKTOK": ClientCredentials("tiktok-client", "tiktok-secret")})
OLD = Tokens(TOKEN, f"{TOKEN}-refresh")
MINUTE = timedelta(minutes=1)


def _envelope(code: str, message: str = "What happened.") -> dict[str, Any]:
    return {"data": {}, "error": {"code": code, "message": message, "log_id": "1"}}


@pytest.mark.parametrize(
    ("code", "piece"),
    [
        ("access_token_invalid", "Reconnect the account"),
        ("scope_not_authorized", "grant every permission"),
        ("rate_limit_exceeded", "retries automatically"),
        ("spam_risk_too_many_posts", "daily limit"),
        ("spam_risk_user_banned_from_posting", "banned this account"),
        ("unaudited_client_can_only_post_to_private_accounts", "must pass the audit"),
        ("url_ownership_unverified", "URL properties"),
        ("privacy_level_option_mismatch", "choose another"),
        ("invalid_params", "What happened."),
        ("something_new", "What happened."),
    ],
)
def test_a_refusal_says_what_to_do(code: str, piece: str) -> None:
    error = PLATFORM.error_of(an_answer(400, _envelope(code)))
    assert piece in error.message
    assert (error.platform_code, error.platform_message) == (code, "What happened.")


@pytest.mark.parametrize(
    ("code", "wait"),
    [
        ("rate_limit_exceeded", MINUTE),
        ("spam_risk_too_many_posts", 24 * 60 * MINUTE),
        ("reached_active_user_cap", 60 * MINUTE),
    ],
)
def test_a_limit_is_waited_for_as_long_as_it_may_last(code: str, wait: timedelta) -> None:
    error = PLATFORM.error_of(an_answer(403, _envelope(code)))
    assert isinstance(error, RateLimited)
    assert error.retry_after == wait


@pytest.mark.parametrize(
    ("code", "is_theirs"),
    [
        ("unaudited_client_can_only_post_to_private_accounts", True),
        ("url_ownership_unverified", True),
        ("reached_active_user_cap", True),
        ("spam_risk_user_banned_from_posting", False),
        ("scope_not_authorized", False),
    ],
)
def test_what_every_user_meets_is_told_to_the_operator(code: str, is_theirs: bool) -> None:
    assert PLATFORM.error_of(an_answer(403, _envelope(code))).concerns_operator is is_theirs


@pytest.mark.parametrize("body", ["", "<html>", "[]", "{}", '{"error": "odd"}', '{"error": {}}'])
@pytest.mark.parametrize("status", [200, 400, 404])
def test_an_answer_of_another_shape_is_none_of_tiktoks(status: int, body: str) -> None:
    with pytest.raises(PlatformUnavailable, match=f"HTTP {status}"):
        PLATFORM.accepted(an_answer(status, body))


def test_a_limit_of_whatever_stands_before_tiktok_is_waited_for() -> None:
    assert isinstance(PLATFORM.error_of(an_answer(429, "<html>")), RateLimited)


def test_success_is_what_says_ok() -> None:
    accepted = an_answer(200, {"data": {"a": 1}, "error": {"code": "ok"}})
    assert PLATFORM.accepted(accepted) == {"a": 1}
    nothing = an_answer(200, {"data": None, "error": {"code": "ok"}})
    assert PLATFORM.accepted(nothing) == {}


@pytest.mark.parametrize("creator", [{}, {"privacy_level_options": ["SOMETHING_NEW"]}])
def test_a_creator_without_a_privacy_level_is_asked_again(
    shelf: Shelf, creator: dict[str, Any]
) -> None:
    post = a_post("tiktok", media=[shelf.image()])
    with responses.RequestsMock() as recorded:
        body = {"data": creator, "error": {"code": "ok"}}
        recorded.add("POST", f"{URL}/v2/post/publish/creator_info/query/", json=body)
        with pytest.raises(PlatformUnavailable, match="who can see"):
            PLATFORM.take(PLATFORM.next_step(post.content, NEW), a_turn(post, http_to(URL)))


def test_branded_content_is_refused_where_nobody_else_would_see_it(shelf: Shelf) -> None:
    post = a_post("tiktok", media=[shelf.image()], brandContent=True)
    with responses.RequestsMock() as recorded:
        body = {"data": {"privacy_level_options": ["SELF_ONLY"]}, "error": {"code": "ok"}}
        recorded.add("POST", f"{URL}/v2/post/publish/creator_info/query/", json=body)
        with pytest.raises(Rejected, match="Remove brandContent"):
            PLATFORM.take(PLATFORM.next_step(post.content, NEW), a_turn(post, http_to(URL)))


# Tokens.


@pytest.mark.parametrize("lifetimes", [LIFETIMES, FORMER_LIFETIMES])
def test_a_refresh_rotates_both_tokens_and_lasts_as_long_as_tiktok_says(
    tiktok: Twin, lifetimes: tuple[timedelta, timedelta]
) -> None:
    platform = tiktok.platform
    assert isinstance(platform, SimulatedTikTok)
    platform.state.lifetimes = lifetimes
    renewed = CONNECTING.refresh(OLD, http_to(tiktok.url))
    assert renewed.access_token != OLD.access_token
    assert renewed.refresh_token not in (None, OLD.refresh_token)
    assert renewed.expires_at is not None
    assert abs(renewed.expires_at - clock.now() - lifetimes[0]) < MINUTE
    with pytest.raises(ReconnectRequired):
        CONNECTING.refresh(OLD, http_to(tiktok.url))


def test_a_refused_refresh_is_recognized_behind_http_200(tiktok: Twin) -> None:
    platform = tiktok.platform
    assert isinstance(platform, SimulatedTikTok)
    platform.state.errors_with_200 = True
    with pytest.raises(ReconnectRequired, match="Reconnect the account"):
        CONNECTING.refresh(Tokens(TOKEN, "another"), http_to(tiktok.url))


def test_without_a_refresh_token_only_the_user_can_help() -> None:
    with pytest.raises(ReconnectRequired):
        CONNECTING.refresh(Tokens(TOKEN, None), http_to(URL))


def test_without_a_client_key_of_ours_the_operator_must_help_and_nobody_is_disconnected() -> None:
    with pytest.raises(PlatformUnavailable, match="TIKTOK_CLIENT_ID") as failure:
        Connecting().refresh(OLD, http_to(URL))
    assert failure.value.concerns_operator


@pytest.mark.parametrize("status", [200, 400, 401])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": "invalid_grant", "error_description": "expired"}, ReconnectRequired),
        ({"error": "invalid_client"}, PlatformUnavailable),
        ({"error": "unauthorized_client"}, PlatformUnavailable),
        ({"error": "invalid_scope"}, PlatformUnavailable),
        ({"error": "invalid_request"}, PlatformUnavailable),
        ({"error": "unsupported_grant_type"}, PlatformUnavailable),
        ({"error": "server_error"}, PlatformUnavailable),
        ({"error": "temporarily_unavailable"}, PlatformUnavailable),
        ({"token_type": "Bearer"}, PlatformUnavailable),
        ("<html>", PlatformUnavailable),
    ],
)
def test_the_body_decides_and_only_tiktok_itself_ends_an_authorization(
    status: int, body: Any, kind: type
) -> None:
    content = {"json": body} if isinstance(body, dict) else {"body": body}
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{URL}/v2/oauth/token/", status=status, **content)
        with pytest.raises(kind) as failure:
            CONNECTING.refresh(OLD, http_to(URL))
    assert type(failure.value) is kind
    ours = ("client", "scope", "request", "type")
    assert failure.value.concerns_operator == (failure.value.platform_code or "").endswith(ours)


def test_a_limited_token_endpoint_is_waited_for() -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{URL}/v2/oauth/token/", status=429, body="slow down")
        with pytest.raises(RateLimited):
            CONNECTING.refresh(OLD, http_to(URL))
