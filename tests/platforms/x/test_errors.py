"""Every known refusal of X: its category, and the message that tells the user what to do."""

from datetime import timedelta
from typing import Any

import pytest

from shared import clock
from shared.domain.errors import (
    ErrorCategory,
    PlatformError,
    RateLimited,
)
from shared.platforms.x.errors import error_of
from tests.platforms.examples import an_answer
from tests.platforms.x.refusals import (
    BODIES,
    PROBLEMS,
    flat,
)


@pytest.mark.parametrize(("status", "body", "kind", "category", "piece"), BODIES)
def test_a_refusal_has_its_category_and_says_what_to_do(
    status: int, body: Any, kind: type[PlatformError], category: ErrorCategory, piece: str
) -> None:
    error = error_of(an_answer(status, body))
    assert type(error) is kind
    assert error.category is category
    assert piece in error.message
    assert error.platform_code


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (flat(403, "Forbidden", "No.", f"{PROBLEMS}/user-suspended"), "user-suspended", "No."),
        (flat(403, "Forbidden", "No."), "403", "No."),
        ({"errors": [{"code": 226, "message": "Robot."}]}, "226", "Robot."),
        ({"error": "invalid", "error_description": "No."}, "403", "No."),
        ({"title": "Forbidden"}, "403", "Forbidden"),
        ({"errors": ["odd"], "detail": "No."}, "403", "No."),
        ("<html>", "403", "HTTP 403"),
    ],
)
def test_all_shapes_of_error_body_are_read(body: Any, code: str, message: str) -> None:
    error = error_of(an_answer(403, body))
    assert (error.platform_code, error.platform_message) == (code, message)


def _wait(**headers: str) -> timedelta | None:
    answer = an_answer(429, flat(429, "Too Many Requests", "Too Many Requests"), **headers)
    error = error_of(answer)
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
    error = error_of(an_answer(429, capped, x_rate_limit_reset=_in(7)))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(days=1)
    error = error_of(an_answer(402, flat(402, "Payment Required", "credits depleted")))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(hours=1)
