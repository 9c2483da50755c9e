"""TikTok's errors: codes in its envelope, statuses of an upload, reasons of a failed post, and the
flat errors of its token endpoint.

The envelope counts, not the HTTP status: some refusals come with 200.
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
from shared.platforms.connecting import client_refused
from shared.platforms.http import Answer, Reading, Reply
from shared.platforms.tiktok import ABOUT
from shared.platforms.wire import mapping, words

# No Retry-After is documented; the limits are of a sliding minute.
RATE_LIMIT_WAIT = timedelta(minutes=1)
# Posts of a creator are counted over 24 hours, for all apps together.
CREATOR_CAP_WAIT = timedelta(days=1)
# Creators of our app are counted over a rolling 24 hours: a place may become free at any time.
APP_CAP_WAIT = timedelta(hours=1)


def code_of(answer: Reply) -> str | None:
    """`ok` or an error code; None when the answer is not in TikTok's envelope."""
    return words(mapping(answer.fields().get("error")).get("code")) or None


def data_of(answer: Answer) -> dict[str, Any]:
    """The `data` of an answer whose code is `ok`; HTTP 200 alone does not mean success."""
    if not answer.ok or code_of(answer) != "ok":
        raise error_of(answer)
    return mapping(answer.fields().get("data"))


def shown(reading: Reading) -> dict[str, Any]:
    """The `data` of a read. Raises a PlatformError, never a Rejected."""
    if not reading.ok or code_of(reading) != "ok":
        raise reading.refusal(ABOUT.display_name, error_of)
    return mapping(reading.fields().get("data"))


_SCOPES = (
    "Soku does not have permission for this on TikTok. Reconnect the account and grant every "
    "permission."
)
# Posts that Soku's own app may not make: only the operator can fix this.
_OPERATORS = {
    "unaudited_client_can_only_post_to_private_accounts": (
        "TikTok has not audited Soku's app yet, so it can post only to private accounts. The "
        "operator must pass the audit, or the account must be private."
    ),
    "url_ownership_unverified": (
        "The address of Soku's media is not verified on TikTok. The operator must verify it in the "
        "URL properties of the TikTok app."
    ),
}
_INVALID = {"invalid_param", "invalid_params", "app_version_check_failed"}


def error_of(answer: Answer) -> PlatformError:
    code = code_of(answer)
    if code is None or code == "ok":
        return _no_envelope(answer)
    detail = str(answer.fields()["error"].get("message") or code)
    details: dict[str, Any] = {"platform_code": code, "platform_message": detail}
    if code in _OPERATORS:
        return _forbidden(_OPERATORS[code], details, concerns_operator=True)
    if code in _INVALID:
        return _invalid(f"TikTok refused the post: {detail}", details)
    match code:
        case "access_token_invalid":
            return TokenExpired(ABOUT.reconnect, **details)
        case "scope_not_authorized" | "scope_permission_missed":
            return _forbidden(_SCOPES, details)
        case "privacy_level_option_mismatch":
            return _invalid(
                "TikTok no longer allows this account the chosen privacyLevel. Retry, or choose "
                "another one.",
                details,
            )
        case "spam_risk_user_banned_from_posting" | "spam_risk_text" | "spam_risk":
            return failure_of(code, detail)
        case "internal_error":
            return PlatformUnavailable(f"TikTok is not available: {detail}", **details)
    return _limit_of(code, details) or Rejected(f"TikTok refused the post: {detail}", **details)


def _limit_of(code: str, details: dict[str, Any]) -> PlatformError | None:
    match code:
        case "rate_limit_exceeded":
            return _rate_limited(details)
        case "spam_risk_too_many_posts" | "spam_risk_too_many_pending_share":
            message = "This TikTok account has reached its daily limit of posts."
            return RateLimited(message, retry_after=CREATOR_CAP_WAIT, **details)
        case "reached_active_user_cap":
            message = "Soku's TikTok app has reached its daily limit of accounts."
            return RateLimited(message, retry_after=APP_CAP_WAIT, concerns_operator=True, **details)
    return None


def _no_envelope(answer: Answer) -> PlatformError:
    details: dict[str, Any] = {
        "platform_code": str(answer.status),
        "platform_message": answer.text[:500],
    }
    if answer.status == 429:
        return _rate_limited(details)
    return PlatformUnavailable(f"TikTok answered HTTP {answer.status}.", **details)


def _rate_limited(details: dict[str, Any]) -> PlatformError:
    message = "TikTok limits how often this account is used. Soku retries automatically."
    return RateLimited(message, retry_after=RATE_LIMIT_WAIT, **details)


def _forbidden(
    message: str, details: dict[str, Any], *, concerns_operator: bool = False
) -> PlatformError:
    return Rejected(
        message,
        category=ErrorCategory.PERMISSION,
        concerns_operator=concerns_operator,
        **details,
    )


def _invalid(message: str, details: dict[str, Any]) -> PlatformError:
    return Rejected(message, category=ErrorCategory.VALIDATION, **details)


def upload_error(answer: Answer) -> PlatformError:
    """The error that an upload host means that did not store a chunk.

    Its message is left out: it may contain the address, with which anyone can upload.
    """
    details: dict[str, Any] = {"platform_code": str(answer.status)}
    if answer.status == 400:
        return _invalid("TikTok refused the upload of the video.", details)
    if answer.status == 429:
        return _rate_limited(details)
    return PlatformUnavailable(f"TikTok's upload answered HTTP {answer.status}.", **details)


def unless_unclear(error: PlatformError) -> PlatformError:
    """`error` if it is a clear refusal; else OutcomeUnknown, since TikTok may have the post."""
    if not isinstance(error, PlatformUnavailable):
        return error
    return OutcomeUnknown(
        f"The post was sent and may or may not be live; Soku is looking it up. {error.message}",
        platform_code=error.platform_code,
        platform_message=error.platform_message,
    )


# Values of `fail_reason` that concern the media, with what to change.
_MEDIA_FAULTS = {
    "file_format_check_failed": "TikTok cannot read this file. Save it in another format.",
    "duration_check_failed": "TikTok refused the length of the video. Make it shorter or longer.",
    "frame_rate_check_failed": (
        "TikTok refused the frame rate. Save the video with 23 to 60 frames per second."
    ),
    "picture_size_check_failed": "TikTok refused the size of the picture. Save it in another size.",
    "video_pull_failed": "TikTok could not download the video. Retry later.",
    "photo_pull_failed": "TikTok could not download the photos. Retry later.",
}


def failure_of(reason: str, detail: str | None = None) -> PlatformError:
    """The error that the `fail_reason` of a failed post means."""
    details: dict[str, Any] = {"platform_code": reason, "platform_message": detail}
    match reason:
        case "spam_risk" | "spam_risk_text":
            return ContentRejected(
                "TikTok's rules do not allow this post. Change it, then retry.", **details
            )
        case "spam_risk_user_banned_from_posting":
            return _forbidden("TikTok has banned this account from posting.", details)
        case "spam_risk_too_many_posts":
            message = "This TikTok account has reached its daily limit of posts. Retry tomorrow."
            return Rejected(message, category=ErrorCategory.RATE_LIMITED, **details)
        case "auth_removed":
            return Rejected(ABOUT.reconnect, category=ErrorCategory.AUTH_EXPIRED, **details)
        case "publish_cancelled":
            return Rejected("The publication was canceled on TikTok.", **details)
        case "internal":
            message = "TikTok failed to publish the post several times. Retry later."
            return Rejected(message, category=ErrorCategory.PLATFORM_UNAVAILABLE, **details)
    if reason in _MEDIA_FAULTS:
        return MediaRejected(_MEDIA_FAULTS[reason], **details)
    return Rejected(f"TikTok did not publish the post: {reason}.", **details)


def refresh_error_of(answer: Answer) -> PlatformError:
    """The error that a refused refresh means, by its body: `invalid_grant` can come with 200."""
    body = answer.fields()
    code = str(body.get("error", answer.status))
    details: dict[str, Any] = {
        "platform_code": code,
        "platform_message": str(body.get("error_description", "")),
    }
    match code:
        case "invalid_grant":
            return ReconnectRequired(ABOUT.reconnect, **details)
        case (
            "invalid_client"
            | "unauthorized_client"
            | "invalid_scope"
            | "invalid_request"
            | "unsupported_grant_type"
        ):
            return client_refused(ABOUT, **details)
    if answer.status == 429:
        return _rate_limited(details)
    return PlatformUnavailable(f"TikTok returned no token: {code}.", **details)
