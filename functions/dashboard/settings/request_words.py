"""The errors of the API in one sentence each, with what to do, for the list of requests."""

from collections.abc import Mapping

from shared.domain.errors import ErrorCode

ERRORS: Mapping[str, str] = {
    ErrorCode.VALIDATION_ERROR: "A field was wrong. The response listed each with its remedy.",
    ErrorCode.MISSING_INTEGRATIONS: "No account is connected on a platform. Connect one.",
    ErrorCode.MISSING_ACCOUNT: "The account does not exist. Use an ID of the list of accounts.",
    ErrorCode.UPLOAD_FAILED: "A file could not be fetched. Check that its address is public.",
    ErrorCode.UNAUTHORIZED: "The key was missing, wrong or revoked. Send a valid one.",
    ErrorCode.FORBIDDEN: "The key's scopes or the subscription do not allow it.",
    ErrorCode.NOT_FOUND: "What the address names does not exist. Check the ID.",
    ErrorCode.METHOD_NOT_ALLOWED: "The address has no such method. See the API reference.",
    ErrorCode.PAYLOAD_TOO_LARGE: "The body or a file was too large. Upload files on their own.",
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: "The body was not JSON. Send Content-Type: application/json.",
    ErrorCode.IDEMPOTENCY_CONFLICT: "The Idempotency-Key was used for another body. Use a new one.",
    ErrorCode.INVALID_STATE: "The post's state does not allow it. Read the post again.",
    ErrorCode.RATE_LIMIT_EXCEEDED: "Too many requests. Wait for Retry-After, then send it again.",
    ErrorCode.DISPATCH_FAILED: "The post was stored and will be published a little later.",
    ErrorCode.POST_CREATION_FAILED: "The post was not stored. Send the same request again.",
    ErrorCode.INTERNAL_ERROR: "Something failed on Soku's side. Send the same request again.",
}
