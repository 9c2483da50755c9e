"""Threads' errors, in Meta's envelope.

Codes are from developers.facebook.com/docs/threads (troubleshooting) and public issues as of
2026-11-22.
"""

from shared.domain.errors import (
    ContentRejected,
    ErrorCategory,
    MediaRejected,
    PlatformError,
    ReconnectRequired,
    Rejected,
    TokenExpired,
)
from shared.platforms.http import Answer, Reply
from shared.platforms.meta.containers import Failure
from shared.platforms.meta.errors import MetaError, common_error, meta_error, not_an_envelope
from shared.platforms.threads import ABOUT

_NOT_FOUND = 4279009
_MISSING = ((24, _NOT_FOUND), (100, 33))
_RESTRICTED_USER = 4279013
_RESTRICTED_ACTIVITY = 2207051
_NOT_DOWNLOADED = 2207052


def error_of(answer: Answer) -> PlatformError:
    """The error that a 4xx answer of Threads means."""
    error = meta_error(answer)
    return _error(error) if error else not_an_envelope(ABOUT, answer)


def _error(error: MetaError) -> PlatformError:
    if error.subcode == _RESTRICTED_ACTIVITY:
        return error.to(ContentRejected, f"Threads does not allow this post: {error.detail}")
    if error.subcode == _RESTRICTED_USER or "FEATURE_NOT_AVAILABLE" in error.detail:
        message = f"Threads does not allow this account to post: {error.detail}"
        return error.to(Rejected, message, category=ErrorCategory.PERMISSION)
    if error.subcode == _NOT_DOWNLOADED:
        return error.to(MediaRejected, f"Threads could not download the media: {error.detail}")
    if "THREADS_API__LINK_LIMIT_EXCEEDED" in error.detail:
        message = f"Threads refused the post: {error.detail}"
        return error.to(Rejected, message, category=ErrorCategory.VALIDATION)
    return common_error(ABOUT, error)


def is_race(answer: Reply) -> bool:
    """24/4279009: Threads does not find what was just created."""
    error = meta_error(answer)
    return error is not None and error.subcode == _NOT_FOUND


def is_missing(answer: Reply) -> bool:
    """Whether the object is gone, or is hidden from the token."""
    error = meta_error(answer)
    return error is not None and (error.code, error.subcode) in _MISSING


def refusal_of(error: MediaRejected) -> Failure:
    """What it means that a container was refused with `error`."""
    return Failure(error)


def refresh_error_of(answer: Answer) -> PlatformError:
    """The error that a refused token refresh means."""
    error = error_of(answer)
    return ReconnectRequired(ABOUT.reconnect) if isinstance(error, TokenExpired) else error
