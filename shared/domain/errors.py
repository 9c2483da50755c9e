"""Every error that Soku raises on purpose, named for what is done next.

ApiError                  return it to the caller; `code` decides the HTTP status
└── InvalidRequest        with one violation for each fault

FormUsed                  show what the form has done already

PlatformError             a request to a platform failed
├── Rejected              fail: the platform refused this post, and would refuse it again
│   ├── ContentRejected   … because of its content policy
│   ├── MediaRejected     … because of the media
│   └── DuplicateRejected … as a duplicate; if Soku has sent it before, look up that post
├── ReconnectRequired     fail, and mark the account: only the user can authorize Soku again
├── TokenExpired          refresh the tokens, then repeat the step
├── RateLimited           wait as long as the platform asks, then repeat the step
├── PlatformUnavailable   back off, then repeat the step: nothing was published
├── ReadRefused           back off, then read again: a refused read says nothing about the post
└── OutcomeUnknown        never repeat: look up whether the post is live
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any


class ErrorCode(StrEnum):
    VALIDATION_ERROR = "validation_error"
    MISSING_INTEGRATIONS = "missing_integrations"
    MISSING_ACCOUNT = "missing_account"
    UPLOAD_FAILED = "upload_failed"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    PAYLOAD_TOO_LARGE = "payload_too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    IDEMPOTENCY_CONFLICT = "idempotency_conflict"
    INVALID_STATE = "invalid_state"
    RATE_LIMIT_EXCEEDED = "rate_limit_exceeded"
    DISPATCH_FAILED = "dispatch_failed"
    POST_CREATION_FAILED = "post_creation_failed"
    INTERNAL_ERROR = "internal_error"


# That an answer lists: a body of 256 KiB can have 40,000, which would be megabytes.
MOST_VIOLATIONS = 100


@dataclass(frozen=True)
class Violation:
    """One fault of a request: where it is, what it is, how to fix it."""

    field: str
    code: str
    message: str
    platform: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "field": self.field,
            "platform": self.platform,
            "code": self.code,
            "message": self.message,
        }


class ApiError(Exception):
    """The error that answers a request."""

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        details: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details
        self.headers = dict(headers or {})


class InvalidRequest(ApiError):
    """The request is malformed, contradicts itself, or exceeds a platform's limits."""

    def __init__(self, violations: Sequence[Violation], count: int | None = None) -> None:
        """`count`: their number, if `violations` are only the first of them."""
        first, count = violations[0], count or len(violations)
        where = f"{first.field}: " if first.field else ""
        more = f" ({count - 1} more in details.)" if count > 1 else ""
        if count > MOST_VIOLATIONS:
            more = f" ({count} violations; details lists the first {MOST_VIOLATIONS}.)"
        super().__init__(
            ErrorCode.VALIDATION_ERROR,
            f"{where}{first.message}{more}",
            [violation.as_json() for violation in violations[:MOST_VIOLATIONS]],
        )
        self.violations = tuple(violations)


class FormUsed(Exception):
    """The form has done its work already, as when a browser sends it again."""


class ErrorCategory(StrEnum):
    """Why a run failed, as `error.category` of the run."""

    AUTH_EXPIRED = "auth_expired"
    PERMISSION = "permission"
    CONTENT_POLICY = "content_policy"
    RATE_LIMITED = "rate_limited"
    MEDIA_ERROR = "media_error"
    VALIDATION = "validation"
    DUPLICATE = "duplicate"
    PLATFORM_UNAVAILABLE = "platform_unavailable"
    ACCOUNT_DISCONNECTED = "account_disconnected"
    SUBSCRIPTION_INACTIVE = "subscription_inactive"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


# Bytes in UTF-8. Errors are stored, and shown in sentences.
MAX_WORDS = 2048
MAX_CODE = 200
# The longest limit that a platform documents is of a day; more is a fault of theirs.
LONGEST_RETRY_AFTER = timedelta(days=30)
# Control characters except tabs and line breaks, and halves of surrogate pairs, which no document
# can store. A platform that cuts a text in UTF-16 makes such halves.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_HALVES = re.compile("[\ud800-\udfff]")


def cleaned(text: object, most: int | None = MAX_WORDS) -> str:
    """A platform's text as it can be stored, at most `most` bytes of it."""
    whole = _HALVES.sub("\ufffd", _UNSTORABLE.sub("", str(text)))
    return whole if most is None else whole.encode()[:most].decode(errors="ignore")


class PlatformError(Exception):
    """A platform refused a request or did not answer. `message` tells the user what to do."""

    category = ErrorCategory.UNKNOWN

    def __init__(
        self,
        message: str,
        *,
        category: ErrorCategory | None = None,
        platform_code: str | None = None,
        platform_message: str | None = None,
        concerns_operator: bool = False,
    ) -> None:
        """`concerns_operator`: it affects every user, and only the operator can fix it."""
        self.message = cleaned(message)
        super().__init__(self.message)
        self.concerns_operator = concerns_operator
        self.token_version: int | None = None
        """The version of the tokens that were used, if it is known."""
        self.category = category or self.category
        self.platform_code = None if platform_code is None else cleaned(platform_code, MAX_CODE)
        self.platform_message = None if platform_message is None else cleaned(platform_message)


class Rejected(PlatformError):
    pass


class ContentRejected(Rejected):
    category = ErrorCategory.CONTENT_POLICY


class MediaRejected(Rejected):
    category = ErrorCategory.MEDIA_ERROR


class DuplicateRejected(Rejected):
    category = ErrorCategory.DUPLICATE


class ReconnectRequired(PlatformError):
    category = ErrorCategory.AUTH_EXPIRED


class TokenExpired(PlatformError):
    category = ErrorCategory.AUTH_EXPIRED


class RateLimited(PlatformError):
    category = ErrorCategory.RATE_LIMITED

    def __init__(self, message: str, *, retry_after: timedelta | None, **details: Any) -> None:
        """`retry_after`: how long the platform asks to wait; None if it does not say."""
        super().__init__(message, **details)
        if retry_after is not None and retry_after < timedelta(0):
            retry_after = None
        self.retry_after = retry_after and min(retry_after, LONGEST_RETRY_AFTER)


class PlatformUnavailable(PlatformError):
    category = ErrorCategory.PLATFORM_UNAVAILABLE


class ReadRefused(PlatformError):
    """A read was refused: it says nothing about the post."""


class OutcomeUnknown(PlatformError):
    category = ErrorCategory.UNKNOWN
