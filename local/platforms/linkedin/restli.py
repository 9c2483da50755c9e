"""How a request to LinkedIn's versioned API is written (learn.microsoft.com/linkedin)."""

import re
from typing import Any

from flask import request

from local.platforms import reading
from local.platforms.linkedin import errors
from shared.platforms.linkedin import ABOUT

# On 22 November 2026 LinkedIn accepted 202601 to 202609: its newest version and the eight before.
_EARLIER_VERSIONS = 8


def active_versions(newest: str) -> frozenset[str]:
    """The versions that LinkedIn accepts while `newest`, such as 202609, is the newest one."""
    if not re.fullmatch(r"20\d\d(0[1-9]|1[0-2])", newest):
        return frozenset({newest})
    months = int(newest[:4]) * 12 + int(newest[4:]) - 1
    counted = range(months - _EARLIER_VERSIONS, months + 1)
    return frozenset(f"{month // 12}{month % 12 + 1:02}" for month in counted)


ACTIVE_VERSIONS = active_versions(ABOUT.api_version)


def check_version() -> None:
    version = request.headers.get("Linkedin-Version")
    if version is None:
        raise errors.gateway(400, "VERSION_MISSING", "A version must be present")
    if version not in ACTIVE_VERSIONS:
        message = f"Requested version {version} is not active"
        raise errors.gateway(426, "NONEXISTENT_VERSION", message)
    if request.headers.get("X-Restli-Protocol-Version") != "2.0.0":
        raise errors.gateway(400, "ILLEGAL_ARGUMENT", "X-Restli-Protocol-Version must be 2.0.0")


def check_method(method: str) -> None:
    if request.headers.get("X-RestLi-Method") != method:
        raise errors.gateway(400, "ILLEGAL_ARGUMENT", f"X-RestLi-Method must be {method}")


def json_body() -> dict[str, Any]:
    body = reading.json_object()
    if request.mimetype != "application/json" or body is None:
        raise errors.gateway(400, "ILLEGAL_ARGUMENT", "The body must be a JSON object")
    return body


def whole_number(name: str, default: int) -> int:
    number = reading.whole_number(request.args.get(name, str(default)))
    if number is None:
        raise errors.invalid(f"{name} is not a whole number", 400)
    return number


def action(name: str) -> dict[str, Any]:
    """The one field of the body of `?action={name}`, `{name}Request`. Raises Refusal."""
    if dict(request.args) != {"action": name}:
        raise errors.invalid(f"The query must be action={name}", 400)
    body = json_body()
    fields = body.get(f"{name}Request")
    if set(body) != {f"{name}Request"} or not isinstance(fields, dict):
        raise errors.bad_input("MISSING_FIELD", f"{name}Request is required", 400)
    return fields


def check_urn_in_path() -> None:
    """Check that the URN in the path is percent-encoded once. Raises Refusal."""
    raw = request.environ["RAW_URI"].partition("?")[0]
    if "urn:" in raw or "%25" in raw:
        raise errors.gateway(400, "ILLEGAL_ARGUMENT", "The URN in the path is not valid")
