"""The envelope of requests and answers."""

import uuid
from typing import Any

from flask import request

from local.platforms.reading import json_object
from local.platforms.simulation import Refusal
from shared.platforms.snapchat import ABOUT

PROFILES = f"/{ABOUT.api_version}/public_profiles"
# Path of a list -> name of its items.
ITEMS = {"stories": "story", "saved_stories": "saved_story", "spotlights": "spotlight"}


def success(**fields: Any) -> dict[str, Any]:
    """A successful answer."""
    return {"request_id": str(uuid.uuid4()), "request_status": "SUCCESS", **fields}


def refusal(status: int, message: str, code: str | None = None) -> Refusal:
    """A refusal. Most of Snap's codes are not known, so most refusals have none."""
    body = {
        "request_id": str(uuid.uuid4()),
        "request_status": "ERROR",
        "display_message": message,
        "debug_message": message,
    }
    return Refusal(status, body | ({"error_code": code} if code else {}))


def expired() -> Refusal:
    """The media is older than a day."""
    return refusal(400, "The media has expired.", "MEDIA_EXPIRED")


def json_body(*known: str) -> dict[str, Any]:
    """The JSON object in the request, without unknown fields. Raises Refusal."""
    body = json_object()
    if request.mimetype != "application/json" or body is None:
        raise refusal(400, "The request must carry a JSON object.")
    unknown = sorted(set(body) - set(known))
    if unknown:
        raise refusal(400, f"Unrecognized field {', '.join(unknown)}.")
    return body
