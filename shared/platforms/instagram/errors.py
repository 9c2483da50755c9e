"""Instagram's errors, by their subcodes.

From developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes
(text of 2026-06-02), read 2026-11-22.
"""

import re
from collections.abc import Mapping
from datetime import timedelta

from shared.domain.errors import (
    ContentRejected,
    ErrorCategory,
    MediaRejected,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    Rejected,
    TokenExpired,
)
from shared.platforms.http import Answer, Reply
from shared.platforms.instagram import ABOUT
from shared.platforms.meta.containers import Failure
from shared.platforms.meta.errors import (
    MetaError,
    common_error,
    meta_error,
    not_an_envelope,
    until_access,
)
from shared.platforms.wire import number

# The rolling 24-hour quota frees up post by post, and no answer says when.
QUOTA_WAIT = timedelta(hours=1)

_NOT_READY = 2207027
_SPAM = 2207051
_DAILY_CAP = 2207042
_ACCOUNT_RESTRICTED = 2207050
# Media or container not found. 100/33 also comes for a container that was just created
# (gitroomhq/postiz-app#1562).
_MISSING = frozenset({33, 2207006, 2207008})

# Errors that another container may not run into, and how many more to try.
_MORE_TRIES: Mapping[int, int] = {
    2207001: 1,
    2207003: 2,
    2207020: 2,
    2207032: 2,
    # Nothing is published yet, and our own URL is known to work (gitroomhq/postiz-app#1900).
    2207052: 2,
    2207053: 1,
    2207077: 1,
    2207082: 1,
}
_PASSING = frozenset({2207001, 2207032, 2207053, _NOT_READY})
_OPTION = frozenset({2207023, 2207028, 2207035, 2207036, 2207037, 2207040, 2207057, 2207073})
_ADVICE: Mapping[int, str] = {
    2207010: "Instagram refused the caption as too long. Shorten it.",
    2207081: "Trial reels are not available for this Instagram account. Remove trialReel.",
}
_MEDIA: Mapping[int, str] = {
    2207003: "Instagram took too long to download the media. Retry later.",
    2207004: "The image is larger than Instagram's limit of 8 MiB.",
    2207005: "Instagram supports only JPEG images. Convert this image.",
    2207009: "Instagram supports image aspect ratios from 4:5 to 1.91:1. Crop this image.",
    2207020: "The media expired on Instagram before they were published. Retry.",
    2207026: "Instagram cannot use this video. Encode it as MP4 with H.264 and AAC.",
    2207052: "Instagram could not download the media. Retry later.",
    2207077: "Instagram could not download the video. Retry later.",
    2207082: "Instagram could not process the video. Retry later.",
}
_SUBCODE = re.compile(r"\b22\d{5}\b")


def error_of(answer: Answer) -> PlatformError:
    """The error that a 4xx answer of Instagram means."""
    error = meta_error(answer)
    return _error(error) if error else not_an_envelope(ABOUT, answer)


def _error(error: MetaError) -> PlatformError:
    """The subcode decides, then the code."""
    subcode = error.subcode or 0
    if subcode in _MEDIA:
        return error.to(MediaRejected, f"{_MEDIA[subcode]} ({error.detail})")
    if subcode == _SPAM:
        return error.to(
            ContentRejected,
            f"Instagram treats this post as spam. Do not send it again: {error.detail}",
        )
    if subcode == _ACCOUNT_RESTRICTED:
        message = (
            "Instagram has restricted this account. Open the Instagram app, follow the steps it "
            "shows, then retry."
        )
        return error.to(Rejected, message, category=ErrorCategory.PERMISSION)
    if subcode in _ADVICE:
        return error.to(Rejected, _ADVICE[subcode], category=ErrorCategory.VALIDATION)
    if subcode in _OPTION or "INVALID_LOCATION_ID" in error.message:
        message = f"Instagram refused the post: {error.detail}"
        return error.to(Rejected, message, category=ErrorCategory.VALIDATION)
    if subcode == _DAILY_CAP:
        message = (
            "This account has reached Instagram's limit of posts in 24 hours. Soku retries "
            "automatically."
        )
        wait = until_access(error.headers) or QUOTA_WAIT
        return error.to(RateLimited, message, retry_after=wait)
    if subcode in _PASSING:
        return error.to(PlatformUnavailable, f"Instagram is not ready: {error.detail}")
    if subcode in _MISSING:
        return error.to(Rejected, f"Instagram did not find the post or the account: {error.detail}")
    return common_error(ABOUT, error)


def is_missing(answer: Reply) -> bool:
    """Whether Instagram does not find the object."""
    error = meta_error(answer)
    return error is not None and error.subcode in _MISSING


def is_not_ready(answer: Reply) -> bool:
    """Whether the container is not available, yet or any more: its status tells which."""
    error = meta_error(answer)
    return error is not None and _is_unready(error.subcode)


def names_unready_container(error: PlatformError) -> bool:
    """As `is_not_ready`, for an error that was made of the answer."""
    return _is_unready(_subcode_of(error))


def _is_unready(subcode: int | None) -> bool:
    return subcode == _NOT_READY or subcode in _MISSING


def may_be_live(error: PlatformError) -> bool:
    """Whether the post may be live although the visible request was refused with `error`.

    How Instagram answers for a container that is already published is not documented.
    """
    is_unknown = isinstance(error, Rejected) and error.category is ErrorCategory.UNKNOWN
    may_pass = isinstance(error, PlatformUnavailable) or refusal_of(error).more_tries > 0
    return is_unknown or may_pass


def refusal_of(error: PlatformError) -> Failure:
    """What it means that a container was refused with `error`."""
    return Failure(error, _MORE_TRIES.get(_subcode_of(error) or 0, 0))


def failure_of(reason: str) -> Failure:
    """What the `status` of a container in ERROR means; its wording is not documented."""
    message = f"Instagram could not process the media: {reason or 'no reason given'}."
    unknown = MediaRejected(message, platform_message=reason)
    match = _SUBCODE.search(reason)
    if match is None:
        return Failure(unknown, more_tries=1)
    subcode = int(match[0])
    error = _error(MetaError(200, None, subcode, reason, reason, False, {}))
    if type(error) is Rejected and error.category is ErrorCategory.UNKNOWN:
        error = unknown
    error.platform_code = match[0]
    return Failure(error, _MORE_TRIES.get(subcode, 0))


def _subcode_of(error: PlatformError) -> int | None:
    _, _, subcode = (error.platform_code or "").partition("/")
    return number(subcode)


def refresh_error_of(answer: Answer) -> PlatformError:
    """The error that a refused token refresh means.

    The token is all that was sent, so a refusal of a parameter or a permission is about it.
    """
    error = error_of(answer)
    is_about_token = isinstance(error, TokenExpired) or (
        isinstance(error, Rejected)
        and error.category in (ErrorCategory.PERMISSION, ErrorCategory.VALIDATION)
    )
    return ReconnectRequired(ABOUT.reconnect) if is_about_token else error
