"""What YouTube's refusals mean: of a request, of a token, and of a video that it had taken.

Reasons are from developers.google.com/youtube/v3/docs/errors and the reference
of videos as of 2026-11-22. HTTP 403 is quota, scope and policy: the reason decides.
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
from shared.platforms.base import client_refused
from shared.platforms.http import Answer

RECONNECT = "The authorization of this YouTube channel has ended. Reconnect it, then retry."
NO_CHANNEL = (
    "This Google account has no YouTube channel. Create one on youtube.com, then reconnect it."
)

# A channel's own limit is not published, nor when it ends: the same hour of the next day.
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


def refusal(answer: Answer) -> PlatformError:
    """The error that a 4xx answer to an API call means."""
    error = answer.fields().get("error")
    if not isinstance(error, dict):
        return _without_envelope(answer)
    reason = _reason(error) or str(answer.status)
    detail = _plain(str(error.get("message") or f"HTTP {answer.status}"))
    said: dict[str, Any] = {"platform_code": reason, "platform_message": detail}
    if reason == "youtubeSignupRequired":
        return Rejected(NO_CHANNEL, category=ErrorCategory.PERMISSION, **said)
    if answer.status == 401:
        return TokenExpired(RECONNECT, **said)
    limit = _limit(answer, reason, said)
    return limit or _rejection(answer.status, reason, detail, said)


def _reason(error: Mapping[str, Any]) -> str:
    """The older name of the fault; else the newer one in `details`, else `status`."""
    for part in ("errors", "details"):
        for entry in error.get(part) or []:
            if isinstance(entry, dict) and entry.get("reason"):
                return str(entry["reason"])
    return str(error.get("status") or "")


def _plain(message: str) -> str:
    """YouTube links its documentation in some messages."""
    return html.unescape(_TAG.sub("", message))


def _without_envelope(answer: Answer) -> PlatformError:
    if answer.status == 401:
        return TokenExpired(RECONNECT, platform_code="401")
    return PlatformUnavailable(
        f"YouTube answered HTTP {answer.status} without an explanation.",
        platform_code=str(answer.status),
        platform_message=answer.text[:500],
    )


def _limit(answer: Answer, reason: str, said: Mapping[str, Any]) -> PlatformError | None:
    if reason in _DAILY_QUOTA:
        return RateLimited(
            "Soku's quota of YouTube calls is used up for today; the operator can ask Google for "
            "more.",
            retry_after=_until_midnight_pacific(),
            concerns_operator=True,
            **said,
        )
    if reason == "uploadLimitExceeded":
        return RateLimited(
            "This YouTube channel has reached its number of uploads for a day.",
            retry_after=CHANNEL_LIMIT_WAIT,
            **said,
        )
    if reason in _RATE or answer.status == 429:
        return RateLimited(
            "YouTube limits how fast Soku may call it; it goes on by itself.",
            retry_after=_retry_after(answer),
            **said,
        )
    return None


def _until_midnight_pacific() -> timedelta:
    """Daily quotas begin anew then (developers.google.com/youtube/v3/determine_quota_cost)."""
    pacific = ZoneInfo("America/Los_Angeles")
    now = clock.now()
    tomorrow = now.astimezone(pacific).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), pacific).astimezone(UTC) - now


def _retry_after(answer: Answer) -> timedelta | None:
    seconds = answer.headers.get("Retry-After", "")
    return timedelta(seconds=int(seconds)) if seconds.isascii() and seconds.isdigit() else None


def _rejection(status: int, reason: str, detail: str, said: Mapping[str, Any]) -> PlatformError:
    if reason == "accessNotConfigured":
        return Rejected(
            "The YouTube Data API is not enabled for Soku's Google Cloud project; the operator "
            "must enable it.",
            category=ErrorCategory.PERMISSION,
            concerns_operator=True,
            **said,
        )
    if reason in _SCOPES:
        return Rejected(
            "Soku may not upload to this YouTube channel. Reconnect it and leave every "
            "permission ticked.",
            category=ErrorCategory.PERMISSION,
            **said,
        )
    if reason in _MEDIA:
        return MediaRejected(f"YouTube cannot use the video: {detail}", **said)
    if status == 403 and reason not in _FORBIDDEN_CHOICES:
        message = f"YouTube does not allow this channel to do that: {detail}"
        return Rejected(message, category=ErrorCategory.PERMISSION, **said)
    message = f"YouTube refused the post: {detail}"
    if status in (400, 403, 404):
        return Rejected(message, category=ErrorCategory.VALIDATION, **said)
    return Rejected(message, **said)


def refresh_refusal(answer: Answer) -> PlatformError:
    """The error that a 4xx answer of the token endpoint means."""
    body = answer.fields()
    code = str(body.get("error", answer.status))
    said: dict[str, Any] = {
        "platform_code": code,
        "platform_message": str(body.get("error_description", "")),
    }
    if code == "invalid_grant":
        return ReconnectRequired(RECONNECT, **said)
    if code in ("invalid_client", "unauthorized_client"):
        return client_refused("youtube", **said)
    if answer.status == 429:
        return RateLimited(
            "Google limits token refreshes.", retry_after=_retry_after(answer), **said
        )
    return PlatformUnavailable(f"Google did not refresh the token: HTTP {answer.status}.", **said)


_FAILURES = {
    "conversion": "it could not be converted",
    "invalidFile": "the file is not a video that it can read",
    "emptyFile": "the file is empty",
    "tooSmall": "the file is too small",
    "codec": "it does not know the codec",
    "uploadAborted": "the upload was cut short",
}


def failure(reason: str) -> PlatformError:
    """Of a video that YouTube took and could not process."""
    why = _FAILURES.get(reason, reason)
    message = f"YouTube could not process the video: {why}. Export it anew, as MP4 with H.264."
    return MediaRejected(message, platform_code=reason)


def rejection(reason: str) -> PlatformError:
    """Of a video that YouTube took and then did not want."""
    match reason:
        case "duplicate":
            return DuplicateRejected(
                "YouTube refused the video as a repetition of an earlier one of this channel.",
                platform_code=reason,
            )
        case "length":
            return MediaRejected(
                "YouTube refused the video for its length: a channel that is not verified may "
                "upload 15 minutes. Verify it at youtube.com/verify, then post again.",
                platform_code=reason,
            )
        case "uploaderAccountSuspended" | "uploaderAccountClosed":
            return Rejected(
                "YouTube has suspended or closed this channel.",
                category=ErrorCategory.PERMISSION,
                platform_code=reason,
            )
    return ContentRejected(
        f"YouTube rejected the video ({reason}); YouTube Studio tells the details.",
        platform_code=reason,
    )
