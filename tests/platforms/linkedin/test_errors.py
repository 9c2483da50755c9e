"""LinkedIn's errors: how long to wait, who must act, and what is recorded.

Their types and categories are in the contract (`contract.py`).
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared import clock
from shared.domain.errors import RateLimited
from shared.platforms.linkedin.errors import error_of
from tests.platforms.contract import Refusal
from tests.platforms.examples import an_answer
from tests.platforms.linkedin.contract import CONTRACT


@pytest.mark.parametrize("refusal", CONTRACT.refusals, ids=lambda refusal: refusal.name)
def test_a_refusal_has_its_type_and_category(refusal: Refusal) -> None:
    body = refusal.body if isinstance(refusal.body, str) else dict(refusal.body)
    error = error_of(an_answer(refusal.status, body))
    assert type(error) is refusal.error
    assert error.category is refusal.category
    assert error.platform_code


@pytest.mark.parametrize(
    ("now", "wait"),
    [
        (datetime(2026, 11, 22, 23, 59, 30, tzinfo=UTC), timedelta(seconds=30)),
        (datetime(2026, 12, 31, 0, 0, tzinfo=UTC), timedelta(days=1)),
    ],
)
@pytest.mark.parametrize(("whose", "operator"), [("MEMBER DAY", False), ("APPLICATION DAY", True)])
def test_a_daily_limit_ends_at_midnight_utc(
    monkeypatch: pytest.MonkeyPatch, now: datetime, wait: timedelta, whose: str, operator: bool
) -> None:
    body = {"status": 429, "message": f"Resource level throttle {whose} limit is reached."}
    answer = an_answer(429, body)
    monkeypatch.setattr(clock, "now", lambda: now)
    error = error_of(answer)
    assert isinstance(error, RateLimited)
    assert (error.retry_after, error.concerns_operator) == (wait, operator)


def test_a_limit_without_a_reason_has_no_known_end() -> None:
    error = error_of(an_answer(429, {"status": 429, "message": "Too many requests"}))
    assert isinstance(error, RateLimited)
    assert error.retry_after is None


@pytest.mark.parametrize(
    ("status", "code"),
    [(426, "NONEXISTENT_VERSION"), (400, "VERSION_MISSING"), (401, "EMPTY_ACCESS_TOKEN")],
)
def test_an_error_that_only_an_update_of_soku_fixes_concerns_the_operator(
    status: int, code: str
) -> None:
    error = error_of(an_answer(status, {"status": status, "code": code, "message": "No"}))
    assert error.concerns_operator
    assert "operator" in error.message


CODES: list[tuple[dict[str, Any], str]] = [
    ({"errorDetails": {"inputErrors": [{"code": "INNER"}]}, "code": "OUTER"}, "INNER"),
    ({"errorDetails": {"inputErrors": []}, "code": "OUTER", "serviceErrorCode": 7}, "OUTER"),
    ({"errorDetails": "odd", "serviceErrorCode": 7}, "7"),
    ({"errorDetails": {"inputErrors": ["odd"]}, "message": "No"}, "422"),
]


@pytest.mark.parametrize(("body", "code"), CODES)
def test_the_most_specific_code_is_recorded(body: dict[str, Any], code: str) -> None:
    assert error_of(an_answer(422, body)).platform_code == code


def test_the_message_of_linkedin_is_recorded_and_shown() -> None:
    error = error_of(an_answer(422, {"status": 422, "message": "Text is bad"}))
    assert error.platform_message == "Text is bad"
    assert "Text is bad" in error.message
