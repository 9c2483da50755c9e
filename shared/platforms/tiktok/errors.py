"""How TikTok refuses: by the code in its envelope, by the status of an upload, by a failed
post's reason, and by the flat error of its token endpoint.

The HTTP status decides nothing in the envelope: some refusals come with 200.
"""

from datetime import timedelta
from typing import Any

from shared.domain.errors import (
    ContentRejected,
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

RECONNECT = "The authorization of this TikTok account has ended. Reconnect it, then retry."

# No Retry-After is documented; the limits are of a sliding minute.
RATE_LIMIT_WAIT = timedelta(minutes=1)
# Posts of a creator are counted over 24 hours, for all apps together.
CREATOR_CAP_WAIT = timedelta(days=1)
# Creators of our app are counted over a rolling 24 hours: a place may become free at any time.
APP_CAP_WAIT = timedelta(hours=1)


def code_of(answer: Answer) -> str | None:
    """`ok`, or what is wrong; None when the answer is not in TikTok's envelope."""
    error = answer.fields().get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) else None


def data_of(answer: Answer) -> dict[str, Any]:
    """The `data` of an answer whose code is `ok`: HTTP 200 alone says nothing."""
    if not answer.ok or code_of(answer) != "ok":
        raise error_of(answer)
    data = answer.fields().get("data")
    return data if isinstance(data, dict) else {}


_SCOPES = (
    "TikTok was not permitted to do this for Soku: reconnect the account and leave all "
    "permissions ticked."
)
# Of a post that Soku's own app may not make: only who runs Soku can mend it.
_OPERATORS = {
    "unaudited_client_can_only_post_to_private_accounts": (
        "TikTok has not audited Soku's app yet, so that it posts to private accounts alone: the "
        "operator must pass the audit, or the account be made private."
    ),
    "url_ownership_unverified": (
        "TikTok does not know the address of Soku's media: the operator must verify it among the "
        "URL properties of the TikTok app."
    ),
}
_INVALID = {"invalid_param", "invalid_params", "app_version_check_failed"}


def error_of(answer: Answer) -> PlatformError:
    code = code_of(answer)
    if code is None or code == "ok":
        return _no_envelope(answer)
    detail = str(answer.fields()["error"].get("message") or code)
    said: dict[str, Any] = {"platform_code": code, "platform_message": detail}
    if code in _OPERATORS:
        return _forbidden(_OPERATORS[code], said, concerns_operator=True)
    if code in _INVALID:
        return _invalid(f"TikTok refused the post: {detail}", said)
    match code:
        case "access_token_invalid":
            return TokenExpired(RECONNECT, **said)
        case "scope_not_authorized" | "scope_permission_missed":
            return _forbidden(_SCOPES, said)
        case "privacy_level_option_mismatch":
            return _invalid(
                "TikTok no longer offers this account the chosen privacyLevel; retry, or choose "
                "another.",
                said,
            )
        case "spam_risk_user_banned_from_posting" | "spam_risk_text" | "spam_risk":
            return failure_of(code, detail)
        case "internal_error":
            return PlatformUnavailable(f"TikTok is not available: {detail}", **said)
    return _limit_of(code, said) or Rejected(f"TikTok refused the post: {detail}", **said)


def _limit_of(code: str, said: dict[str, Any]) -> PlatformError | None:
    match code:
        case "rate_limit_exceeded":
            return _rate_limited(said)
        case "spam_risk_too_many_posts" | "spam_risk_too_many_pending_share":
            message = "TikTok takes no more posts of this account for today."
            return RateLimited(message, retry_after=CREATOR_CAP_WAIT, **said)
        case "reached_active_user_cap":
            message = "TikTok limits for how many accounts Soku's app may post in a day."
            return RateLimited(message, retry_after=APP_CAP_WAIT, concerns_operator=True, **said)
    return None


def _no_envelope(answer: Answer) -> PlatformError:
    said: dict[str, Any] = {
        "platform_code": str(answer.status),
        "platform_message": answer.text[:500],
    }
    if answer.status == 429:
        return _rate_limited(said)
    return PlatformUnavailable(f"TikTok answered HTTP {answer.status}.", **said)


def _rate_limited(said: dict[str, Any]) -> PlatformError:
    message = "TikTok limits how often this account is used; it goes on by itself."
    return RateLimited(message, retry_after=RATE_LIMIT_WAIT, **said)


def _forbidden(
    message: str, said: dict[str, Any], *, concerns_operator: bool = False
) -> PlatformError:
    return Rejected(
        message,
        category=ErrorCategory.PERMISSION,
        concerns_operator=concerns_operator,
        **said,
    )


def _invalid(message: str, said: dict[str, Any]) -> PlatformError:
    return Rejected(message, category=ErrorCategory.VALIDATION, **said)


def upload_error(answer: Answer) -> PlatformError:
    """What an answer means by which the upload host did not store a chunk.

    Its words are left out: they may repeat the address, which opens the upload.
    """
    said: dict[str, Any] = {"platform_code": str(answer.status)}
    if answer.status == 400:
        return _invalid("TikTok refused the upload of the video.", said)
    if answer.status == 429:
        return _rate_limited(said)
    return PlatformUnavailable(f"TikTok's upload answered HTTP {answer.status}.", **said)


def unless_unclear(error: PlatformError) -> PlatformError:
    """`error` if it is a plain refusal; else nobody knows whether TikTok took the request."""
    if not isinstance(error, PlatformUnavailable):
        return error
    return OutcomeUnknown(
        f"The post was sent, but it may or may not be live: {error.message} It is being looked up.",
        platform_code=error.platform_code,
        platform_message=error.platform_message,
    )


# `fail_reason` of a failed post: of the media, with what is to be changed.
_MEDIA_FAULTS = {
    "file_format_check_failed": "TikTok cannot read this file; save it in another format.",
    "duration_check_failed": "TikTok refused the length of the video; shorten or lengthen it.",
    "frame_rate_check_failed": "TikTok refused the frame rate; save it with 23 to 60 frames.",
    "picture_size_check_failed": "TikTok refused the size of the picture; save it in another.",
    "video_pull_failed": "TikTok could not fetch the video; retry it later.",
    "photo_pull_failed": "TikTok could not fetch the photos; retry it later.",
}


def failure_of(reason: str, detail: str | None = None) -> PlatformError:
    """What the `fail_reason` of a post means that is not live."""
    said: dict[str, Any] = {"platform_code": reason, "platform_message": detail}
    match reason:
        case "spam_risk" | "spam_risk_text":
            return ContentRejected("TikTok's rules do not allow this post; change it.", **said)
        case "spam_risk_user_banned_from_posting":
            return _forbidden("TikTok has banned this account from posting.", said)
        case "spam_risk_too_many_posts":
            message = "TikTok takes no more posts of this account for today; retry it tomorrow."
            return Rejected(message, category=ErrorCategory.RATE_LIMITED, **said)
        case "auth_removed":
            return Rejected(RECONNECT, category=ErrorCategory.AUTH_EXPIRED, **said)
        case "publish_cancelled":
            return Rejected("The publication was canceled on TikTok.", **said)
        case "internal":
            message = "TikTok failed to publish the post several times; retry it later."
            return Rejected(message, category=ErrorCategory.PLATFORM_UNAVAILABLE, **said)
    if reason in _MEDIA_FAULTS:
        return MediaRejected(_MEDIA_FAULTS[reason], **said)
    return Rejected(f"TikTok did not publish the post: {reason}.", **said)


def refresh_error(answer: Answer) -> PlatformError:
    """Judged by the body alone: `invalid_grant` has been seen with HTTP 200."""
    body = answer.fields()
    code = str(body.get("error", answer.status))
    said: dict[str, Any] = {
        "platform_code": code,
        "platform_message": str(body.get("error_description", "")),
    }
    match code:
        case "invalid_grant":
            return ReconnectRequired(RECONNECT, **said)
        case (
            "invalid_client"
            | "unauthorized_client"
            | "invalid_scope"
            | "invalid_request"
            | "unsupported_grant_type"
        ):
            return client_refused("tiktok", **said)
    if answer.status == 429:
        return _rate_limited(said)
    return PlatformUnavailable(f"TikTok did not refresh the token: {code}.", **said)
