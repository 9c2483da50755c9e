"""Every refusal that X is known for: its category, and what the person is told to do."""

from datetime import timedelta
from typing import Any

import pytest

from shared import clock
from shared.domain.errors import (
    ContentRejected,
    DuplicateRejected,
    ErrorCategory,
    MediaRejected,
    PlatformError,
    RateLimited,
    Rejected,
    TokenExpired,
)
from shared.platforms.x.publishing import X
from tests.platforms.contract import Refusal
from tests.platforms.examples import an_answer

C = ErrorCategory
PROBLEMS = "https://api.twitter.com/2/problems"
NEWER_PROBLEMS = "https://api.x.com/2/problems"
OLD = f"{PROBLEMS}/"


def _flat(status: int, title: str, detail: str, kind: str = "about:blank") -> dict[str, Any]:
    return {"title": title, "detail": detail, "type": kind, "status": status}


def _forbidden(detail: str) -> dict[str, Any]:
    return _flat(403, "Forbidden", detail)


def _invalid(message: str) -> dict[str, Any]:
    return {
        "errors": [{"parameters": {"text": ["…"]}, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": f"{PROBLEMS}/invalid-request",
    }


# (HTTP status, body, class, category, a piece of the message)
BODIES: list[tuple[int, Any, type[PlatformError], ErrorCategory, str]] = [
    (401, _flat(401, "Unauthorized", "Unauthorized"), TokenExpired, C.AUTH_EXPIRED, "Reconnect"),
    (401, "", TokenExpired, C.AUTH_EXPIRED, "Reconnect"),
    (
        403,
        _flat(403, "Unsupported", "App-only.", OLD + "unsupported-authentication"),
        Rejected,
        C.PERMISSION,
        "App-only.",
    ),
    (
        403,
        _flat(403, "Forbidden", "Not permitted.", f"{NEWER_PROBLEMS}/oauth1-permissions"),
        Rejected,
        C.PERMISSION,
        "does not allow this account",
    ),
    (
        403,
        {
            "reason": "client-not-enrolled",
            **_flat(403, "Client Forbidden", "Enroll.", OLD + "client-forbidden"),
        },
        Rejected,
        C.PERMISSION,
        "Enroll.",
    ),
    (
        403,
        _flat(403, "Forbidden", "User has been locked.", f"{PROBLEMS}/user-suspended"),
        Rejected,
        C.PERMISSION,
        "the account is suspended",
    ),
    (403, _forbidden("Your account is suspended."), Rejected, C.PERMISSION, "is suspended"),
    (
        403,
        _forbidden("You are not allowed to create a Tweet with duplicate content."),
        DuplicateRejected,
        C.DUPLICATE,
        "Change the text",
    ),
    (
        403,
        _forbidden("Reply to this conversation is not allowed."),
        Rejected,
        C.PERMISSION,
        "Reply to this conversation",
    ),
    (
        403,
        _forbidden("You are not permitted to perform this action."),
        Rejected,
        C.PERMISSION,
        "not permitted",
    ),
    (403, _forbidden("Your Tweet text is too long."), Rejected, C.VALIDATION, "too long"),
    (400, _invalid("Your Tweet text is too long."), Rejected, C.VALIDATION, "too long"),
    (
        403,
        _forbidden("Posts are limited to a maximum of one cashtag."),
        Rejected,
        C.VALIDATION,
        "one cashtag",
    ),
    (403, _forbidden("Tweet contains an invalid URL."), Rejected, C.VALIDATION, "invalid URL"),
    (
        403,
        _forbidden("This user is not allowed to post a video longer than 2 minutes"),
        MediaRejected,
        C.MEDIA_ERROR,
        "2 minutes",
    ),
    (400, _invalid("Your media IDs are invalid."), MediaRejected, C.MEDIA_ERROR, "media IDs"),
    (400, _invalid("$.foo: is not defined in the schema"), Rejected, C.VALIDATION, "$.foo"),
    (
        404,
        {
            "title": "Not Found Error",
            "detail": "Could not find tweet.",
            "type": f"{NEWER_PROBLEMS}/resource-not-found",
        },
        Rejected,
        C.VALIDATION,
        "Could not find tweet.",
    ),
    (
        429,
        _flat(429, "Too Many Requests", "Too Many Requests"),
        RateLimited,
        C.RATE_LIMITED,
        "by itself",
    ),
    (
        429,
        {"errors": [{"code": 88, "message": "Rate limit exceeded"}]},
        RateLimited,
        C.RATE_LIMITED,
        "by itself",
    ),
    (
        429,
        {
            "title": "UsageCapExceeded",
            "detail": "Usage cap exceeded: Monthly product cap",
            "type": f"{PROBLEMS}/usage-capped",
            "period": "Monthly",
            "scope": "Product",
        },
        RateLimited,
        C.RATE_LIMITED,
        "the operator must raise it",
    ),
    (
        402,
        {
            "account_id": 123,
            "title": "CreditsDepleted",
            "detail": "Your enrolled account [123] does not have any credits.",
            "type": f"{PROBLEMS}/credits",
        },
        RateLimited,
        C.RATE_LIMITED,
        "the operator must add some",
    ),
    (
        402,
        _flat(402, "Payment Required", "credits depleted", f"{NEWER_PROBLEMS}/credits-depleted"),
        RateLimited,
        C.RATE_LIMITED,
        "the operator must add some",
    ),
    (
        403,
        {"errors": [{"code": 226, "message": "This request looks like it might be automated."}]},
        ContentRejected,
        C.CONTENT_POLICY,
        "might be automated",
    ),
    (
        403,
        _forbidden("It violates our rules."),
        ContentRejected,
        C.CONTENT_POLICY,
        "rules",
    ),
    (
        403,
        _forbidden("Withheld by law."),
        ContentRejected,
        C.CONTENT_POLICY,
        "Withheld",
    ),
    (418, "<html>teapot</html>", Rejected, C.UNKNOWN, "HTTP 418"),
    (307, "", Rejected, C.UNKNOWN, "HTTP 307"),
]


REFUSALS = [
    Refusal(f"{number}, HTTP {status}", status, body, kind, category)
    for number, (status, body, kind, category, _) in enumerate(BODIES)
]


@pytest.mark.parametrize(("status", "body", "kind", "category", "piece"), BODIES)
def test_a_refusal_has_its_category_and_says_what_to_do(
    status: int, body: Any, kind: type[PlatformError], category: ErrorCategory, piece: str
) -> None:
    error = X().error_of(an_answer(status, body))
    assert type(error) is kind
    assert error.category is category
    assert piece in error.message
    assert error.platform_code


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (_flat(403, "Forbidden", "No.", f"{PROBLEMS}/user-suspended"), "user-suspended", "No."),
        (_flat(403, "Forbidden", "No."), "403", "No."),
        ({"errors": [{"code": 226, "message": "Robot."}]}, "226", "Robot."),
        ({"error": "invalid", "error_description": "No."}, "403", "No."),
        ({"title": "Forbidden"}, "403", "Forbidden"),
        ({"errors": ["odd"], "detail": "No."}, "403", "No."),
        ("<html>", "403", "HTTP 403"),
    ],
)
def test_all_shapes_of_error_body_are_read(body: Any, code: str, message: str) -> None:
    error = X().error_of(an_answer(403, body))
    assert (error.platform_code, error.platform_message) == (code, message)


def _wait(**headers: str) -> timedelta | None:
    answer = an_answer(429, _flat(429, "Too Many Requests", "Too Many Requests"), **headers)
    error = X().error_of(answer)
    assert isinstance(error, RateLimited)
    return error.retry_after


def _in(minutes: int) -> str:
    return str(int((clock.now() + timedelta(minutes=minutes)).timestamp()))


@pytest.mark.parametrize(
    ("resets", "remaining", "minutes"),
    [
        ({"x_rate_limit": 7}, {"x_rate_limit": 0}, 7),
        # Calls are left in this window: the empty bucket is the one of 24 hours.
        (
            {"x_rate_limit": 7, "x_user_limit_24hour": 300, "x_app_limit_24hour": 900},
            {"x_rate_limit": 12, "x_user_limit_24hour": 0, "x_app_limit_24hour": 5},
            300,
        ),
        (
            {"x_rate_limit": 7, "x_app_limit_24hour": 60},
            {"x_rate_limit": 0, "x_app_limit_24hour": 0},
            60,
        ),
        ({"x_rate_limit": 7}, {"x_rate_limit": 12}, 7),
        ({}, {}, 15),
    ],
)
def test_the_wait_is_that_of_the_latest_empty_bucket(
    resets: dict[str, int], remaining: dict[str, int], minutes: int
) -> None:
    headers = {f"{bucket}_reset": _in(reset) for bucket, reset in resets.items()}
    wait = _wait(**headers, **{f"{bucket}_remaining": str(n) for bucket, n in remaining.items()})
    assert wait is not None
    assert abs(wait - timedelta(minutes=minutes)) < timedelta(seconds=20)


def test_without_a_readable_reset_the_wait_is_a_whole_window() -> None:
    assert _wait(x_rate_limit_reset="soon") == timedelta(minutes=15)


def test_a_reset_that_has_passed_still_waits_a_moment() -> None:
    assert _wait(x_rate_limit_reset=_in(-5), x_rate_limit_remaining="0") == timedelta(seconds=1)


def test_what_is_our_own_apps_fault_waits_longer() -> None:
    capped = {"type": f"{PROBLEMS}/usage-capped", "title": "UsageCapExceeded"}
    error = X().error_of(an_answer(429, capped, x_rate_limit_reset=_in(7)))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(days=1)
    error = X().error_of(an_answer(402, _flat(402, "Payment Required", "credits depleted")))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(hours=1)
