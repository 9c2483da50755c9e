"""YouTube's errors: for requests, for tokens, and for videos that it had accepted.

Reasons are from developers.google.com/youtube/v3/docs/errors and the reference
of videos as of 2026-11-22. HTTP 403 stands for quota, scope and policy: the reason decides.
"""

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared import clock
from shared.domain.errors import (
    ContentRejected,
    DuplicateRejected,
    ErrorCategory,
    MediaRejected,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    Rejected,
    TokenExpired,
)
from shared.platforms.connecting import client_refused
from shared.platforms.http import Answer
from shared.platforms.wire import mappings, wait_of, words
from shared.platforms.youtube import ABOUT

NO_CHANNEL = (
    "This Google account has no YouTube channel. Create one on youtube.com, then reconnect the "
    "account."
)

SIGN_UP_REQUIRED = "youtubeSignupRequired"

# The limit of a channel is not published, nor is its end: wait for the same hour of the next day.
CHANNEL_LIMIT_WAIT = timedelta(hours=24)

_SCOPES = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
_DAILY_QUOTA = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_RATE = frozenset(
    {
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "tooManyRequests",
        "uploadRateLimitExceeded",
        "RESOURCE_EXHAUSTED",
    }
)
_MEDIA = frozenset({"mediaBodyRequired", "mediaBodyUnsupported", "invalidImage"})
_FORBIDDEN_CHOICES = frozenset({"forbiddenPrivacySetting", "forbiddenLicenseSetting"})

_TAG = re.compile(r"<[^>]*>")


def error_of(answer: Answer) -> PlatformError:
    """The error that a 4xx answer to an API call means."""
    error = answer.fields().get("error")
    if not isinstance(error, dict):
        return _without_envelope(answer)
    reason = _reason(error) or str(answer.status)
    detail = _plain(str(error.get("message") or f"HTTP {answer.status}"))
    details: dict[str, Any] = {"platform_code": reason, "platform_message": detail}
    if reason == SIGN_UP_REQUIRED:
        return Rejected(NO_CHANNEL, category=ErrorCategory.PERMISSION, **details)
    if answer.status == 401:
        return TokenExpired(ABOUT.reconnect, **details)
    limit = _limit(answer, reason, details)
    return limit or _rejection(answer.status, reason, detail, details)


def _reason(error: Mapping[str, Any]) -> str:
    """The older name of the error; else the newer one in `details`, else `status`."""
    for part in ("errors", "details"):
        for entry in mappings(error.get(part)):
            if reason := words(entry.get("reason")):
                return reason
    return words(error.get("status"))


def _plain(message: str) -> str:
    """The message without the links to documentation that YouTube puts into some."""
    return html.unescape(_TAG.sub("", message))


def _without_envelope(answer: Answer) -> PlatformError:
    if answer.status == 401:
        return TokenExpired(ABOUT.reconnect, platform_code="401")
    return PlatformUnavailable(
        f"YouTube answered HTTP {answer.status} without an explanation.",
        platform_code=str(answer.status),
        platform_message=answer.text[:500],
    )


def _limit(answer: Answer, reason: str, details: Mapping[str, Any]) -> PlatformError | None:
    if reason in _DAILY_QUOTA:
        return RateLimited(
            "Soku has used up its quota of YouTube calls for today. The operator can request more "
            "from Google.",
            retry_after=_until_midnight_pacific(),
            concerns_operator=True,
            **details,
        )
    if reason == "uploadLimitExceeded":
        return RateLimited(
            "This YouTube channel has reached its daily upload limit.",
            retry_after=CHANNEL_LIMIT_WAIT,
            **details,
        )
    if reason in _RATE or answer.status == 429:
        return RateLimited(
            "YouTube limits how often Soku may call it. Soku retries automatically.",
            retry_after=_retry_after(answer),
            **details,
        )
    return None


def _until_midnight_pacific() -> timedelta:
    """Daily quotas are reset then (developers.google.com/youtube/v3/determine_quota_cost)."""
    pacific = ZoneInfo("America/Los_Angeles")
    now = clock.now()
    tomorrow = now.astimezone(pacific).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), pacific).astimezone(UTC) - now


def _retry_after(answer: Answer) -> timedelta | None:
    return wait_of(answer.headers.get("Retry-After"))


def _rejection(status: int, reason: str, detail: str, details: Mapping[str, Any]) -> PlatformError:
    if reason == "accessNotConfigured":
        return Rejected(
            "The YouTube Data API is not enabled in Soku's Google Cloud project. The operator must "
            "enable it.",
            category=ErrorCategory.PERMISSION,
            concerns_operator=True,
            **details,
        )
    if reason in _SCOPES:
        return Rejected(
            "Soku does not have permission to upload to this YouTube channel. Reconnect the "
            "account and grant every permission.",
            category=ErrorCategory.PERMISSION,
            **details,
        )
    if reason in _MEDIA:
        return MediaRejected(f"YouTube cannot use the video: {detail}", **details)
    if status == 403 and reason not in _FORBIDDEN_CHOICES:
        message = f"YouTube does not allow this for the channel: {detail}"
        return Rejected(message, category=ErrorCategory.PERMISSION, **details)
    message = f"YouTube refused the post: {detail}"
    if status in (400, 403, 404):
        return Rejected(message, category=ErrorCategory.VALIDATION, **details)
    return Rejected(message, **details)


# Some of these reasons are not documented (unverified).
_OF_COMMENTS = {
    **dict.fromkeys(
        ("commentNotFound", "parentCommentNotFound", "videoNotFound"),
        "The comment does not exist on YouTube any more.",
    ),
    **dict.fromkeys(
        ("operationNotSupported", "parentCommentIsPrivate"),
        "YouTube does not let this channel answer the comment.",
    ),
    **dict.fromkeys(
        _SCOPES,
        "Soku does not have permission to answer comments for this YouTube channel. Reconnect the "
        "account and grant every permission.",
    ),
    "commentsDisabled": "Comments are turned off for this video.",
    "commentTextRequired": "A reply on YouTube needs text.",
    "commentTextTooLong": "The reply is too long for YouTube. Shorten it.",
    "ineligibleAccount": "YouTube does not let this channel write comments.",
}


def comment_error_of(answer: Answer) -> PlatformError:
    """As `error_of`, for a call about comments."""
    error = error_of(answer)
    if type(error) is not Rejected or error.concerns_operator:
        return error
    message = _OF_COMMENTS.get(error.platform_code or "")
    if message is None and error.category is not ErrorCategory.PERMISSION:
        message = f"YouTube refused this: {error.platform_message}"
    return Rejected(
        message or error.message,
        category=error.category,
        platform_code=error.platform_code,
        platform_message=error.platform_message,
    )


def refresh_error_of(answer: Answer) -> PlatformError:
    """The error that a 4xx answer of the token endpoint means."""
    body = answer.fields()
    code = str(body.get("error", answer.status))
    details: dict[str, Any] = {
        "platform_code": code,
        "platform_message": str(body.get("error_description", "")),
    }
    if code == "invalid_grant":
        return ReconnectRequired(ABOUT.reconnect, **details)
    if code in ("invalid_client", "unauthorized_client"):
        return client_refused(ABOUT, **details)
    if answer.status == 429:
        return RateLimited(
            "Google limits how often Soku may ask for tokens.",
            retry_after=_retry_after(answer),
            **details,
        )
    return PlatformUnavailable(f"Google returned no token: HTTP {answer.status}.", **details)


_FAILURES = {
    "conversion": "it could not be converted",
    "invalidFile": "the file is not a video that YouTube can read",
    "emptyFile": "the file is empty",
    "tooSmall": "the file is too small",
    "codec": "the codec is not supported",
    "uploadAborted": "the upload was interrupted",
}


def failure(reason: str) -> PlatformError:
    """The error for a video that YouTube accepted but could not process."""
    why = _FAILURES.get(reason, reason)
    message = (
        f"YouTube could not process the video: {why}. Export it again as MP4 with H.264, then "
        "retry."
    )
    return MediaRejected(message, platform_code=reason)


def rejection(reason: str) -> PlatformError:
    """The error for a video that YouTube accepted and then rejected."""
    match reason:
        case "duplicate":
            return DuplicateRejected(
                "YouTube rejected the video as a duplicate of an earlier one on this channel.",
                platform_code=reason,
            )
        case "length":
            return MediaRejected(
                "YouTube rejected the video because of its length. A channel that is not verified "
                "can upload up to 15 minutes. Verify it at youtube.com/verify, then retry.",
                platform_code=reason,
            )
        case "uploaderAccountSuspended" | "uploaderAccountClosed":
            return Rejected(
                "YouTube has suspended or closed this channel.",
                category=ErrorCategory.PERMISSION,
                platform_code=reason,
            )
    return ContentRejected(
        f"YouTube rejected the video ({reason}). See YouTube Studio for details.",
        platform_code=reason,
    )
