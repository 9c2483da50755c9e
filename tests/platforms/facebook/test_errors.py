"""Every refusal that Facebook is known for: its category, and what the person is told to do."""

import json
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.errors import (
    ContentRejected,
    DuplicateRejected,
    ErrorCategory,
    MediaRejected,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    Rejected,
    TokenExpired,
)
from shared.platforms.facebook.publishing import Facebook
from tests.platforms.examples import an_answer

C = ErrorCategory
EXPIRED = "Error validating access token: Session has expired on Tuesday, 10-Nov-26."


def _meta(code: int, message: str, subcode: int | None = None, **more: Any) -> dict[str, Any]:
    error = {"message": message, "type": "OAuthException", "code": code, **more}
    return {"error": error | ({"error_subcode": subcode} if subcode else {})}


# (HTTP status, body, class, category, a piece of the message)
BODIES: list[tuple[int, Any, type[PlatformError], ErrorCategory, str]] = [
    (400, _meta(190, EXPIRED, 463), TokenExpired, C.AUTH_EXPIRED, "Reconnect the Page"),
    (400, _meta(190, "Password changed", 460), TokenExpired, C.AUTH_EXPIRED, "Reconnect"),
    (401, _meta(190, "Cannot parse access token"), TokenExpired, C.AUTH_EXPIRED, "Reconnect"),
    (400, _meta(102, "Session key invalid"), TokenExpired, C.AUTH_EXPIRED, "Reconnect"),
    *(
        (400, _meta(*codes), Rejected, C.PERMISSION, "operator")
        for codes in ((190, "A", 2069032), (1705, "A"), (3, "A"), (2635, "A"))
    ),
    *(
        (403, _meta(code, "Missing"), Rejected, C.PERMISSION, "account to post: Missing")
        for code in (10, 200, 299, 1404112)
    ),
    (400, _meta(1, "Missing", 2853006), Rejected, C.PERMISSION, "account to post"),
    *(
        (400, _meta(100, "Odd", subcode), Rejected, C.PERMISSION, "on facebook.com")
        for subcode in (1404078, 4854002, 1404006)
    ),
    (
        400,
        _meta(100, "(#100) No permission to publish the video"),
        Rejected,
        C.PERMISSION,
        "task of creating content",
    ),
    (400, _meta(368, "Blocked for now"), ContentRejected, C.CONTENT_POLICY, "Blocked for now"),
    *(
        (400, _meta(code, "Abusive"), ContentRejected, C.CONTENT_POLICY, "Abusive")
        for code in (1346003, 1404102, 1609008)
    ),
    (400, _meta(506, "(#506) Duplicate"), DuplicateRejected, C.DUPLICATE, "repetition"),
    (400, _meta(100, "A", 1366051), DuplicateRejected, C.DUPLICATE, "repetition"),
    (400, _meta(368, "It was already posted"), DuplicateRejected, C.DUPLICATE, "repetition"),
    *(
        (400, _meta(*codes), MediaRejected, C.MEDIA_ERROR, piece)
        for codes, piece in (
            ((100, "A", 1366046), "too large"),
            ((2069019, "A"), "file"),
            ((100, "A", 1363040), "9:16"),
            ((100, "A", 1363127), "540x960"),
            ((100, "A", 1363128), "seconds"),
            ((100, "A", 1363129), "frames"),
            ((6000, "A"), "file"),
        )
    ),
    *(
        (400, _meta(code, "Limit"), RateLimited, C.RATE_LIMITED, "by itself")
        for code in (4, 17, 32, 341, 613, 80000, 80001, 80014)
    ),
    (400, _meta(4, "Limit", 1349210, is_transient=True), RateLimited, C.RATE_LIMITED, "by itself"),
    (400, _meta(1390008, "Fast"), RateLimited, C.RATE_LIMITED, "too fast"),
    *(
        (400, _meta(code, "Odd"), PlatformUnavailable, C.PLATFORM_UNAVAILABLE, "not available")
        for code in (1, 2, 1363047, 1609010)
    ),
    (
        400,
        _meta(99, "Odd", is_transient=True),
        PlatformUnavailable,
        C.PLATFORM_UNAVAILABLE,
        "not available",
    ),
    (400, "<html>Sorry</html>", PlatformUnavailable, C.PLATFORM_UNAVAILABLE, "HTTP 400"),
    *(
        (400, _meta(code, "A"), Rejected, C.VALIDATION, "could not read the link")
        for code in (1609005, 1500)
    ),
    *(
        (400, _meta(100, "Bad", subcode), Rejected, C.VALIDATION, "refused the post: Bad")
        for subcode in (2061006, 1349125, 2069030, 2069031, 2069033, 33)
    ),
    (400, _meta(100, "Name parameter too long"), Rejected, C.VALIDATION, "too long"),
    (400, _meta(1, "Name parameter too long"), Rejected, C.VALIDATION, "too long"),
    (400, _meta(2500, "Unknown path components"), Rejected, C.UNKNOWN, "Unknown path"),
]


@pytest.mark.parametrize(("status", "body", "kind", "category", "piece"), BODIES)
def test_a_refusal_has_its_category_and_says_what_to_do(
    status: int, body: Any, kind: type[PlatformError], category: ErrorCategory, piece: str
) -> None:
    error = Facebook().error_of(an_answer(status, body))
    assert type(error) is kind
    assert error.category is category
    assert piece in error.message
    assert error.platform_code


@pytest.mark.parametrize("codes", [(190, "A", 2069032), (3, "A"), (2635, "A")])
def test_what_is_ours_to_mend_is_for_the_operator(codes: Any) -> None:
    assert Facebook().error_of(an_answer(400, _meta(*codes))).concerns_operator


@pytest.mark.parametrize(("minutes", "wait"), [(12, timedelta(minutes=12)), (0, None)])
def test_the_wait_is_what_the_usage_header_says(minutes: int, wait: timedelta | None) -> None:
    usage = {"1020": [{"type": "pages", "estimated_time_to_regain_access": minutes}]}
    header = json.dumps(usage)
    error = Facebook().error_of(
        an_answer(400, _meta(32, "Limit"), X_Business_Use_Case_Usage=header)
    )
    assert isinstance(error, RateLimited)
    assert error.retry_after == wait


def test_posting_too_fast_waits_half_an_hour() -> None:
    error = Facebook().error_of(an_answer(400, _meta(1390008, "Fast")))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(minutes=30)
