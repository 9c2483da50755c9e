"""What Instagram's own errors mean, by their subcodes.

From developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes
(text of 2026-06-02), read 2026-11-22.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from shared.domain.errors import (
    ContentRejected,
    ErrorCategory,
    MediaRejected,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    Rejected,
)
from shared.platforms.http import Answer
from shared.platforms.meta.errors import MetaError, common_error, meta_error, until_access

RECONNECT = "The authorization of this Instagram account has ended. Reconnect it, then retry."
# The places of the rolling 24 hours come free one by one, and no answer says when.
QUOTA_WAIT = timedelta(hours=1)

NOT_READY = 2207027
_SPAM = 2207051
_DAILY_CAP = 2207042
_NO_ACCESS = 33
# Media or container not found. 100/33 also comes for one that is there, right after it was made
# (gitroomhq/postiz-app#1562).
_MISSING = frozenset({_NO_ACCESS, 2207006, 2207008})

# What may go well with another container, and how many more are worth a try.
MORE_TRIES: Mapping[int, int] = {
    2207001: 1,
    2207003: 2,
    2207020: 2,
    2207032: 2,
    # Nothing is published yet, and our own URL is known to be good (gitroomhq/postiz-app#1900).
    2207052: 2,
    2207053: 1,
    2207077: 1,
    2207082: 1,
}
_PASSING = frozenset({2207001, 2207032, 2207053})
_ACCOUNT: Mapping[int, str] = {
    2207050: "Instagram restricts this account. Open the Instagram app, do what it asks for, "
    "then retry.",
}
_OPTION = frozenset({2207023, 2207028, 2207035, 2207036, 2207037, 2207040, 2207057, 2207073})
_ADVICE: Mapping[int, str] = {
    2207010: "Instagram refused the caption as too long; shorten it.",
    2207081: "Instagram offers this account no trial reels; leave out trialReel.",
}
_MEDIA: Mapping[int, str] = {
    2207003: "Instagram took too long to download the media; retry it later.",
    2207004: "The image is larger than the 8 MiB that Instagram takes.",
    2207005: "Instagram takes images as JPEG alone; convert this one.",
    2207009: "Instagram takes images from 4:5 to 1.91:1; crop this one.",
    2207020: "Instagram let the media expire before they were published; retry it.",
    2207026: "Instagram cannot use this video; encode it as MP4 with H.264 and AAC.",
    2207052: "Instagram could not fetch the media; retry it later.",
    2207077: "Instagram could not download the video; retry it later.",
    2207082: "Instagram could not take in the video; retry it later.",
}


def failure(error: MetaError) -> PlatformError:
    """What an error envelope means: its subcode first, then its code."""
    subcode, said = error.subcode or 0, error.said
    if subcode in _MEDIA:
        return MediaRejected(f"{_MEDIA[subcode]} ({error.detail})", **said)
    if subcode == _SPAM:
        message = f"Instagram holds this post for spam, do not send it again: {error.detail}"
        return ContentRejected(message, **said)
    if subcode in _ACCOUNT:
        return Rejected(_ACCOUNT[subcode], category=ErrorCategory.PERMISSION, **said)
    if subcode in _ADVICE:
        return Rejected(_ADVICE[subcode], category=ErrorCategory.VALIDATION, **said)
    if subcode in _OPTION or "INVALID_LOCATION_ID" in error.message:
        message = f"Instagram refused the post: {error.detail}"
        return Rejected(message, category=ErrorCategory.VALIDATION, **said)
    if subcode == _DAILY_CAP:
        message = "The account has reached Instagram's limit of posts in 24 hours; it goes on "
        wait = until_access(error.headers) or QUOTA_WAIT
        return RateLimited(f"{message}by itself.", retry_after=wait, **said)
    if subcode in _PASSING or subcode == NOT_READY:
        return PlatformUnavailable(f"Instagram is not ready: {error.detail}", **said)
    if subcode in _MISSING:
        message = f"Instagram does not find the post or the account: {error.detail}"
        return Rejected(message, **said)
    return common_error("Instagram", error, RECONNECT)


def is_not_ready(answer: Answer) -> bool:
    """The container is not to be had yet, or not any more: its status tells which."""
    error = meta_error(answer)
    return error is not None and (error.subcode == NOT_READY or error.subcode in _MISSING)


def is_missing(answer: Answer) -> bool:
    error = meta_error(answer)
    return error is not None and error.subcode in _MISSING


@dataclass(frozen=True)
class Failure:
    """Why a container came to nothing, and how many more of its kind are worth a try."""

    error: PlatformError
    more_tries: int


_SUBCODE = re.compile(r"\b22\d{5}\b")


def container_failure(sentence: str) -> Failure:
    """What the `status` of a failed container says; its wording is no contract."""
    found = _SUBCODE.search(sentence)
    if found is None:
        message = f"Instagram could not process the media: {sentence or 'it does not say why'}."
        return Failure(MediaRejected(message, platform_message=sentence), more_tries=1)
    subcode = int(found[0])
    told = MetaError(200, None, subcode, sentence, sentence, False, {})
    known = failure(told)
    if type(known) is Rejected and known.category is ErrorCategory.UNKNOWN:
        known = MediaRejected(
            f"Instagram could not process the media: {sentence}", platform_message=sentence
        )
    known.platform_code = found[0]
    return Failure(known, MORE_TRIES.get(subcode, 0))


def tries_after(error: PlatformError) -> int:
    """How many more containers are worth a try after one was refused with `error`."""
    _, _, subcode = (error.platform_code or "").partition("/")
    return MORE_TRIES.get(int(subcode), 0) if subcode.isdigit() else 0
