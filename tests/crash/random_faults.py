"""Random faults of platforms: any mode on any request, and answers that no platform documents."""

from random import Random
from typing import Any

from tests.crash.random_posts import Kind

METHODS = ("GET", "GET", "POST", "POST", "POST", "PUT", "DELETE")
POLLS = {"tiktok": "POST /v2/post/publish/status"}
MODES = {
    "status": 8,
    "timeout_before": 1,
    "accept_then_timeout": 2,
    "accept_then_500": 5,
    "reset_before": 5,
    "accept_then_reset": 5,
    "expired_token": 3,
    "revoked_token": 0.5,
    "rate_limit": 3,
    "processing_stuck": 1,
    "processing_failed": 1,
    "slow": 1,
    "quota": 1,
}


def _google(reason: str) -> dict[str, Any]:
    errors = [{"reason": reason, "domain": "youtube", "message": reason}]
    return {"error": {"code": 403, "message": reason, "errors": errors}}


def _meta(code: Any, **more: Any) -> dict[str, Any]:
    error = {"message": "Unsupported request", "type": "OAuthException", "code": code, **more}
    return {"error": error}


def _tiktok(code: str) -> dict[str, Any]:
    return {"data": {}, "error": {"code": code, "message": code, "log_id": "1"}}


_ALL_OF_META = [_meta(10), _meta(100), _meta(200), _meta(2, is_transient=True), _meta(4)]
# What each platform says in errors that mean no particular post.
OWN_BODIES: dict[str, list[Any]] = {
    "x": [
        {"title": "Forbidden", "status": 403, "detail": "This looks automated."},
        {"title": "Not Found Error", "detail": "Could not find it.", "status": 404},
    ],
    "youtube": [
        _google("insufficientPermissions"), _google("accessNotConfigured"), _google("badRequest"),
        _google("quotaExceeded"), _google("backendError"),
    ],
    "facebook": _ALL_OF_META,
    "instagram": _ALL_OF_META,
    "threads": _ALL_OF_META,
    "linkedin": [{"status": 403, "code": "ACCESS_DENIED", "message": "Not enough permissions"}],
    "tiktok": [
        _tiktok("internal_error"), _tiktok("scope_not_authorized"), _tiktok("rate_limit_exceeded"),
        _tiktok("invalid_params"),
    ],
    "snapchat": [
        {"request_status": "ERROR", "error_code": "E3002", "display_message": "No permission"},
        {"request_status": "ERROR", "error_code": "E1001", "display_message": "Bad request"},
    ],
}  # fmt: skip
# A backend that counts in UTF-16 cut a text in the middle of a character.
CUT = {"title": "\ud83d", "detail": "\ud83d", "message": "\ud83d", "error": {"message": "\ud83d"}}
BODIES: tuple[Any, ...] = (
    {}, [], "", "<html>Bad gateway</html>", CUT, {"data": {"id": None}}, {"data": None, "id": None},
    {"error": "invalid_request"}, {"error": {"code": None, "message": None}}, _meta("internal"),
)  # fmt: skip
REFUSALS = (400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503)
LIES = (200, 201, 204)


def random_fault(random: Random, kind: Kind, at_visible: float) -> dict[str, Any]:
    """A fault for a platform that publishes `kind`, as `POST /_sim/faults` has it."""
    mode = random.choices(list(MODES), list(MODES.values()))[0]
    place = _place(random, kind, at_visible)
    if random.random() < 0.2:
        # A refused question about a post that the platform is working on.
        polls = POLLS.get(kind.platform, "GET /")
        mode, place = "status", {"match": polls, "after": random.choice((0, 0, 1, 2))}
    fault: dict[str, Any] = {"mode": mode, **place}
    fault["times"] = random.choice((1, 1, 1, 2, 3, 8))
    match mode:
        case "status":
            fault |= _answer(random, kind.platform, fault["match"])
        case "rate_limit":
            fault["retryAfter"] = random.choice((0, 1, 60, 900, 30_000, 10**13))
        case "slow":
            fault["seconds"] = random.choice((0.02, 0.02, 0.6))
    return fault


def _place(random: Random, kind: Kind, at_visible: float) -> dict[str, Any]:
    if random.random() < at_visible:
        after = random.choice((kind.example.visible_after, 0, 1))
        return {"match": kind.example.visible, "after": after}
    return {"match": f"{random.choice(METHODS)} /", "after": random.choice((0, 0, 1, 2, 4))}


def _answer(random: Random, platform: str, match: str) -> dict[str, Any]:
    if random.random() < 0.5:
        status = random.choice((400, 403, 403, 404, 500))
        body = random.choice(OWN_BODIES.get(platform, BODIES))
    else:
        status = random.choice(REFUSALS if random.random() < 0.7 else LIES)
        body = random.choice(BODIES)
    if match.startswith("DELETE") and status in (200, 204, 404):
        # It would say that the post is gone, and nobody could know better.
        status = 403
    if match.startswith("PUT /video/") and status in LIES:
        # TikTok would say that it has a chunk that it never had: the post stays unconfirmed.
        status = 503
    return {"status": status, "body": body}
