"""The refusals that X documents, or that other clients report."""

from typing import Any

from shared.domain.errors import (
    ContentRejected,
    DuplicateRejected,
    ErrorCategory,
    MediaRejected,
    PlatformError,
    RateLimited,
    Rejected,
    TokenExpired,
)
from tests.platforms.contract import Refusal

C = ErrorCategory
PROBLEMS = "https://api.twitter.com/2/problems"
NEWER_PROBLEMS = "https://api.x.com/2/problems"
OLD = f"{PROBLEMS}/"


def flat(status: int, title: str, detail: str, kind: str = "about:blank") -> dict[str, Any]:
    return {"title": title, "detail": detail, "type": kind, "status": status}


def forbidden(detail: str) -> dict[str, Any]:
    return flat(403, "Forbidden", detail)


def invalid(message: str) -> dict[str, Any]:
    return {
        "errors": [{"parameters": {"text": ["…"]}, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": f"{PROBLEMS}/invalid-request",
    }


# (HTTP status, body, class, category, a piece of the message)
BODIES: list[tuple[int, Any, type[PlatformError], ErrorCategory, str]] = [
    (401, flat(401, "Unauthorized", "Unauthorized"), TokenExpired, C.AUTH_EXPIRED, "Reconnect"),
    (401, "", TokenExpired, C.AUTH_EXPIRED, "Reconnect"),
    (
        403,
        flat(403, "Unsupported", "App-only.", OLD + "unsupported-authentication"),
        Rejected,
        C.PERMISSION,
        "App-only.",
    ),
    (
        403,
        flat(403, "Forbidden", "Not permitted.", f"{NEWER_PROBLEMS}/oauth1-permissions"),
        Rejected,
        C.PERMISSION,
        "does not allow this account",
    ),
    (
        403,
        {
            "reason": "client-not-enrolled",
            **flat(403, "Client Forbidden", "Enroll.", OLD + "client-forbidden"),
        },
        Rejected,
        C.PERMISSION,
        "Enroll.",
    ),
    (
        403,
        flat(403, "Forbidden", "User has been locked.", f"{PROBLEMS}/user-suspended"),
        Rejected,
        C.PERMISSION,
        "the account is suspended",
    ),
    (403, forbidden("Your account is suspended."), Rejected, C.PERMISSION, "is suspended"),
    (
        403,
        forbidden("You are not allowed to create a Tweet with duplicate content."),
        DuplicateRejected,
        C.DUPLICATE,
        "Change the text",
    ),
    (
        403,
        forbidden("Reply to this conversation is not allowed."),
        Rejected,
        C.PERMISSION,
        "Reply to this conversation",
    ),
    (
        403,
        forbidden("You are not permitted to perform this action."),
        Rejected,
        C.PERMISSION,
        "not permitted",
    ),
    (403, forbidden("Your Tweet text is too long."), Rejected, C.VALIDATION, "too long"),
    (400, invalid("Your Tweet text is too long."), Rejected, C.VALIDATION, "too long"),
    (
        403,
        forbidden("Posts are limited to a maximum of one cashtag."),
        Rejected,
        C.VALIDATION,
        "one cashtag",
    ),
    (403, forbidden("Tweet contains an invalid URL."), Rejected, C.VALIDATION, "invalid URL"),
    (
        403,
        forbidden("This user is not allowed to post a video longer than 2 minutes"),
        MediaRejected,
        C.MEDIA_ERROR,
        "2 minutes",
    ),
    (400, invalid("Your media IDs are invalid."), MediaRejected, C.MEDIA_ERROR, "media IDs"),
    (400, invalid("$.foo: is not defined in the schema"), Rejected, C.VALIDATION, "$.foo"),
    (
        404,
        {
            "title": "Not Found Error",
            "detail": "Could not find tweet.",
            "type": f"{NEWER_PROBLEMS}/resource-not-found",
        },
        Rejected,
        C.VALIDATION,
        "Could not find tweet.",
    ),
    (
        429,
        flat(429, "Too Many Requests", "Too Many Requests"),
        RateLimited,
        C.RATE_LIMITED,
        "retries automatically",
    ),
    (
        429,
        {"errors": [{"code": 88, "message": "Rate limit exceeded"}]},
        RateLimited,
        C.RATE_LIMITED,
        "retries automatically",
    ),
    (
        429,
        {
            "title": "UsageCapExceeded",
            "detail": "Usage cap exceeded: Monthly product cap",
            "type": f"{PROBLEMS}/usage-capped",
            "period": "Monthly",
            "scope": "Product",
        },
        RateLimited,
        C.RATE_LIMITED,
        "operator must raise it",
    ),
    (
        402,
        {
            "account_id": 123,
            "title": "CreditsDepleted",
            "detail": "Your enrolled account [123] does not have any credits.",
            "type": f"{PROBLEMS}/credits",
        },
        RateLimited,
        C.RATE_LIMITED,
        "operator must add credits",
    ),
    (
        402,
        flat(402, "Payment Required", "credits depleted", f"{NEWER_PROBLEMS}/credits-depleted"),
        RateLimited,
        C.RATE_LIMITED,
        "operator must add credits",
    ),
    (
        403,
        {"errors": [{"code": 226, "message": "This request looks like it might be automated."}]},
        ContentRejected,
        C.CONTENT_POLICY,
        "might be automated",
    ),
    (
        403,
        forbidden("It violates our rules."),
        ContentRejected,
        C.CONTENT_POLICY,
        "rules",
    ),
    (
        403,
        forbidden("Withheld by law."),
        ContentRejected,
        C.CONTENT_POLICY,
        "Withheld",
    ),
    (418, "<html>teapot</html>", Rejected, C.UNKNOWN, "HTTP 418"),
]


REFUSALS = [
    Refusal(f"{number}, HTTP {status}", status, body, kind, category)
    for number, (status, body, kind, category, _) in enumerate(BODIES)
]
