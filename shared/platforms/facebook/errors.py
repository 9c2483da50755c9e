"""Facebook's errors: the subcode decides, then the code, then the words.

Codes are from developers.facebook.com/docs/pages-api/error-codes as of
2026-11-22; those of seven digits, which come as a code or as a subcode, also
from other clients' reports (gitroomhq/postiz-app).
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
from shared.platforms.connecting import client_refused
from shared.platforms.facebook import ABOUT
from shared.platforms.http import Answer, Reply
from shared.platforms.meta.errors import (
    MetaError,
    common_error,
    meta_error,
    not_an_envelope,
)

_DUPLICATES = frozenset({506, 1366051})
_MEDIA = {
    1366046: "the photo is too large, or its type is not supported",
    2069019: "the file is not supported",
    1363040: "a reel must be 9:16",
    1363127: "a reel must have at least 540x960 pixels",
    1363128: "a reel must last from 3 to 90 seconds",
    1363129: "a reel must have from 24 to 60 frames per second",
    # trypostit/trypost#361: "Problem with file. Try with another file."
    6000: "there is a problem with the file",
}
_POLICY = frozenset({1346003, 1404102, 1609008})
_PERMISSION = frozenset({2853006, 1404112})
_USER_MUST_ACT = frozenset({1404078, 4854002, 1404006})
_INVALID = frozenset({2061006, 1349125, 2069030, 2069031, 2069033})
# A link that cannot be read: nothing is posted, and the link may work later.
_UNREADABLE_LINK = frozenset({1609005, 1500})
_UNAVAILABLE = frozenset({1363047, 1609010})
_TOO_FAST = 1390008
_TOO_FAST_WAIT = timedelta(minutes=30)
# The operator must fix these: a user's token instead of the Page's, an app without the
# capability, an API version that has ended.
_OPERATOR = {
    2069032: "Soku has a user's token instead of the Page's",
    1705: "Soku has a user's token instead of the Page's",
    3: "Soku's app lacks a capability",
    2635: "Soku uses an API version that has ended",
}


def error_of(answer: Answer) -> PlatformError:
    """The error that a 4xx answer of Facebook means."""
    upload = answer.fields().get("debug_info")
    if isinstance(upload, dict):
        return _upload_error(upload)
    error = meta_error(answer)
    return _error(error) if error else not_an_envelope(ABOUT, answer)


def is_missing(answer: Reply) -> bool:
    """100/33: the object is gone, or is hidden from the token."""
    error = meta_error(answer)
    return error is not None and (error.code, error.subcode) == (100, 33)


def _upload_error(info: dict[str, Any]) -> PlatformError:
    """The errors of rupload.facebook.com, the host that receives bytes."""
    kind, detail = str(info.get("type")), str(info.get("message"))
    platform_words: dict[str, Any] = {"platform_code": kind, "platform_message": detail}
    if kind == "ProcessingFailedError":
        return MediaRejected(f"Facebook cannot use the video: {detail}", **platform_words)
    # The Graph API is read before every upload and reports a refused token. What this host
    # reports about one is not documented, so it is no reason to reconnect the account.
    if info.get("retriable") or kind == "NotAuthorizedError":
        message = f"Facebook interrupted the upload: {detail}"
        return PlatformUnavailable(message, **platform_words)
    return Rejected(f"Facebook refused the upload: {detail}", **platform_words)


def _error(error: MetaError) -> PlatformError:
    codes = {error.code, error.subcode}
    if codes & _OPERATOR.keys():
        cause = next(_OPERATOR[code] for code in _OPERATOR if code in codes)
        message = f"{cause}. The operator must fix this: {error.detail}"
        permission = ErrorCategory.PERMISSION
        return error.to(Rejected, message, category=permission, concerns_operator=True)
    if codes & _DUPLICATES or (error.code == 368 and _names_duplicate(error)):
        message = (
            "Facebook refused the post as a duplicate of an earlier one. Change it, or find the "
            "earlier post on the Page."
        )
        return error.to(DuplicateRejected, message)
    return _by_codes(error, codes) or _by_words(error) or common_error(ABOUT, error)


def _by_codes(error: MetaError, codes: set[int | None]) -> PlatformError | None:
    """The errors of seven digits."""
    detail = error.detail
    if codes & _MEDIA.keys():
        reason = next(_MEDIA[code] for code in _MEDIA if code in codes)
        return error.to(MediaRejected, f"Facebook cannot use the media, {reason}: {detail}")
    if codes & _POLICY:
        return error.to(ContentRejected, f"Facebook does not allow this post: {detail}")
    if codes & _USER_MUST_ACT:
        message = f"Facebook requires a confirmation from you on facebook.com: {detail}"
        return error.to(Rejected, message, category=ErrorCategory.PERMISSION)
    if codes & _PERMISSION:
        message = f"Facebook does not allow this account to post: {detail}"
        return error.to(Rejected, message, category=ErrorCategory.PERMISSION)
    if _TOO_FAST in codes:
        message = "Facebook reports that the Page posts too fast. Soku retries automatically."
        return error.to(RateLimited, message, retry_after=_TOO_FAST_WAIT)
    if codes & _UNREADABLE_LINK:
        message = f"Facebook could not read the link. Check that it opens, then retry: {detail}"
        return error.to(Rejected, message, category=ErrorCategory.VALIDATION)
    if codes & _INVALID:
        message = f"Facebook refused the post: {detail}"
        return error.to(Rejected, message, category=ErrorCategory.VALIDATION)
    if codes & _UNAVAILABLE:
        return error.to(PlatformUnavailable, f"Facebook is not available: {detail}")
    return None


def _by_words(error: MetaError) -> PlatformError | None:
    """The errors that only their words tell apart."""
    if "appsecret_proof" in error.words:
        return client_refused(ABOUT, platform_message=error.message)
    if error.code == 100 and "no permission to publish" in error.words:
        message = (
            "This user may not publish on the Page. Give them permission to create content: "
            f"{error.detail}"
        )
        return error.to(Rejected, message, category=ErrorCategory.PERMISSION)
    if "name parameter too long" in error.words:
        message = f"Facebook refused the text or the title as too long: {error.detail}"
        return error.to(Rejected, message, category=ErrorCategory.VALIDATION)
    return None


def _names_duplicate(error: MetaError) -> bool:
    """368 also comes for a post that was already published; only its words tell."""
    return any(word in error.words for word in ("identical", "already posted", "duplicate"))
