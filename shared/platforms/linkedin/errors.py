"""What LinkedIn's refusals mean.

From learn.microsoft.com/linkedin as of 2026-11-22 (error handling, rate limits,
versioning) and, where a comment says so, from what other clients have reported.
There are two shapes: the gateway's, flat, and the service's with `errorDetails`.
"""

import re
from datetime import timedelta
from typing import Any

from shared import clock
from shared.domain.errors import (
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

RECONNECT = "The authorization of this LinkedIn account has ended. Reconnect it, then retry."
EXPIRED_UPLOAD_URL = "EXPIRED_UPLOAD_URL"

_DUPLICATE = "DUPLICATE_POST"
_SHARE = re.compile(r"urn:li:(?:share|ugcPost):\d+")
_DEAD_TOKENS = frozenset({"REVOKED_ACCESS_TOKEN", "INVALID_ACCESS_TOKEN", "65600", "65601"})
# Ours to mend: an API version that LinkedIn has switched off, or a header that we left out.
_OUR_CONFIGURATION = frozenset({"NONEXISTENT_VERSION", "VERSION_MISSING", "EMPTY_ACCESS_TOKEN"})
# The app's own identity, refused at the token endpoint.
_OUR_CLIENT = frozenset({"invalid_client", "unauthorized_client"})


def accepted(answer: Answer) -> dict[str, Any]:
    """The fields of a 2xx answer. Raises what any other means."""
    if not answer.ok:
        raise error_of(answer)
    return answer.fields()


def code_of(answer: Answer) -> str:
    """The most telling code of a refusal."""
    body = answer.fields()
    details = body.get("errorDetails")
    inputs = details.get("inputErrors") if isinstance(details, dict) else None
    first = inputs[0] if isinstance(inputs, list) and inputs else None
    code = first.get("code") if isinstance(first, dict) else None
    return str(code or body.get("code") or body.get("serviceErrorCode") or answer.status)


def duplicate_of(answer: Answer) -> str | None:
    """The URN of the post that this one was refused as a repetition of."""
    if code_of(answer) != _DUPLICATE:
        return None
    named = _SHARE.search(_message(answer))
    return named[0] if named else None


def error_of(answer: Answer) -> PlatformError:
    """The error that a 4xx answer means."""
    code, message = code_of(answer), _message(answer)
    said: dict[str, Any] = {"platform_code": code, "platform_message": message}
    if not answer.fields():
        # Not LinkedIn's own words, so something before it: nothing is known of the post.
        return PlatformUnavailable(f"LinkedIn answered HTTP {answer.status}.", **said)
    if code in _OUR_CONFIGURATION or answer.status == 426:
        return Rejected(
            f"LinkedIn no longer takes what this version of Soku sends; the operator must update "
            f"it: {message}",
            category=ErrorCategory.VALIDATION,
            concerns_operator=True,
            **said,
        )
    return _media_error(code, message, said) or _by_status(answer.status, code, message, said)


def _media_error(code: str, message: str, said: dict[str, Any]) -> PlatformError | None:
    match code:
        case "MEDIA_ASSET_WAITING_UPLOAD" | "EXPIRED_UPLOAD_URL":
            return PlatformUnavailable(f"LinkedIn does not have the media yet: {message}", **said)
        case "MEDIA_ASSET_PROCESSING_FAILED":
            return MediaRejected(f"LinkedIn could not process the media: {message}", **said)
    return None


def _by_status(status: int, code: str, message: str, said: dict[str, Any]) -> PlatformError:
    if code == _DUPLICATE or status == 409:
        return DuplicateRejected(
            "LinkedIn refused the post as a repetition of an earlier one. Change the text, or "
            "find the earlier post in the account.",
            **said,
        )
    match status:
        case 401 if code in _DEAD_TOKENS:
            return ReconnectRequired(RECONNECT, **said)
        case 401:
            return TokenExpired(RECONNECT, **said)
        case 403:
            return Rejected(
                "LinkedIn does not allow this account to do that. For a page, see that the member "
                f"still has a role that may post, then reconnect it: {message}",
                category=ErrorCategory.PERMISSION,
                **said,
            )
        case 413 | 415:
            return MediaRejected(f"LinkedIn cannot use the media: {message}", **said)
        case 429:
            return _rate_limited(message, said)
    return Rejected(
        f"LinkedIn refused the post: {message}", category=ErrorCategory.VALIDATION, **said
    )


def _rate_limited(message: str, said: dict[str, Any]) -> RateLimited:
    """Limits of a day end at midnight UTC (…/shared/api-guide/concepts/rate-limits)."""
    if "APPLICATION DAY" in message:
        return RateLimited(
            "Soku's LinkedIn app has used up its calls of today; the operator may ask LinkedIn "
            "for more.",
            retry_after=_until_midnight(),
            concerns_operator=True,
            **said,
        )
    return RateLimited(
        "LinkedIn limits how often this account may post; it goes on by itself.",
        retry_after=_until_midnight() if "MEMBER DAY" in message else None,
        **said,
    )


def _until_midnight() -> timedelta:
    now = clock.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1) - now


def refresh_error(answer: Answer) -> PlatformError:
    """What a refused refresh means; this endpoint has a flat shape of its own."""
    body = answer.fields()
    error = body.get("error")
    said: dict[str, Any] = {
        "platform_code": str(error or answer.status),
        "platform_message": str(body.get("error_description", "")),
    }
    if answer.status == 429:
        return RateLimited("LinkedIn limits token refreshes.", retry_after=None, **said)
    if error in _OUR_CLIENT:
        return client_refused("linkedin", **said)
    if error and answer.status in (400, 401):
        # invalid_grant, and invalid_request has been seen for a dead token as well.
        return ReconnectRequired(RECONNECT, **said)
    return PlatformUnavailable(f"LinkedIn did not refresh the token: HTTP {answer.status}.", **said)


def _message(answer: Answer) -> str:
    message = answer.fields().get("message")
    return str(message) if message else f"HTTP {answer.status}"
