"""What TikTok reports about a publication: after an upload, and after a lost answer."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import responses

from shared import clock
from shared.domain.errors import (
    ContentRejected,
    ErrorCategory,
    MediaRejected,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReadRefused,
    Rejected,
    TokenExpired,
)
from shared.domain.reconciliation import Handle, Sighting
from shared.platforms.base import Pending, Post, Published
from shared.platforms.tiktok.checkpoint import Checkpoint
from shared.platforms.tiktok.publishing import CHECK
from tests.platforms.examples import a_turn, http_to
from tests.platforms.tiktok.steps import CHUNK, PLATFORM
from tests.platforms.tiktok.uploading import (
    LAST,
    SENT,
    SIZE,
    STARTED,
    STATUS,
    URL,
    recorded,
    status_answer,
)


def _check(film: Post, checkpoint: Checkpoint = SENT, **state: Any) -> Published | Pending:
    return recorded(CHECK, checkpoint, film, status_answer(**state))


@pytest.mark.parametrize("found", [[7], ["7"], 7, "7"])
def test_a_complete_post_is_named_in_every_form(film: Post, found: Any) -> None:
    result = _check(film, status="PUBLISH_COMPLETE", publicaly_available_post_id=found)
    assert result == Published("7", "https://www.tiktok.com/@ann/video/7")


def test_processing_is_polled_at_growing_distances_and_then_left_to_look_ups(film: Post) -> None:
    checkpoint = SENT
    waits = []
    with pytest.raises(OutcomeUnknown, match="10 minutes"):
        while True:
            result = _check(film, checkpoint, status="PROCESSING_UPLOAD", uploaded_bytes=SIZE)
            assert isinstance(result, Pending)
            assert result.sent
            waits.append(result.poll_after.total_seconds())
            checkpoint = result.checkpoint
    assert waits == [5] * 12 + [20] * 27


C = ErrorCategory
FAILURES: list[tuple[str, type[PlatformError], ErrorCategory]] = [
    ("file_format_check_failed", MediaRejected, C.MEDIA_ERROR),
    ("duration_check_failed", MediaRejected, C.MEDIA_ERROR),
    ("frame_rate_check_failed", MediaRejected, C.MEDIA_ERROR),
    ("picture_size_check_failed", MediaRejected, C.MEDIA_ERROR),
    ("video_pull_failed", MediaRejected, C.MEDIA_ERROR),
    ("publish_cancelled", Rejected, C.UNKNOWN),
    ("auth_removed", Rejected, C.AUTH_EXPIRED),
    ("spam_risk_too_many_posts", Rejected, C.RATE_LIMITED),
    ("spam_risk_user_banned_from_posting", Rejected, C.PERMISSION),
    ("spam_risk_text", ContentRejected, C.CONTENT_POLICY),
    ("spam_risk", ContentRejected, C.CONTENT_POLICY),
    ("something_new", Rejected, C.UNKNOWN),
]


@pytest.mark.parametrize(("reason", "error", "category"), FAILURES)
def test_a_failed_post_is_refused_for_its_reason(
    film: Post, reason: str, error: type[PlatformError], category: ErrorCategory
) -> None:
    with pytest.raises(error) as failure:
        _check(film, status="FAILED", fail_reason=reason)
    assert type(failure.value) is error
    assert (failure.value.category, failure.value.platform_code) == (category, reason)


@pytest.mark.parametrize(
    ("reason", "category"),
    [("internal", C.PLATFORM_UNAVAILABLE), ("photo_pull_failed", C.MEDIA_ERROR)],
)
def test_a_passing_failure_starts_over_twice(
    film: Post, reason: str, category: ErrorCategory
) -> None:
    for tries in (1, 2):
        result = _check(film, replace(SENT, tries=tries), status="FAILED", fail_reason=reason)
        assert result == Pending(Checkpoint(tries=tries), timedelta(seconds=10))
    with pytest.raises(Rejected) as failure:
        _check(film, replace(SENT, tries=3), status="FAILED", fail_reason=reason)
    assert failure.value.category is category


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "invalid_publish_id", ReadRefused),
        (401, "scope_not_authorized", ReadRefused),
        (401, "access_token_invalid", TokenExpired),
        (429, "rate_limit_exceeded", RateLimited),
        (200, "internal_error", PlatformUnavailable),
        (500, "internal_error", PlatformUnavailable),
    ],
)
def test_a_refused_question_says_nothing_of_the_post(
    film: Post, status: int, code: str, error: type[PlatformError]
) -> None:
    body = {"status": status, "json": {"error": {"code": code, "message": "No"}}}
    with pytest.raises(error) as failure:
        recorded(CHECK, SENT, film, ("POST", STATUS, body))
    assert type(failure.value) is error


def _look(film: Post, checkpoint: Checkpoint, **state: Any) -> Sighting:
    since = clock.now() - timedelta(minutes=1)
    with responses.RequestsMock() as answered:
        method, url, answer = status_answer(**state)
        answered.add(method, url, **answer)
        return PLATFORM.look_up(a_turn(film, http_to(URL), checkpoint), since)


def test_a_lost_last_chunk_is_found_by_its_publish_id(film: Post) -> None:
    named = _look(film, LAST, status="PUBLISH_COMPLETE", publicaly_available_post_id=[7]).made
    assert named
    assert (named.platform_post_id, named.permalink) == ("7", "https://www.tiktok.com/@ann/video/7")
    unnamed = _look(film, LAST, status="PUBLISH_COMPLETE").made
    assert unnamed
    assert (unnamed.platform_post_id, unnamed.permalink) == (STARTED.publish_id, None)


def test_an_incomplete_upload_goes_on_and_a_failed_one_is_asked_for_its_reason(film: Post) -> None:
    incomplete = _look(film, LAST, status="PROCESSING_UPLOAD", uploaded_bytes=CHUNK)
    going_on = replace(LAST, offset=CHUNK)
    assert incomplete == Sighting(handle=Handle.NOT_PUBLISHED, checkpoint=going_on)
    failed = _look(film, LAST, status="FAILED", fail_reason="spam_risk")
    assert failed == Sighting(handle=Handle.NOT_PUBLISHED, checkpoint=SENT)
    assert PLATFORM.next_step(film.content, SENT) is CHECK


@pytest.mark.parametrize(
    ("checkpoint", "state"),
    [
        (LAST, {"uploaded_bytes": SIZE}),
        (LAST, {}),
        # It had said before that it has all of it.
        (SENT, {"uploaded_bytes": CHUNK}),
    ],
)
def test_an_upload_that_may_be_whole_proves_nothing(
    film: Post, checkpoint: Checkpoint, state: dict[str, Any]
) -> None:
    assert _look(film, checkpoint, status="PROCESSING_UPLOAD", **state) == Sighting()
