"""Snapchat's errors: how long to wait, what the user is told, and what is recorded."""

from datetime import timedelta
from typing import Any

import pytest

from shared.domain.errors import ErrorCategory, PlatformError, RateLimited, Rejected
from shared.platforms.snapchat.errors import accepted, error_of
from tests.platforms.examples import an_answer
from tests.platforms.snapchat.contract import with_code, with_message


@pytest.mark.parametrize(("headers", "wait"), [({}, None), ({"Retry-After": "7"}, 7)])
def test_the_wait_is_the_one_that_snapchat_names(headers: dict[str, str], wait: int | None) -> None:
    error = error_of(an_answer(429, "Too many requests", **headers))
    assert isinstance(error, RateLimited)
    assert error.retry_after == (timedelta(seconds=wait) if wait else None)


def test_the_code_and_the_message_for_people_are_recorded() -> None:
    body = {**with_code("E1001"), "display_message": "This does not work."}
    error = error_of(an_answer(400, body))
    assert error.platform_code == "E1001"
    assert "This does not work." in error.message
    assert error.platform_message == "This does not work."


@pytest.mark.parametrize(
    "body", [{}, {"id": "1"}, {"request_status": "PARTIAL"}, {"request_status": None}, "<html>"]
)
def test_a_2xx_without_success_is_an_error(body: Any) -> None:
    with pytest.raises(PlatformError):
        accepted(an_answer(200, body))


@pytest.mark.parametrize(
    "words", ["The operation failed", "Bad information", "Not entitled", "Media already finalized"]
)
def test_a_keyword_inside_another_word_does_not_count(words: str) -> None:
    error = error_of(an_answer(400, with_message(words)))
    assert type(error) is Rejected
    assert error.category is ErrorCategory.UNKNOWN


def test_success_is_read_in_upper_and_lower_case() -> None:
    for status in ("SUCCESS", "success", "Success"):
        assert accepted(an_answer(200, {"request_status": status}))
