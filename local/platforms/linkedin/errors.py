"""LinkedIn's error bodies (learn.microsoft.com/linkedin/shared/api-guide)."""

from typing import Any

from local.platforms.simulation import Refusal
from shared.platforms.linkedin import ABOUT

_BAD_REQUEST = "com.linkedin.common.error.BadRequest"


def gateway(status: int, code: str, message: str, number: int | None = None) -> Refusal:
    """The flat shape of the gateway before the services."""
    body: dict[str, Any] = {"status": status, "code": code, "message": message}
    return Refusal(status, body if number is None else {**body, "serviceErrorCode": number})


def bad_input(code: str, description: str, status: int = 422, message: str = "") -> Refusal:
    """The shape of the services, with one entry of `errorDetails.inputErrors`."""
    error = {"description": description, "input": {}, "code": code}
    return Refusal(
        status,
        {
            "status": status,
            "message": message or description,
            "errorDetailType": _BAD_REQUEST,
            "errorDetails": {"inputErrors": [error]},
        },
    )


def duplicate(urn: str) -> Refusal:
    """Only the message names the first post."""
    message = (
        "com.linkedin.content.common.exception.BadRequestResponseException: "
        f"Content is a duplicate of {urn}"
    )
    return bad_input("DUPLICATE_POST", "Duplicate post is detected", message=message)


def access_denied(resource: str, version: str = f"{ABOUT.api_version}01") -> Refusal:
    """A token that lacks the permission."""
    message = f"Not enough permissions to access: {resource}.{version}"
    return gateway(403, "ACCESS_DENIED", message, 100)


def invalid(description: str, status: int = 422) -> Refusal:
    """A field with an invalid value."""
    return bad_input("INVALID_VALUE_FOR_FIELD", description, status)
