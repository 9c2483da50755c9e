"""What Facebook's refusals mean: the subcode decides, then the code, then the words.

Codes are from developers.facebook.com/docs/pages-api/error-codes as of
2026-11-22; those of seven digits, which come as code or as subcode, also from
what other clients (gitroomhq/postiz-app) have met.
"""

from datetime import timedelta
from typing import Any

from shared.domain.errors import (
    ContentRejected,
    DuplicateRejected,
    ErrorCategory,
    MediaRejected,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    Rejected,
)
from shared.platforms.http import Answer
from shared.platforms.meta.errors import (
    MetaError,
    common_error,
    meta_error,
    not_an_envelope,
)

RECONNECT = "The authorization of this Facebook Page has ended. Reconnect the Page, then retry."

_DUPLICATES = frozenset({506, 1366051})
_MEDIA = {
    1366046: "the photo is too large or of a kind it does not take",
    2069019: "the file is not one it can use",
    1363040: "a reel must be 9:16",
    1363127: "a reel must have at least 540x960 pixels",
    1363128: "a reel must last from 3 to 90 seconds",
    1363129: "a reel must have from 24 to 60 frames a second",
    # trypostit/trypost#361: "Problem with file. Try with another file."
    6000: "there is a problem with the file",
}
_POLICY = frozenset({1346003, 1404102, 1609008})
_PERMISSION = frozenset({2853006, 1404112})
_PERSON_MUST_ACT = frozenset({1404078, 4854002, 1404006})
_INVALID = frozenset({2061006, 1349125, 2069030, 2069031, 2069033})
# A link that cannot be read: nothing is posted, and it may be readable later.
_UNREADABLE_LINK = frozenset({1609005, 1500})
_UNAVAILABLE = frozenset({1363047, 1609010})
_TOO_FAST = 1390008
_TOO_FAST_WAIT = timedelta(minutes=30)
# Ours to mend: a user's token where the Page's belongs, an app without the capability, an API
# version that has ended.
_OPERATOR = {
    2069032: "Soku holds a person's token instead of the Page's",
    1705: "Soku holds a person's token instead of the Page's",
    3: "Soku's app lacks a capability",
    2635: "Soku uses a version of the API that has ended",
}


def error_from(answer: Answer) -> PlatformError:
    """The error that a refused request means."""
    upload = answer.fields().get("debug_info")
    if isinstance(upload, dict):
        return _upload_error(upload)
    error = meta_error(answer)
    return _error(error) if error else not_an_envelope("Facebook", answer)


def is_missing(answer: Answer) -> bool:
    """100/33: there is no such object, or none that we may see."""
    error = meta_error(answer)
    return error is not None and (error.code, error.subcode) == (100, 33)


def _upload_error(info: dict[str, Any]) -> PlatformError:
    """As rupload.facebook.com refuses bytes."""
    kind, detail = str(info.get("type")), str(info.get("message"))
    said: dict[str, Any] = {"platform_code": kind, "platform_message": detail}
    if kind == "ProcessingFailedError":
        return MediaRejected(f"Facebook cannot use the video: {detail}", **said)
    # A refused token is told by the Graph API, which is asked before every upload; what this host
    # says of one is not documented, and no reason to have people authorize again.
    if info.get("retriable") or kind == "NotAuthorizedError":
        return PlatformUnavailable(f"Facebook interrupted the upload: {detail}", **said)
    return Rejected(f"Facebook refused the upload: {detail}", **said)


def _error(error: MetaError) -> PlatformError:
    codes = {error.code, error.subcode}
    said, detail = error.said, error.detail
    if codes & _OPERATOR.keys():
        what = next(_OPERATOR[code] for code in _OPERATOR if code in codes)
        message = f"{what}; the operator must mend that: {detail}"
        return Rejected(message, category=ErrorCategory.PERMISSION, concerns_operator=True, **said)
    if codes & _DUPLICATES or (error.code == 368 and _says_duplicate(error)):
        return DuplicateRejected(
            "Facebook refused the post as a repetition of an earlier one. Change it, or find the "
            "earlier post on the Page.",
            **said,
        )
    return _by_codes(error, codes) or _by_words(error) or common_error("Facebook", error, RECONNECT)


def _by_codes(error: MetaError, codes: set[int | None]) -> PlatformError | None:
    """The errors of seven digits."""
    said, detail = error.said, error.detail
    if codes & _MEDIA.keys():
        what = next(_MEDIA[code] for code in _MEDIA if code in codes)
        return MediaRejected(f"Facebook cannot use the media, {what}: {detail}", **said)
    if codes & _POLICY:
        return ContentRejected(f"Facebook does not allow this post: {detail}", **said)
    if codes & _PERSON_MUST_ACT:
        message = f"Facebook wants the person to confirm something on facebook.com: {detail}"
        return Rejected(message, category=ErrorCategory.PERMISSION, **said)
    if codes & _PERMISSION:
        message = f"Facebook does not allow this account to post: {detail}"
        return Rejected(message, category=ErrorCategory.PERMISSION, **said)
    if _TOO_FAST in codes:
        message = "Facebook finds that the Page posts too fast; it goes on by itself."
        return RateLimited(message, retry_after=_TOO_FAST_WAIT, **said)
    if codes & _UNREADABLE_LINK:
        message = f"Facebook could not read the link; see that it opens, then retry: {detail}"
        return Rejected(message, category=ErrorCategory.VALIDATION, **said)
    if codes & _INVALID:
        message = f"Facebook refused the post: {detail}"
        return Rejected(message, category=ErrorCategory.VALIDATION, **said)
    if codes & _UNAVAILABLE:
        return PlatformUnavailable(f"Facebook is not available: {detail}", **said)
    return None


def _by_words(error: MetaError) -> PlatformError | None:
    """The errors that only their words tell apart."""
    words = f"{error.message} {error.detail}".lower()
    if error.code == 100 and "no permission to publish" in words:
        message = (
            "This person may not publish on the Page; give them the task of creating content: "
            f"{error.detail}"
        )
        return Rejected(message, category=ErrorCategory.PERMISSION, **error.said)
    if "name parameter too long" in words:
        message = f"Facebook finds the text or the title too long: {error.detail}"
        return Rejected(message, category=ErrorCategory.VALIDATION, **error.said)
    return None


def _says_duplicate(error: MetaError) -> bool:
    """368 also comes for a post that was made already; only its words tell."""
    words = f"{error.message} {error.detail}".lower()
    return any(said in words for said in ("identical", "already posted", "duplicate"))
