"""Snapchat's errors, in the envelope of its answers.

Snap publishes no complete list of codes, so `error_code` decides first, then words of the
messages, then the HTTP status. A refusal can come with HTTP 200, and for one item of several.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared.domain.errors import (
    ErrorCategory,
    MediaRejected,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    Rejected,
    TokenExpired,
)
from shared.platforms.connecting import client_refused
from shared.platforms.http import Answer, Reading, Reply
from shared.platforms.snapchat import ABOUT
from shared.platforms.wire import mappings, wait_of

DENIED = "AUTHORIZATION_PERMISSION_DENIED"
_PROCESSING = "MEDIA_PROCESSING"
_EXPIRED = "MEDIA_EXPIRED"
_IN_PROGRESS = "MEDIA_POSTING_ALREADY_IN_PROGRESS"
_CODES = (_PROCESSING, _EXPIRED, _IN_PROGRESS, DENIED)

_TEXT_WORDS = ("locale", "description", "title")
_MEDIA_WORDS = (
    "media size",
    "media type",
    "unsupported",
    "format",
    "duration",
    "ratio",
    "resolution",
    "codec",
    "decrypt",
    "corrupt",
    "could not be processed",
)
_PASSING_WORDS = ("internal", "temporar", "try again", "timed out", "timeout", "unavailable")


class MediaProcessing(PlatformUnavailable):
    """The media are not ready: nothing was published, and the same request can be sent again."""


class MediaExpired(PlatformUnavailable):
    """The media expired, a day after their creation: nothing was published, upload them again."""


@dataclass(frozen=True)
class _Problem:
    """A refusal, collected from the places in the answer where it can be."""

    code: str
    detail: str
    """The message for people, if Snap sends one."""
    words: str
    """All messages in lower case, for searching."""

    @property
    def details(self) -> dict[str, Any]:
        return {"platform_code": self.code, "platform_message": self.detail[:500]}

    def says(self, *words: str) -> bool:
        """Whether a word starts with one of `words`, so that "operation" is not a "ratio"."""
        return re.search(rf"\b(?:{'|'.join(words)})", self.words) is not None


def is_success(answer: Reply) -> bool:
    """Whether Snapchat accepted the whole request: a 2xx alone does not mean that."""
    fields = answer.fields()
    return answer.ok and _status(fields) == "SUCCESS" and not _failed_items(fields)


def accepted(answer: Answer) -> dict[str, Any]:
    """The fields of a successful answer. Raises the error that any other answer means."""
    if not is_success(answer):
        raise error_of(answer)
    return answer.fields()


def shown(reading: Reading) -> dict[str, Any]:
    """The fields of a read. Raises a PlatformError, never a Rejected."""
    if not is_success(reading):
        raise reading.refusal(ABOUT.display_name, error_of)
    return reading.fields()


def items_of(reading: Reading, name: str) -> list[dict[str, Any]]:
    """The items of a list, without those that Snapchat failed to read. Raises as `shown` does."""
    fields = reading.fields()
    if not reading.ok or _status(fields) not in ("SUCCESS", "PARTIAL"):
        raise reading.refusal(ABOUT.display_name, error_of)
    return [item for item in mappings(fields.get(name)) if not _has_failed(item)]


def error_of(answer: Answer) -> PlatformError:
    """The error that an unsuccessful answer of Snapchat means."""
    problem = _problem(answer)
    if answer.status == 401:
        return TokenExpired(ABOUT.reconnect, **problem.details)
    if answer.status == 429:
        message = "Snapchat limits how often Soku may call it. Soku retries automatically."
        return RateLimited(message, retry_after=_retry_after(answer.headers), **problem.details)
    if not _is_refusal(answer.fields()):
        message = f"Snapchat is not available: HTTP {answer.status}."
        return PlatformUnavailable(message, **problem.details)
    return _by_code(problem) or _by_words(problem, answer.status)


def refresh_error_of(answer: Answer) -> PlatformError:
    """The error that a refused token refresh means."""
    body = answer.fields()
    code = str(body.get("error", answer.status))
    details: dict[str, Any] = {
        "platform_code": code,
        "platform_message": str(body.get("error_description", ""))[:500],
    }
    if answer.status == 429:
        message = "Snapchat limits how often Soku may ask for tokens."
        return RateLimited(message, retry_after=_retry_after(answer.headers), **details)
    if code in ("invalid_grant", "invalid_token"):
        return ReconnectRequired(ABOUT.reconnect, **details)
    if code in ("invalid_client", "unauthorized", "unauthorized_client"):
        return client_refused(ABOUT, **details)
    if code == "access_denied":
        message = "Snapchat denies access to this account. Check its role in the Public Profile."
        return Rejected(message, category=ErrorCategory.PERMISSION, **details)
    return PlatformUnavailable(f"Snapchat returned no token: HTTP {answer.status}.", **details)


def _by_code(problem: _Problem) -> PlatformError | None:
    details = problem.details
    match problem.code:
        case "MEDIA_PROCESSING":
            return MediaProcessing("Snapchat is still processing the media.", **details)
        case "MEDIA_EXPIRED":
            return MediaExpired("The uploaded media have expired on Snapchat.", **details)
        case "MEDIA_POSTING_ALREADY_IN_PROGRESS":
            # An earlier request of ours arrived. The category keeps it from being sent again.
            return OutcomeUnknown(
                "Snapchat is already publishing these media. Soku is looking the post up.",
                category=ErrorCategory.DUPLICATE,
                **details,
            )
        case "AUTHORIZATION_PERMISSION_DENIED":
            return _not_permitted(problem)
    return None


def _by_words(problem: _Problem, status: int) -> PlatformError:
    details = problem.details
    refused = f"Snapchat refused the post: {problem.detail}"
    if status == 403:
        return _not_permitted(problem)
    if status == 404 and problem.says("profile"):
        message = "Snapchat no longer has this Public Profile. Reconnect the account, then retry."
        return Rejected(message, category=ErrorCategory.PERMISSION, **details)
    if problem.says(*_TEXT_WORDS):
        return Rejected(refused, category=ErrorCategory.VALIDATION, **details)
    if problem.says(*_PASSING_WORDS):
        return PlatformUnavailable(f"Snapchat is not available: {problem.detail}", **details)
    if problem.says(*_MEDIA_WORDS):
        return MediaRejected(f"Snapchat cannot use this media: {problem.detail}", **details)
    return Rejected(refused, **details)


def _not_permitted(problem: _Problem) -> PlatformError:
    # An app that is not allowlisted could not have connected the account, so the user's role is
    # the more likely cause.
    return Rejected(
        "Snapchat does not allow this account to post to this Public Profile. Check its role in "
        "the profile. If nobody can post, the operator must ask Snap to allowlist Soku's app.",
        category=ErrorCategory.PERMISSION,
        **problem.details,
    )


def _problem(answer: Answer) -> _Problem:
    fields = answer.fields()
    failed = _failed_items(fields)
    item = failed[0] if failed else {}
    messages = [
        str(source[name])
        for source in (fields, item)
        for name in ("display_message", "sub_request_error_reason", "debug_message")
        if source.get(name)
    ]
    messages += [str(fields[name]) for name in ("error_description", "error") if fields.get(name)]
    code = fields.get("error_code") or item.get("error_code")
    known = next((known for known in _CODES if any(known in words for words in messages)), None)
    return _Problem(
        code=str(code or known or answer.status),
        detail=messages[0] if messages else f"HTTP {answer.status}",
        words=" ".join(messages).lower(),
    )


def _is_refusal(fields: Mapping[str, Any]) -> bool:
    """Whether Snapchat refused something. Any other answer says nothing about the request."""
    named = fields.get("error_code") or fields.get("error") or _failed_items(fields)
    return _status(fields) == "ERROR" or bool(named)


def _status(fields: Mapping[str, Any]) -> str:
    return str(fields.get("request_status", "")).upper()


def _failed_items(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [item for listed in fields.values() for item in mappings(listed) if _has_failed(item)]


def _has_failed(item: Mapping[str, Any]) -> bool:
    return str(item.get("sub_request_status", "SUCCESS")).upper() != "SUCCESS"


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    return wait_of(headers.get("Retry-After"))
