"""Every refusal that Threads is known for: its category, and what the person is told to do."""

import json
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.errors import (
    ContentRejected,
    ErrorCategory,
    MediaRejected,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    Rejected,
    TokenExpired,
)
from shared.platforms.threads.publishing import Threads
from tests.platforms.contract import Refusal
from tests.platforms.examples import an_answer

C = ErrorCategory


def _meta(code: int, message: str, subcode: int | None = None, **more: Any) -> dict[str, Any]:
    error = {"message": message, "type": "OAuthException", "code": code, **more}
    return {"error": error | ({"error_subcode": subcode} if subcode else {})}


EXPIRED = "Error validating access token: Session has expired on Tuesday, 10-Nov-26."
PASSING = _meta(99, "Odd", is_transient=True)
# (HTTP status, body, class, category, a piece of the message)
BODIES: list[tuple[int, Any, type[PlatformError], ErrorCategory, str]] = [
    (400, _meta(190, EXPIRED, 463), TokenExpired, C.AUTH_EXPIRED, "Reconnect"),
    (401, _meta(190, "Cannot parse access token"), TokenExpired, C.AUTH_EXPIRED, "Reconnect"),
    (400, _meta(102, "Session key invalid"), TokenExpired, C.AUTH_EXPIRED, "Reconnect"),
    (400, _meta(1, EXPIRED), TokenExpired, C.AUTH_EXPIRED, "Reconnect"),
    (403, _meta(10, "No permission for this action"), Rejected, C.PERMISSION, "No permission"),
    (403, _meta(200, "Requires permission"), Rejected, C.PERMISSION, "account to post"),
    (403, _meta(299, "Requires permission"), Rejected, C.PERMISSION, "account to post"),
    (400, _meta(100, "THREADS_API__FEATURE_NOT_AVAILABLE"), Rejected, C.PERMISSION, "FEATURE"),
    (400, _meta(100, "User is restricted", 4279013), Rejected, C.PERMISSION, "restricted"),
    (
        400,
        _meta(4, "We restrict", 2207051),
        ContentRejected,
        C.CONTENT_POLICY,
        "restrict",
    ),
    (400, _meta(368, "Temporarily blocked"), ContentRejected, C.CONTENT_POLICY, "blocked"),
    (400, _meta(9004, "Could not fetch"), MediaRejected, C.MEDIA_ERROR, "fetch the media"),
    (
        400,
        _meta(24, "Only photo", 2207052),
        MediaRejected,
        C.MEDIA_ERROR,
        "fetch the media",
    ),
    (
        400,
        _meta(100, "Param text must be at most 500"),
        Rejected,
        C.VALIDATION,
        "at most 500",
    ),
    (400, _meta(100, "THREADS_API__LINK_LIMIT_EXCEEDED"), Rejected, C.VALIDATION, "LINK_LIMIT"),
    (400, _meta(24, "THREADS_API__LINK_LIMIT_EXCEEDED"), Rejected, C.VALIDATION, "LINK_LIMIT"),
    *(
        (400, _meta(code, "Limit"), RateLimited, C.RATE_LIMITED, "by itself")
        for code in (4, 9, 17, 32, 613, 80002, 80999)
    ),
    (400, _meta(4, "Limit", is_transient=True), RateLimited, C.RATE_LIMITED, "by itself"),
    (429, _meta(99, "Too many"), RateLimited, C.RATE_LIMITED, "by itself"),
    *(
        (
            400,
            _meta(code, "Unexpected"),
            PlatformUnavailable,
            C.PLATFORM_UNAVAILABLE,
            "not available",
        )
        for code in (1, 2)
    ),
    (
        400,
        _meta(99, "Passing", is_transient=True),
        PlatformUnavailable,
        C.PLATFORM_UNAVAILABLE,
        "not available",
    ),
    (400, "<html>Sorry</html>", PlatformUnavailable, C.PLATFORM_UNAVAILABLE, "HTTP 400"),
    (404, {"error": "odd"}, PlatformUnavailable, C.PLATFORM_UNAVAILABLE, "HTTP 404"),
    (
        400,
        _meta(24, "It does not exist", 4279009),
        Rejected,
        C.UNKNOWN,
        "does not exist",
    ),
    (400, _meta(2500, "Unknown path components"), Rejected, C.UNKNOWN, "Unknown path"),
]


REFUSALS = [
    Refusal(f"{number}, HTTP {status}", status, body, kind, category)
    for number, (status, body, kind, category, _) in enumerate(BODIES)
]


@pytest.mark.parametrize(("status", "body", "kind", "category", "piece"), BODIES)
def test_a_refusal_has_its_category_and_says_what_to_do(
    status: int, body: Any, kind: type[PlatformError], category: ErrorCategory, piece: str
) -> None:
    error = Threads().error_of(an_answer(status, body))
    assert type(error) is kind
    assert error.category is category
    assert piece in error.message
    assert error.platform_code


def test_the_code_and_the_words_for_the_person_are_kept() -> None:
    body = _meta(100, "Bad", 33, error_user_msg="The media cannot be found.")
    error = Threads().error_of(an_answer(400, body))
    assert error.platform_code == "100/33"
    assert error.platform_message == "Bad"
    assert "The media cannot be found." in error.message


def _usage(*minutes: Any) -> str:
    entries = [{"type": "threads", "estimated_time_to_regain_access": wait} for wait in minutes]
    return json.dumps({"17841400000000000": entries})


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (_usage(12), timedelta(minutes=12)),
        (_usage(3, 40), timedelta(minutes=40)),
        (_usage(0), None),
        (_usage(), None),
        (_usage("soon"), None),
        ("{}", None),
        ("[]", None),
        ("nonsense", None),
    ],
)
def test_the_wait_is_what_the_usage_header_says(header: str, wait: timedelta | None) -> None:
    limited = _meta(4, "Limit")
    error = Threads().error_of(an_answer(400, limited, X_Business_Use_Case_Usage=header))
    assert isinstance(error, RateLimited)
    assert error.retry_after == wait


def test_without_the_header_the_wait_is_not_said() -> None:
    error = Threads().error_of(an_answer(400, _meta(4, "Limit")))
    assert isinstance(error, RateLimited)
    assert error.retry_after is None
