"""LinkedIn's errors: the gateway's flat shape, and the service's with `errorDetails`.

Facts are from learn.microsoft.com/linkedin (error handling, rate limits, versioning) as of
2026-11-22; where only other clients' reports are known, a comment says so.
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
from shared.platforms.connecting import client_refused
from shared.platforms.http import Answer, Reading
from shared.platforms.linkedin import ABOUT
from shared.platforms.wire import mapping, mappings, words

EXPIRED_UPLOAD_URL = "EXPIRED_UPLOAD_URL"
# Clients report both for posts that came before LinkedIn had processed their media.
NOT_PROCESSED = frozenset({"MEDIA_ASSET_WAITING_UPLOAD", "MEDIA_ASSET_PROCESSING_FAILED"})

_DUPLICATE = "DUPLICATE_POST"
# Its number and its end are not documented; other clients continue after about a minute.
_TOO_MANY_COMMENTS = "Comment create throttled"
_COMMENTS_AGAIN_AFTER = timedelta(seconds=90)
_SHARE = re.compile(r"urn:li:(?:share|ugcPost):\d+")
_DEAD_TOKENS = frozenset({"REVOKED_ACCESS_TOKEN", "INVALID_ACCESS_TOKEN", "65600", "65601"})
# Our mistakes: an API version that LinkedIn has switched off, or a missing header.
_OUR_CONFIGURATION = frozenset({"NONEXISTENT_VERSION", "VERSION_MISSING", "EMPTY_ACCESS_TOKEN"})
# The token endpoint refused the app itself.
_OUR_CLIENT = frozenset({"invalid_client", "unauthorized_client"})


def accepted(answer: Answer) -> dict[str, Any]:
    """The fields of a 2xx answer. Raises the error that any other answer means."""
    if not answer.ok:
        raise error_of(answer)
    return answer.fields()


def shown(reading: Reading) -> dict[str, Any]:
    """The fields of a read. Raises a PlatformError, never a Rejected."""
    if not reading.ok:
        raise reading.refusal(ABOUT.display_name, error_of)
    return reading.fields()


def elements(reading: Reading) -> list[dict[str, Any]]:
    """The elements of a list. Raises a PlatformError, never a Rejected."""
    found = shown(reading).get("elements")
    if not isinstance(found, list):
        # As a proxy's page: it must not look like an empty list.
        raise PlatformUnavailable("LinkedIn returned no usable answer.")
    return mappings(found)


def code_of(answer: Answer) -> str:
    """The most specific code of a refusal."""
    body = answer.fields()
    first, *_ = mappings(mapping(body.get("errorDetails")).get("inputErrors")) or [{}]
    codes = (first.get("code"), body.get("code"), body.get("serviceErrorCode"), answer.status)
    return next(filter(None, map(words, codes)), "")


def duplicate_of(answer: Answer) -> str | None:
    """The URN of the earlier post, when this one was refused as its duplicate."""
    if code_of(answer) != _DUPLICATE:
        return None
    urn = _SHARE.search(_message(answer))
    return urn[0] if urn else None


def error_of(answer: Answer) -> PlatformError:
    """The error that a 4xx answer of LinkedIn means."""
    code, message = code_of(answer), _message(answer)
    details: dict[str, Any] = {"platform_code": code, "platform_message": message}
    if not answer.fields():
        # Not an answer of LinkedIn but of a proxy before it: it says nothing about the post.
        return PlatformUnavailable(f"LinkedIn answered HTTP {answer.status}.", **details)
    if code in _OUR_CONFIGURATION or answer.status == 426:
        return Rejected(
            "LinkedIn no longer supports the requests of this version of Soku. The operator must "
            f"update Soku: {message}",
            category=ErrorCategory.VALIDATION,
            concerns_operator=True,
            **details,
        )
    return _media_error(code, message, details) or _by_status(answer.status, code, message, details)


def _media_error(code: str, message: str, details: dict[str, Any]) -> PlatformError | None:
    match code:
        case "MEDIA_ASSET_WAITING_UPLOAD" | "EXPIRED_UPLOAD_URL":
            return PlatformUnavailable(
                f"LinkedIn does not have the media yet: {message}", **details
            )
        case "MEDIA_ASSET_PROCESSING_FAILED":
            return MediaRejected(f"LinkedIn could not process the media: {message}", **details)
    return None


def _by_status(status: int, code: str, message: str, details: dict[str, Any]) -> PlatformError:
    if code == _DUPLICATE or status == 409:
        return DuplicateRejected(
            "LinkedIn refused the post as a duplicate of an earlier one. Change the text, or find "
            "the earlier post in the account.",
            **details,
        )
    match status:
        case 401 if code in _DEAD_TOKENS:
            return ReconnectRequired(ABOUT.reconnect, **details)
        case 401:
            return TokenExpired(ABOUT.reconnect, **details)
        case 403:
            return Rejected(
                "LinkedIn does not allow this account to do that. For a page, check that the "
                f"member still has a role that can post, then reconnect the account: {message}",
                category=ErrorCategory.PERMISSION,
                **details,
            )
        case 413 | 415:
            return MediaRejected(f"LinkedIn cannot use the media: {message}", **details)
        case 429:
            return _rate_limited(message, details)
    return Rejected(
        f"LinkedIn refused the post: {message}", category=ErrorCategory.VALIDATION, **details
    )


def comment_error_of(answer: Answer) -> PlatformError:
    """As `error_of`, for a call about comments."""
    error = error_of(answer)
    if type(error) is not Rejected or error.concerns_operator:
        return error
    if answer.status == 404:
        message = "The comment does not exist on LinkedIn any more."
    elif answer.status == 403:
        message = (
            "LinkedIn does not allow this. Check that you still have a role on the Page that can "
            f"comment, then reconnect the account: {error.platform_message}"
        )
    else:
        message = f"LinkedIn refused this: {error.platform_message}"
    return Rejected(
        message,
        category=error.category,
        platform_code=error.platform_code,
        platform_message=error.platform_message,
    )


def _rate_limited(message: str, details: dict[str, Any]) -> RateLimited:
    """Daily limits end at midnight UTC (…/shared/api-guide/concepts/rate-limits)."""
    if _TOO_MANY_COMMENTS in message:
        return RateLimited(
            "LinkedIn limits how fast this account may comment. Soku retries automatically.",
            retry_after=_COMMENTS_AGAIN_AFTER,
            **details,
        )
    if "APPLICATION DAY" in message:
        return RateLimited(
            "Soku's LinkedIn app has used up its calls for today. The operator can ask LinkedIn "
            "for a higher limit.",
            retry_after=_until_midnight(),
            concerns_operator=True,
            **details,
        )
    return RateLimited(
        "LinkedIn limits how often this account may post. Soku retries automatically.",
        retry_after=_until_midnight() if "MEMBER DAY" in message else None,
        **details,
    )


def _until_midnight() -> timedelta:
    now = clock.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1) - now


def refresh_error_of(answer: Answer, client_prefix: str = "") -> PlatformError:
    """The error that a refused token refresh means. The token endpoint has its own flat shape.

    `client_prefix`: of the app that asked for tokens.
    """
    body = answer.fields()
    error = words(body.get("error"))
    details: dict[str, Any] = {
        "platform_code": str(error or answer.status),
        "platform_message": str(body.get("error_description", "")),
    }
    if answer.status == 429:
        message = "LinkedIn limits how often Soku may ask for tokens."
        return RateLimited(message, retry_after=None, **details)
    if error in _OUR_CLIENT:
        return client_refused(ABOUT, client_prefix, **details)
    if error and answer.status in (400, 401):
        # `invalid_grant`; clients also report `invalid_request` for a dead token.
        return ReconnectRequired(ABOUT.reconnect, **details)
    message = f"LinkedIn returned no token: HTTP {answer.status}."
    return PlatformUnavailable(message, **details)


def _message(answer: Answer) -> str:
    message = answer.fields().get("message")
    return str(message) if message else f"HTTP {answer.status}"
