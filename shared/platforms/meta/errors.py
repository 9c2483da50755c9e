"""Meta's error envelope, as Facebook, Instagram and Threads answer it.

    {"error": {"message", "type", "code", "error_subcode"?, "is_transient"?,
               "error_user_title"?, "error_user_msg"?, "fbtrace_id"}}

Codes are from developers.facebook.com/docs/graph-api/guides/error-handling as of
2026-11-22. Each platform names the codes and subcodes of its own first, and
leaves the rest to `common_error`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared.domain.errors import (
    ContentRejected,
    ErrorCategory,
    MediaRejected,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    Rejected,
    TokenExpired,
)
from shared.platforms.http import Answer

_AUTH = frozenset({102, 190})
_THROTTLED = frozenset({4, 9, 17, 32, 341, 613})


@dataclass(frozen=True)
class MetaError:
    """The envelope of one answer."""

    status: int
    code: int | None
    subcode: int | None
    message: str
    detail: str
    """What Meta would show a person, or else the message."""
    is_transient: bool
    headers: Mapping[str, str]

    @property
    def said(self) -> dict[str, Any]:
        """What Meta said, as every PlatformError takes it."""
        code = f"{self.code}/{self.subcode}" if self.subcode else str(self.code)
        return {"platform_code": code, "platform_message": self.message}


def meta_error(answer: Answer) -> MetaError | None:
    """The envelope of `answer`; None when there is none, as on a proxy's page."""
    error = answer.fields().get("error")
    if not isinstance(error, dict):
        return None
    message = str(error.get("message") or "")
    return MetaError(
        status=answer.status,
        code=error.get("code"),
        subcode=error.get("error_subcode"),
        message=message,
        detail=str(error.get("error_user_msg") or message or f"HTTP {answer.status}"),
        is_transient=bool(error.get("is_transient")),
        headers=answer.headers,
    )


def not_an_envelope(name: str, answer: Answer) -> PlatformError:
    """What an answer without the envelope means: something in between gave it."""
    return PlatformUnavailable(
        f"{name} is not available: HTTP {answer.status}.",
        platform_code=str(answer.status),
        platform_message=answer.text[:500],
    )


def common_error(name: str, error: MetaError, reconnect: str) -> PlatformError:
    """What `error` means on all of Meta's platforms; `reconnect` is said for a dead token."""
    code, said = error.code, error.said
    if code in _AUTH or "Error validating access token" in error.detail:
        return TokenExpired(reconnect, **said)
    if code == 368:
        return ContentRejected(f"{name} does not allow this post: {error.detail}", **said)
    if code in (3, 10) or (code is not None and 200 <= code < 300):
        message = f"{name} does not allow this account to post: {error.detail}"
        return Rejected(message, category=ErrorCategory.PERMISSION, **said)
    if is_throttled(error):
        message = f"{name} limits how often this account may post; it goes on by itself."
        return RateLimited(message, retry_after=until_access(error.headers), **said)
    if code in (1, 2) or error.is_transient:
        return PlatformUnavailable(f"{name} is not available: {error.detail}", **said)
    if code == 9004:
        return MediaRejected(f"{name} could not fetch the media: {error.detail}", **said)
    if code == 100:
        message = f"{name} refused the post: {error.detail}"
        return Rejected(message, category=ErrorCategory.VALIDATION, **said)
    return Rejected(f"{name} refused the post: {error.detail}", **said)


def is_throttled(error: MetaError) -> bool:
    in_range = error.code is not None and 80000 <= error.code < 81000
    return error.code in _THROTTLED or in_range or error.status == 429


def until_access(headers: Mapping[str, str]) -> timedelta | None:
    """How long Meta says that calls stay shut, in minutes by account; None when it does not."""
    try:
        usage = json.loads(headers.get("X-Business-Use-Case-Usage", "{}"))
        entries = [entry for account in usage.values() for entry in account]
        minutes = max(int(entry["estimated_time_to_regain_access"]) for entry in entries)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return timedelta(minutes=minutes) if minutes > 0 else None
