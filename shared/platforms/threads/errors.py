"""What Threads' refusals mean, in Meta's envelope.

Codes are from developers.facebook.com/docs/threads (troubleshooting) and public issues as of
2026-11-22.
"""

from shared.domain.errors import (
    ContentRejected,
    ErrorCategory,
    MediaRejected,
    PlatformError,
    Rejected,
)
from shared.platforms.http import Answer
from shared.platforms.meta.errors import MetaError, common_error, meta_error

RECONNECT = "The authorization of this Threads account has ended. Reconnect it, then retry."
_GONE = ((24, 4279009), (100, 33))
_RESTRICTED_USER = 4279013
_RESTRICTED_ACTIVITY = 2207051
_NOT_FETCHED = 2207052


def failure(error: MetaError) -> PlatformError:
    """What Threads' own codes mean, and else what they mean at all of Meta's platforms."""
    said = error.said
    if error.subcode == _RESTRICTED_ACTIVITY:
        return ContentRejected(f"Threads does not allow this post: {error.detail}", **said)
    if error.subcode == _RESTRICTED_USER or "FEATURE_NOT_AVAILABLE" in error.detail:
        message = f"Threads does not allow this account to post: {error.detail}"
        return Rejected(message, category=ErrorCategory.PERMISSION, **said)
    if error.subcode == _NOT_FETCHED:
        return MediaRejected(f"Threads could not fetch the media: {error.detail}", **said)
    if "THREADS_API__LINK_LIMIT_EXCEEDED" in error.detail:
        message = f"Threads refused the post: {error.detail}"
        return Rejected(message, category=ErrorCategory.VALIDATION, **said)
    return common_error("Threads", error, RECONNECT)


def is_race(answer: Answer) -> bool:
    """24/4279009: what was just made is not found yet."""
    error = meta_error(answer)
    return error is not None and error.subcode == 4279009


def is_missing(answer: Answer) -> bool:
    """There is no such object, or none that we may see."""
    error = meta_error(answer)
    return error is not None and (error.code, error.subcode) in _GONE
