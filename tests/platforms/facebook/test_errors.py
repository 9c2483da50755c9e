"""Every known error of Facebook: its category, and what the message tells the user to do."""

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
from shared.platforms.facebook.publishing import Publishing
from tests.platforms.examples import an_answer
from tests.platforms.facebook.contract import error_body

C = ErrorCategory
EXPIRED = "Error validating access token: Session has expired on Tuesday, 10-Nov-26."


# HTTP status, body, class, category, a part of the message.
BODIES: list[tuple[int, Any, type[PlatformError], ErrorCategory, str]] = [
    (400, error_body(190, EXPIRED, 463), TokenExpired, C.AUTH_EXPIRED, "Reconnect the account"),
    (400, error_body(190, "Password changed", 460), TokenExpired, C.AUTH_EXPIRED, "Reconnect"),
    (401, error_body(190, "Cannot parse access token"), TokenExpired, C.AUTH_EXPIRED, "Reconnect"),
    (400, error_body(102, "Session key invalid"), TokenExpired, C.AUTH_EXPIRED, "Reconnect"),
    *(
        (400, error_body(*codes), Rejected, C.PERMISSION, "operator")
        for codes in ((190, "A", 2069032), (1705, "A"), (3, "A"), (2635, "A"))
    ),
    *(
        (403, error_body(code, "Missing"), Rejected, C.PERMISSION, "account to post: Missing")
        for code in (10, 200, 299, 1404112)
    ),
    (400, error_body(1, "Missing", 2853006), Rejected, C.PERMISSION, "account to post"),
    *(
        (400, error_body(100, "Odd", subcode), Rejected, C.PERMISSION, "on facebook.com")
        for subcode in (1404078, 4854002, 1404006)
    ),
    (
        400,
        error_body(100, "(#100) No permission to publish the video"),
        Rejected,
        C.PERMISSION,
        "permission to create content",
    ),
    (400, error_body(368, "Blocked for now"), ContentRejected, C.CONTENT_POLICY, "Blocked for now"),
    *(
        (400, error_body(code, "Abusive"), ContentRejected, C.CONTENT_POLICY, "Abusive")
        for code in (1346003, 1404102, 1609008)
    ),
    (400, error_body(506, "(#506) Duplicate"), DuplicateRejected, C.DUPLICATE, "duplicate"),
    (400, error_body(100, "A", 1366051), DuplicateRejected, C.DUPLICATE, "duplicate"),
    (400, error_body(368, "It was already posted"), DuplicateRejected, C.DUPLICATE, "duplicate"),
    *(
        (400, error_body(*codes), MediaRejected, C.MEDIA_ERROR, piece)
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
        (400, error_body(code, "Limit"), RateLimited, C.RATE_LIMITED, "retries automatically")
        for code in (4, 17, 32, 341, 613, 80000, 80001, 80014)
    ),
    (
        400,
        error_body(4, "Limit", 1349210, is_transient=True),
        RateLimited,
        C.RATE_LIMITED,
        "retries automatically",
    ),
    (400, error_body(1390008, "Fast"), RateLimited, C.RATE_LIMITED, "too fast"),
    *(
        (400, error_body(code, "Odd"), PlatformUnavailable, C.PLATFORM_UNAVAILABLE, "not available")
        for code in (1, 2, 1363047, 1609010)
    ),
    (
        400,
        error_body(99, "Odd", is_transient=True),
        PlatformUnavailable,
        C.PLATFORM_UNAVAILABLE,
        "not available",
    ),
    (400, "<html>Sorry</html>", PlatformUnavailable, C.PLATFORM_UNAVAILABLE, "HTTP 400"),
    *(
        (400, error_body(code, "A"), Rejected, C.VALIDATION, "could not read the link")
        for code in (1609005, 1500)
    ),
    *(
        (400, error_body(100, "Bad", subcode), Rejected, C.VALIDATION, "refused the post: Bad")
        for subcode in (2061006, 1349125, 2069030, 2069031, 2069033)
    ),
    (400, error_body(100, "Bad", 33), Rejected, C.VALIDATION, "Facebook refused this: Bad"),
    (400, error_body(100, "Name parameter too long"), Rejected, C.VALIDATION, "too long"),
    (400, error_body(1, "Name parameter too long"), Rejected, C.VALIDATION, "too long"),
    (400, error_body(2500, "Unknown path components"), Rejected, C.UNKNOWN, "Unknown path"),
]


@pytest.mark.parametrize(("status", "body", "kind", "category", "piece"), BODIES)
def test_an_error_has_its_category_and_tells_the_user_what_to_do(
    status: int, body: Any, kind: type[PlatformError], category: ErrorCategory, piece: str
) -> None:
    error = Publishing().error_of(an_answer(status, body))
    assert type(error) is kind
    assert error.category is category
    assert piece in error.message
    assert error.platform_code


@pytest.mark.parametrize("codes", [(190, "A", 2069032), (3, "A"), (2635, "A")])
def test_what_only_the_operator_can_fix_concerns_the_operator(codes: Any) -> None:
    assert Publishing().error_of(an_answer(400, error_body(*codes))).concerns_operator


@pytest.mark.parametrize(("minutes", "wait"), [(12, timedelta(minutes=12)), (0, None)])
def test_the_wait_comes_from_the_usage_header(minutes: int, wait: timedelta | None) -> None:
    usage = {"1020": [{"type": "pages", "estimated_time_to_regain_access": minutes}]}
    header = json.dumps(usage)
    error = Publishing().error_of(
        an_answer(400, error_body(32, "Limit"), X_Business_Use_Case_Usage=header)
    )
    assert isinstance(error, RateLimited)
    assert error.retry_after == wait


def test_posting_too_fast_waits_half_an_hour() -> None:
    error = Publishing().error_of(an_answer(400, error_body(1390008, "Fast")))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(minutes=30)
