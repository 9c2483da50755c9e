"""Every known error of Threads: its category, and what the message tells the user to do."""

import json
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.errors import ErrorCategory, PlatformError, RateLimited
from shared.platforms.threads.publishing import Publishing
from tests.platforms.examples import an_answer
from tests.platforms.threads.contract import BODIES, error_body


@pytest.mark.parametrize(("status", "body", "kind", "category", "piece"), BODIES)
def test_an_error_has_its_category_and_tells_the_user_what_to_do(
    status: int, body: Any, kind: type[PlatformError], category: ErrorCategory, piece: str
) -> None:
    error = Publishing().error_of(an_answer(status, body))
    assert type(error) is kind
    assert error.category is category
    assert piece in error.message
    assert error.platform_code


def test_the_code_and_the_message_for_the_user_are_kept() -> None:
    body = error_body(100, "Bad", 33, error_user_msg="The media cannot be found.")
    error = Publishing().error_of(an_answer(400, body))
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
def test_the_wait_comes_from_the_usage_header(header: str, wait: timedelta | None) -> None:
    limited = error_body(4, "Limit")
    error = Publishing().error_of(an_answer(400, limited, X_Business_Use_Case_Usage=header))
    assert isinstance(error, RateLimited)
    assert error.retry_after == wait


def test_without_the_header_no_time_is_named() -> None:
    error = Publishing().error_of(an_answer(400, error_body(4, "Limit")))
    assert isinstance(error, RateLimited)
    assert error.retry_after is None
