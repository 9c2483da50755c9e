"""Every refusal of Snapchat: its category, and what the person is told to do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import responses

from shared import clock
from shared.config import ClientCredentials
from shared.domain.accounts import Tokens
from shared.domain.errors import (
    ErrorCategory,
    MediaRejected,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    Rejected,
    TokenExpired,
)
from shared.platforms.snapchat.errors import MediaExpired, MediaProcessing
from shared.platforms.snapchat.publishing import Snapchat
from tests.platforms.conftest import Twin
from tests.platforms.contract import Refusal
from tests.platforms.examples import TOKEN, an_answer, http_to

C = ErrorCategory
URL = "https://businessapi.snapchat.com"
PLATFORM = Snapchat(ClientCredentials("snapchat-client", "snapchat-secret"))


def said(code: str) -> dict[str, str]:
    return {"request_status": "ERROR", "error_code": code, "debug_message": "No."}


def told(words: str) -> dict[str, str]:
    return {"request_status": "ERROR", "debug_message": words}


REFUSALS = [
    Refusal("dead token", 401, {"error": "invalid_token"}, TokenExpired, C.AUTH_EXPIRED),
    Refusal("dead token, no body", 401, "", TokenExpired, C.AUTH_EXPIRED),
    Refusal(
        "not permitted",
        403,
        said("AUTHORIZATION_PERMISSION_DENIED"),
        Rejected,
        C.PERMISSION,
    ),
    Refusal("not permitted, without a code", 403, told("No role"), Rejected, C.PERMISSION),
    Refusal("profile gone", 404, told("Profile not found"), Rejected, C.PERMISSION),
    Refusal(
        "media in processing",
        400,
        said("MEDIA_PROCESSING"),
        MediaProcessing,
        C.PLATFORM_UNAVAILABLE,
    ),
    Refusal(
        "media in processing, with 200",
        200,
        said("MEDIA_PROCESSING"),
        MediaProcessing,
        C.PLATFORM_UNAVAILABLE,
    ),
    Refusal("media expired", 400, said("MEDIA_EXPIRED"), MediaExpired, C.PLATFORM_UNAVAILABLE),
    Refusal(
        "media expired, in words alone",
        200,
        told("E42: MEDIA_EXPIRED"),
        MediaExpired,
        C.PLATFORM_UNAVAILABLE,
    ),
    Refusal(
        "posted already",
        400,
        said("MEDIA_POSTING_ALREADY_IN_PROGRESS"),
        OutcomeUnknown,
        C.DUPLICATE,
    ),
    Refusal("large part", 200, told("Media size is too large"), MediaRejected, C.MEDIA_ERROR),
    Refusal("format", 400, told("Unsupported format"), MediaRejected, C.MEDIA_ERROR),
    Refusal("duration", 400, told("Bad duration"), MediaRejected, C.MEDIA_ERROR),
    Refusal("ratio", 400, told("Aspect ratio"), MediaRejected, C.MEDIA_ERROR),
    Refusal("no locale", 400, told("Unsupported locale"), Rejected, C.VALIDATION),
    Refusal("description", 400, told("description too long"), Rejected, C.VALIDATION),
    Refusal(
        "one item of several",
        200,
        {
            "request_status": "PARTIAL",
            "saved_stories": [
                {"sub_request_status": "ERROR", "sub_request_error_reason": "title too long"}
            ],
        },
        Rejected,
        C.VALIDATION,
    ),
    Refusal("anything else", 400, said("E1001"), Rejected, C.UNKNOWN),
    Refusal(
        "rate limit",
        429,
        "Too many requests",
        RateLimited,
        C.RATE_LIMITED,
        headers={"Retry-After": "7"},
    ),
    Refusal("passing", 400, told("Internal error"), PlatformUnavailable, C.PLATFORM_UNAVAILABLE),
    Refusal("proxy", 403, "<html>Sorry</html>", PlatformUnavailable, C.PLATFORM_UNAVAILABLE),
]


@pytest.fixture
def snapchat(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("snapchat")


@pytest.mark.parametrize(("headers", "wait"), [({}, None), ({"Retry-After": "7"}, 7)])
def test_the_wait_is_what_snapchat_says_if_it_does(
    headers: dict[str, str], wait: int | None
) -> None:
    error = PLATFORM.error_of(an_answer(429, "Too many requests", **headers))
    assert isinstance(error, RateLimited)
    assert error.retry_after == (timedelta(seconds=wait) if wait else None)


def test_the_code_and_the_words_for_the_person_are_kept() -> None:
    body = {**said("E1001"), "display_message": "This does not work."}
    error = PLATFORM.error_of(an_answer(400, body))
    assert error.platform_code == "E1001"
    assert "This does not work." in error.message
    assert error.platform_message == "This does not work."


@pytest.mark.parametrize(
    "body", [{}, {"id": "1"}, {"request_status": "PARTIAL"}, {"request_status": None}, "<html>"]
)
def test_a_2xx_without_success_is_none(body: Any) -> None:
    with pytest.raises(PlatformError):
        PLATFORM.accepted(an_answer(200, body))


@pytest.mark.parametrize(
    "words", ["The operation failed", "Bad information", "Not entitled", "Media already finalized"]
)
def test_a_word_inside_another_is_not_read(words: str) -> None:
    error = PLATFORM.error_of(an_answer(400, told(words)))
    assert type(error) is Rejected
    assert error.category is C.UNKNOWN


def test_success_is_told_in_letters_of_either_case() -> None:
    for status in ("SUCCESS", "success", "Success"):
        assert PLATFORM.accepted(an_answer(200, {"request_status": status}))


def _refresh(url: str) -> Tokens:
    return PLATFORM.refresh(Tokens(TOKEN, f"{TOKEN}-refresh"), http_to(url))


@pytest.mark.parametrize("rotate", [False, True])
def test_a_refresh_keeps_the_refresh_token_unless_there_is_a_new_one(
    snapchat: Twin, rotate: bool
) -> None:
    snapchat.platform.rotates = rotate  # type: ignore[attr-defined]
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


def test_without_a_refresh_token_or_a_client_nothing_is_asked() -> None:
    with pytest.raises(ReconnectRequired):
        PLATFORM.refresh(Tokens(TOKEN), http_to(URL))
    with pytest.raises(PlatformUnavailable, match="SNAPCHAT_CLIENT_ID") as failure:
        Snapchat().refresh(Tokens(TOKEN, "r"), http_to(URL))
    assert failure.value.concerns_operator


def test_tokens_are_asked_for_at_the_other_host() -> None:
    (beginning,) = PLATFORM.hosts
    assert "/login/oauth2/access_token".startswith(beginning)
    assert PLATFORM.hosts[beginning] == "https://accounts.snapchat.com"
