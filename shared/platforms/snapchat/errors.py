"""The envelope of Snap's answers, and what each refusal means to us.

No complete list of codes is published: `error_code` decides, then words of the messages, then
the HTTP status. A refusal may come with HTTP 200, and for one item of several.
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
from shared.platforms.base import client_refused
from shared.platforms.http import Answer

RECONNECT = "The authorization of this Snapchat account has ended. Reconnect it, then retry."

_PROCESSING = "MEDIA_PROCESSING"
_EXPIRED = "MEDIA_EXPIRED"
_IN_PROGRESS = "MEDIA_POSTING_ALREADY_IN_PROGRESS"
_DENIED = "AUTHORIZATION_PERMISSION_DENIED"
_CODES = (_PROCESSING, _EXPIRED, _IN_PROGRESS, _DENIED)

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
    """The media is not ready: nothing was published, the same request may be made again."""


class MediaExpired(PlatformUnavailable):
    """The media is gone a day after its creation: nothing was published, upload it anew."""


@dataclass(frozen=True)
class _Problem:
    """What a refusal says, wherever in the answer it stands."""

    code: str
    detail: str
    """For people, as far as Snap has words for them."""
    words: str
    """All of it in lower case, to be searched."""

    @property
    def said(self) -> dict[str, Any]:
        return {"platform_code": self.code, "platform_message": self.detail[:500]}

    def says(self, *words: str) -> bool:
        """Whether a word begins with one of `words`: "operation" says nothing of a ratio."""
        return re.search(rf"\b(?:{'|'.join(words)})", self.words) is not None


def is_success(answer: Answer) -> bool:
    """Whether the request was taken as a whole: a 2xx alone does not say so."""
    fields = answer.fields()
    return answer.ok and _status(fields) == "SUCCESS" and not _failed_items(fields)


def error_of(answer: Answer) -> PlatformError:
    """The error that an answer means which is no success."""
    problem = _problem(answer)
    if answer.status == 401:
        return TokenExpired(RECONNECT, **problem.said)
    if answer.status == 429:
        message = "Snapchat limits how often Soku may call it; it goes on by itself."
        return RateLimited(message, retry_after=_retry_after(answer.headers), **problem.said)
    if not _is_refusal(answer.fields()):
        message = f"Snapchat is not available: HTTP {answer.status}."
        return PlatformUnavailable(message, **problem.said)
    return _by_code(problem) or _by_words(problem, answer.status)


def refresh_error(answer: Answer) -> PlatformError:
    """The error that a refused token refresh means."""
    body = answer.fields()
    code = str(body.get("error", answer.status))
    said: dict[str, Any] = {
        "platform_code": code,
        "platform_message": str(body.get("error_description", ""))[:500],
    }
    if answer.status == 429:
        message = "Snapchat limits token refreshes."
        return RateLimited(message, retry_after=_retry_after(answer.headers), **said)
    if code in ("invalid_grant", "invalid_token"):
        return ReconnectRequired(RECONNECT, **said)
    if code in ("invalid_client", "unauthorized", "unauthorized_client"):
        return client_refused("snapchat", **said)
    if code == "access_denied":
        message = "Snapchat denies access to this account; check its role in the Public Profile."
        return Rejected(message, category=ErrorCategory.PERMISSION, **said)
    return PlatformUnavailable(f"Snapchat did not refresh the token: HTTP {answer.status}.", **said)


def _by_code(problem: _Problem) -> PlatformError | None:
    said = problem.said
    match problem.code:
        case "MEDIA_PROCESSING":
            return MediaProcessing("Snapchat is still processing the media.", **said)
        case "MEDIA_EXPIRED":
            return MediaExpired("Snapchat let the uploaded media expire.", **said)
        case "MEDIA_POSTING_ALREADY_IN_PROGRESS":
            # An earlier request of ours arrived. Called a duplicate, it is never sent again.
            return OutcomeUnknown(
                "Snapchat is publishing this media already: the post is being looked up.",
                category=ErrorCategory.DUPLICATE,
                **said,
            )
        case "AUTHORIZATION_PERMISSION_DENIED":
            return _not_permitted(problem)
    return None


def _by_words(problem: _Problem, status: int) -> PlatformError:
    said = problem.said
    refused = f"Snapchat refused the post: {problem.detail}"
    if status == 403:
        return _not_permitted(problem)
    if status == 404 and problem.says("profile"):
        message = "Snapchat no longer has this Public Profile. Reconnect the account, then retry."
        return Rejected(message, category=ErrorCategory.PERMISSION, **said)
    if problem.says(*_TEXT_WORDS):
        return Rejected(refused, category=ErrorCategory.VALIDATION, **said)
    if problem.says(*_PASSING_WORDS):
        return PlatformUnavailable(f"Snapchat is not available: {problem.detail}", **said)
    if problem.says(*_MEDIA_WORDS):
        return MediaRejected(f"Snapchat cannot use this media: {problem.detail}", **said)
    return Rejected(refused, **said)


def _not_permitted(problem: _Problem) -> PlatformError:
    # An app that is not allowlisted could not have connected the account in the first place, so
    # this is about the person's role more likely than about Soku.
    return Rejected(
        "Snapchat does not let this account post to this Public Profile. Check its role in the "
        "profile; if nobody can post, the operator must ask Snap to allowlist Soku's app.",
        category=ErrorCategory.PERMISSION,
        **problem.said,
    )


def _problem(answer: Answer) -> _Problem:
    fields = answer.fields()
    failed = _failed_items(fields)
    item = failed[0] if failed else {}
    said = [
        str(source[name])
        for source in (fields, item)
        for name in ("display_message", "sub_request_error_reason", "debug_message")
        if source.get(name)
    ]
    said += [str(fields[name]) for name in ("error_description", "error") if fields.get(name)]
    code = fields.get("error_code") or item.get("error_code")
    known = next((known for known in _CODES if any(known in words for words in said)), None)
    return _Problem(
        code=str(code or known or answer.status),
        detail=said[0] if said else f"HTTP {answer.status}",
        words=" ".join(said).lower(),
    )


def _is_refusal(fields: Mapping[str, Any]) -> bool:
    """Whether Snap refuses something in it: anything else tells nothing of what was asked."""
    is_said = fields.get("error_code") or fields.get("error") or _failed_items(fields)
    return _status(fields) == "ERROR" or bool(is_said)


def _status(fields: Mapping[str, Any]) -> str:
    return str(fields.get("request_status", "")).upper()


def _failed_items(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        item
        for listed in fields.values()
        if isinstance(listed, list)
        for item in listed
        if isinstance(item, dict)
        and str(item.get("sub_request_status", "SUCCESS")).upper() != "SUCCESS"
    ]


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    seconds = headers.get("Retry-After", "")
    return timedelta(seconds=int(seconds)) if seconds.isascii() and seconds.isdigit() else None
