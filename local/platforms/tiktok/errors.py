"""The envelope of TikTok's answers (developers.tiktok.com/doc/tiktok-api-v2-error-handling)."""

import secrets
from typing import Any

from local.platforms.simulation import Refusal

MESSAGES = {
    "access_token_invalid": "The access token is invalid or not found in the request.",
    "scope_not_authorized": "The user did not authorize the scope required for this request.",
    "rate_limit_exceeded": "The API rate limit was exceeded. Please try again later.",
    "spam_risk_too_many_posts": "The daily post cap from the API is reached for the current user.",
    "spam_risk_user_banned_from_posting": "The user is banned from making new posts.",
    "reached_active_user_cap": "The daily quota for active publishing users is reached.",
    "url_ownership_unverified": "Please review our URL ownership verification rules.",
    "privacy_level_option_mismatch": "Please choose one of the options of the creator info.",
    "invalid_publish_id": "The publish_id does not exist.",
    "token_not_authorized_for_specified_publish_id": "The publish_id is of another account.",
    "internal_error": "Something is wrong. Please try again later.",
}


def log_id() -> str:
    return f"2026112200{secrets.token_hex(12).upper()}"


def wrapped(data: dict[str, Any]) -> dict[str, Any]:
    """A successful answer."""
    return {"data": data, "error": {"code": "ok", "message": "", "log_id": log_id()}}


def refusal(status: int, code: str, message: str | None = None) -> Refusal:
    """The same envelope with another code."""
    error = {"code": code, "message": message or MESSAGES[code], "log_id": log_id()}
    return Refusal(status, {"data": {}, "error": error})


def invalid(message: str) -> Refusal:
    """400 for a body that is not as documented."""
    return refusal(400, "invalid_params", message)
