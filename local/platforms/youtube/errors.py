"""How YouTube refuses (developers.google.com/youtube/v3/docs/errors)."""

from local.platforms.simulation import Refusal


def refusal(status: int, reason: str, message: str, domain: str = "youtube.video") -> Refusal:
    """`{error: {code, message, errors: [{message, domain, reason}]}}`."""
    fault = {"message": message, "domain": domain, "reason": reason}
    return Refusal(status, {"error": {"code": status, "message": message, "errors": [fault]}})


def bad_request(message: str, reason: str = "badRequest") -> Refusal:
    """400, for what the client did wrong."""
    return refusal(400, reason, message, "global")


def invalid_credentials() -> Refusal:
    """A missing or dead access token."""
    found = refusal(401, "authError", "Invalid Credentials", "global")
    found.body["error"]["errors"][0] |= {"location": "Authorization", "locationType": "header"}
    return found


def insufficient_permissions() -> Refusal:
    """The token lacks the scope."""
    message = "Request had insufficient authentication scopes."
    found = refusal(403, "insufficientPermissions", message, "global")
    found.body["error"]["errors"][0]["message"] = "Insufficient Permission"
    detail = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        "domain": "googleapis.com",
    }
    found.body["error"] |= {"status": "PERMISSION_DENIED", "details": [detail]}
    return found


def no_channel() -> Refusal:
    """The Google account has no channel."""
    found = refusal(401, "youtubeSignupRequired", "Unauthorized", "youtube.header")
    found.body["error"]["errors"][0] |= {"location": "Authorization", "locationType": "header"}
    return found


def forbidden(message: str) -> Refusal:
    """403 that is neither quota nor scope."""
    return refusal(403, "forbidden", message)


def video_not_found() -> Refusal:
    """404 for a video that cannot be deleted because it does not exist."""
    message = "The video that you are trying to delete cannot be found."
    return refusal(404, "videoNotFound", message)


def comment_not_found(reason: str = "commentNotFound") -> Refusal:
    """404 for a comment that does not exist, or that is no thread."""
    message = "The specified comment could not be found."
    return refusal(404, reason, message, "youtube.comment")


def comments_disabled() -> Refusal:
    """403 for a video whose owner has turned off comments."""
    message = (
        'The video identified by the <code><a href="/youtube/v3/docs/commentThreads/list#videoId">'
        "videoId</a></code> parameter has disabled comments."
    )
    found = refusal(403, "commentsDisabled", message, "youtube.commentThread")
    found.body["error"]["errors"][0] |= {"location": "videoId", "locationType": "parameter"}
    return found


def quota_exceeded() -> Refusal:
    """The project has used up its day."""
    message = (
        "The request cannot be completed because you have exceeded your "
        '<a href="/youtube/v3/getting-started#quota">quota</a>.'
    )
    return refusal(403, "quotaExceeded", message, "youtube.quota")


def upload_limit_exceeded() -> Refusal:
    """The channel has used up its uploads."""
    message = "The user has exceeded the number of videos they may upload."
    return refusal(400, "uploadLimitExceeded", message)


def rate_limit_exceeded() -> Refusal:
    """Too fast."""
    found = refusal(429, "rateLimitExceeded", "Resource has been exhausted.", "usageLimits")
    found.body["error"]["status"] = "RESOURCE_EXHAUSTED"
    return found
