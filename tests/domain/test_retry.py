"""What follows from each failure of a step."""

from datetime import timedelta

import pytest

from shared.domain import retry
from shared.domain.errors import (
    ContentRejected,
    DuplicateRejected,
    ErrorCategory,
    MediaRejected,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReadRefused,
    ReconnectRequired,
    Rejected,
    TokenExpired,
)
from tests.domain.examples import NOW, a_run

WAITS = [5, 30, 120, 600, 1800, 7200]  # seconds


def _limited(after: timedelta | None) -> RateLimited:
    return RateLimited("Slow down.", retry_after=after, platform_code="429")


@pytest.mark.parametrize("failure", [PlatformUnavailable("Away."), _limited(None)])
@pytest.mark.parametrize(("failures", "seconds"), list(enumerate(WAITS)))
def test_passing_failures_are_retried_after_longer_and_longer_waits(
    failure: PlatformError, failures: int, seconds: int
) -> None:
    decision = retry.after(failure, a_run(failures=failures), NOW)
    assert isinstance(decision, retry.Again)
    assert decision.at == NOW + timedelta(seconds=seconds)
    assert decision.error.retryable


@pytest.mark.parametrize("failure", [PlatformUnavailable("Away."), _limited(None)])
@pytest.mark.parametrize("failures", [6, 7, 50])
def test_after_six_waits_the_run_fails_and_can_be_retried(
    failure: PlatformError, failures: int
) -> None:
    decision = retry.after(failure, a_run(failures=failures), NOW)
    assert isinstance(decision, retry.GiveUp)
    assert decision.error.retryable
    assert decision.error.category is failure.category
    assert not decision.disconnects


@pytest.mark.parametrize("wait", [timedelta(seconds=1), timedelta(minutes=15), timedelta(hours=6)])
def test_a_wait_of_the_platform_is_respected_up_to_six_hours(wait: timedelta) -> None:
    decision = retry.after(_limited(wait), a_run(), NOW)
    assert isinstance(decision, retry.Again)
    assert decision.at == NOW + wait
    assert decision.error.category is ErrorCategory.RATE_LIMITED


def test_a_longer_wait_fails_the_run_and_gives_the_time() -> None:
    decision = retry.after(_limited(timedelta(hours=6, seconds=1)), a_run(), NOW)
    assert isinstance(decision, retry.GiveUp)
    assert decision.error.retryable
    assert decision.error.message == "Slow down. It can be retried after 2030-03-01 18:00 UTC."
    assert decision.error.platform_code == "429"


@pytest.mark.parametrize("failures", [0, 3, 6, 9])
def test_a_lost_outcome_is_looked_up_and_never_repeated(failures: int) -> None:
    failure = OutcomeUnknown("Lost.")
    decision = retry.after(failure, a_run(failures=failures, visible_attempts=1), NOW)
    assert isinstance(decision, retry.LookUp)
    assert not decision.error.retryable


def test_a_duplicate_of_an_older_post_fails_and_one_of_our_own_lost_try_is_looked_up() -> None:
    failure = DuplicateRejected("Again.")
    first = retry.after(failure, a_run(visible_attempts=1), NOW)
    assert isinstance(first, retry.GiveUp)
    assert first.error.category is ErrorCategory.DUPLICATE
    assert not first.error.retryable
    assert isinstance(retry.after(failure, a_run(visible_attempts=2), NOW), retry.LookUp)


def test_an_expired_token_is_refreshed_once_and_then_the_account_is_disconnected() -> None:
    failure = TokenExpired("Expired.")
    assert retry.may_renew_token(a_run())
    assert not retry.may_renew_token(a_run(token_refreshes=1))
    again = retry.after(failure, a_run(token_refreshes=1), NOW)
    assert isinstance(again, retry.GiveUp)
    assert again.disconnects
    assert again.error.retryable
    assert again.error.category is ErrorCategory.AUTH_EXPIRED


def test_an_authorization_that_ended_disconnects_at_once() -> None:
    decision = retry.after(ReconnectRequired("Ended."), a_run(), NOW)
    assert isinstance(decision, retry.GiveUp)
    assert decision.disconnects
    assert decision.error.retryable


@pytest.mark.parametrize(
    ("failure", "category"),
    [
        (Rejected("No."), ErrorCategory.UNKNOWN),
        (Rejected("No.", category=ErrorCategory.VALIDATION), ErrorCategory.VALIDATION),
        (Rejected("No.", category=ErrorCategory.PERMISSION), ErrorCategory.PERMISSION),
        (ContentRejected("No."), ErrorCategory.CONTENT_POLICY),
        (MediaRejected("No."), ErrorCategory.MEDIA_ERROR),
        (PlatformError("No."), ErrorCategory.UNKNOWN),
    ],
)
@pytest.mark.parametrize("failures", [0, 6])
def test_a_refusal_of_the_post_is_final(
    failure: PlatformError, category: ErrorCategory, failures: int
) -> None:
    decision = retry.after(failure, a_run(failures=failures, visible_attempts=3), NOW)
    assert isinstance(decision, retry.GiveUp)
    assert not decision.error.retryable
    assert not decision.disconnects
    assert decision.error.category is category
    assert decision.error.code == category.value


def test_the_error_keeps_what_the_platform_returned() -> None:
    failure = Rejected("Fix it.", platform_code="invalid", platform_message="too long")
    decision = retry.after(failure, a_run(), NOW)
    assert isinstance(decision, retry.GiveUp)
    assert decision.error.message == "Fix it."
    assert decision.error.platform_code == "invalid"
    assert decision.error.platform_message == "too long"


REFUSED_READ = ReadRefused("Not allowed to read.", category=ErrorCategory.PERMISSION)


@pytest.mark.parametrize(("failures", "seconds"), list(enumerate(WAITS)))
def test_a_refused_read_is_repeated_as_it_says_nothing_about_the_post(
    failures: int, seconds: int
) -> None:
    for sent_at in (None, NOW):
        decision = retry.after(REFUSED_READ, a_run(failures=failures, sent_at=sent_at), NOW)
        assert isinstance(decision, retry.Again)
        assert decision.at == NOW + timedelta(seconds=seconds)


def test_in_the_end_a_refused_read_leaves_a_sent_post_unconfirmed_and_fails_any_other() -> None:
    failed = retry.after(REFUSED_READ, a_run(failures=6), NOW)
    assert isinstance(failed, retry.GiveUp)
    assert (failed.error.retryable, failed.disconnects) == (True, False)
    assert failed.error.category is ErrorCategory.PERMISSION
    assert isinstance(retry.after(REFUSED_READ, a_run(failures=6, sent_at=NOW), NOW), retry.LookUp)


@pytest.mark.parametrize(
    "failure",
    [PlatformError("?"), PlatformUnavailable("Away."), _limited(timedelta(days=2)), REFUSED_READ],
)
def test_only_the_platforms_word_about_the_post_fails_one_that_was_sent(
    failure: PlatformError,
) -> None:
    sent = a_run(failures=6, sent_at=NOW)
    assert isinstance(retry.after(failure, sent, NOW), retry.LookUp)
    assert isinstance(retry.after(Rejected("Its processing failed."), sent, NOW), retry.GiveUp)


@pytest.mark.parametrize("wait", [timedelta(days=367), timedelta(seconds=10**13), timedelta.max])
def test_a_wait_is_at_most_30_days(wait: timedelta) -> None:
    decision = retry.after(_limited(wait), a_run(), NOW)
    assert isinstance(decision, retry.GiveUp)
    day = f"{NOW + timedelta(days=30):%Y-%m-%d}"
    assert decision.error.message.startswith(f"Slow down. It can be retried after {day}")


def test_a_wait_into_the_past_is_none() -> None:
    decision = retry.after(_limited(timedelta(seconds=-5)), a_run(), NOW)
    assert isinstance(decision, retry.Again)
    assert decision.at > NOW
