"""Meta's error envelope, as Facebook, Instagram and Threads return it.

    {"error": {"message", "type", "code", "error_subcode"?, "is_transient"?,
               "error_user_title"?, "error_user_msg"?, "fbtrace_id"}}

Codes are from developers.facebook.com/docs/graph-api/guides/error-handling as of
2026-11-22. Each platform handles its own codes and subcodes first and leaves the
rest to `common_error`.
"""

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
from shared.platforms.about import About
from shared.platforms.http import Answer, Reply
from shared.platforms.wire import decoded, mapping, mappings, number, wait_of

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
    """The text that Meta wrote for users; the message where there is none."""
    is_transient: bool
    headers: Mapping[str, str]

    def to(self, kind: type[PlatformError], message: str, **details: Any) -> PlatformError:
        """A PlatformError of `kind`, with Meta's code and message."""
        code = f"{self.code}/{self.subcode}" if self.subcode else str(self.code)
        return kind(message, platform_code=code, platform_message=self.message, **details)

    @property
    def words(self) -> str:
        """All texts of the error in lower case, for errors that only their texts tell apart."""
        return f"{self.message} {self.detail}".lower()


def meta_error(answer: Reply) -> MetaError | None:
    """The envelope of `answer`; None when there is none, as on a proxy's error page."""
    error = answer.fields().get("error")
    if not isinstance(error, dict):
        return None
    message = str(error.get("message") or "")
    return MetaError(
        status=answer.status,
        code=number(error.get("code")),
        subcode=number(error.get("error_subcode")),
        message=message,
        detail=str(error.get("error_user_msg") or message or f"HTTP {answer.status}"),
        is_transient=bool(error.get("is_transient")),
        headers=answer.headers,
    )


def not_an_envelope(about: About, answer: Answer) -> PlatformError:
    """The error for an answer without the envelope: a proxy sent it, not the API."""
    return PlatformUnavailable(
        f"{about.display_name} is not available: HTTP {answer.status}.",
        platform_code=str(answer.status),
        platform_message=answer.text[:500],
    )


def common_error(about: About, error: MetaError) -> PlatformError:
    """What `error` means on all of Meta's platforms."""
    name, code = about.display_name, error.code
    if code in _AUTH or "Error validating access token" in error.detail:
        return error.to(TokenExpired, about.reconnect)
    if code == 368:
        return error.to(ContentRejected, f"{name} does not allow this post: {error.detail}")
    if code in (3, 10) or (code is not None and 200 <= code < 300):
        message = f"{name} does not allow this account to post: {error.detail}"
        return error.to(Rejected, message, category=ErrorCategory.PERMISSION)
    if _is_throttled(error):
        message = f"{name} limits how often this account may post. Soku retries automatically."
        return error.to(RateLimited, message, retry_after=until_access(error.headers))
    if code in (1, 2) or error.is_transient:
        return error.to(PlatformUnavailable, f"{name} is not available: {error.detail}")
    if code == 9004:
        return error.to(MediaRejected, f"{name} could not download the media: {error.detail}")
    category = ErrorCategory.VALIDATION if code == 100 else ErrorCategory.UNKNOWN
    return error.to(Rejected, f"{name} refused this: {error.detail}", category=category)


def _is_throttled(error: MetaError) -> bool:
    in_range = error.code is not None and 80000 <= error.code < 81000
    return error.code in _THROTTLED or in_range or error.status == 429


def until_access(headers: Mapping[str, str]) -> timedelta | None:
    """How long calls stay blocked; None when Meta names no time. The header has minutes."""
    usage = mapping(decoded(headers.get("X-Business-Use-Case-Usage", "{}")))
    minutes = [
        number(entry.get("estimated_time_to_regain_access")) or 0
        for account in usage.values()
        for entry in mappings(account)
    ]
    return wait_of(60 * max(minutes)) or None if minutes else None
