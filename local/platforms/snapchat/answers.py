"""The envelope in which Snap answers and refuses (sections 3 and 7 of the notes on Snapchat)."""

import json
import uuid
from typing import Any

from flask import Response

from local.platforms.simulation import Refusal


def success(**fields: Any) -> dict[str, Any]:
    """An answer that all went well."""
    return {"request_id": str(uuid.uuid4()), "request_status": "SUCCESS", **fields}


def refusal(status: int, message: str, code: str | None = None) -> Refusal:
    """A refusal; most of Snap's codes are not known, so most have none."""
    body = {
        "request_id": str(uuid.uuid4()),
        "request_status": "ERROR",
        "display_message": message,
        "debug_message": message,
    }
    return Refusal(status, body | ({"error_code": code} if code else {}))


def dead_token() -> Refusal:
    """A call with a token that is missing, over or revoked: in OAuth's form."""
    description = "The access token is invalid or expired."
    return Refusal(401, {"error": "invalid_token", "error_description": description})


def denied() -> Refusal:
    """An app that is not allowlisted, or a profile that the user has no role on."""
    message = "The caller is not permitted to act for this profile."
    return refusal(403, message, "AUTHORIZATION_PERMISSION_DENIED")


def processing() -> Refusal:
    """The media is finalized and not ready."""
    return refusal(400, "The media is still being processed.", "MEDIA_PROCESSING")


def expired() -> Refusal:
    """The media's day is over."""
    return refusal(400, "The media has expired.", "MEDIA_EXPIRED")


def posting_already() -> Refusal:
    """An earlier call with the same media is still at work."""
    message = "The media is being posted already."
    return refusal(400, message, "MEDIA_POSTING_ALREADY_IN_PROGRESS")


def as_response(refused: Refusal) -> Response:
    """A refusal as an answer."""
    return Response(json.dumps(refused.body), refused.status, mimetype="application/json")
