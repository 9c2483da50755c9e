"""The bodies in which X refuses (docs.x.com/x-api/fundamentals/response-codes-and-errors)."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from flask import request

from local.platforms.reading import json_object
from local.platforms.simulation import Refusal

_PROBLEMS = "https://api.twitter.com/2/problems"
_NEWER_PROBLEMS = "https://api.x.com/2/problems"
_ID = re.compile(r"[0-9]{1,19}")


def problem(
    status: int,
    title: str,
    detail: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Refusal:
    """A flat problem object, the first shape that X documents."""
    body = {"title": title, "type": "about:blank", "status": status, "detail": detail or title}
    return Refusal(status, body, headers)


def forbidden(detail: str) -> Refusal:
    """403; only the detail names the reason."""
    return problem(403, "Forbidden", detail)


def invalid(parameter: str, value: object, message: str) -> Refusal:
    """400 for one parameter: the second shape that X documents."""
    values = value if isinstance(value, list) else [value]
    return invalid_request(message, {parameter: [str(item) for item in values]})


def invalid_request(message: str, parameters: dict[str, list[str]] | None = None) -> Refusal:
    """400 for the request, with the invalid parameters."""
    return Refusal(
        400,
        {
            "errors": [{"parameters": parameters or {}, "message": message}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": f"{_PROBLEMS}/invalid-request",
        },
    )


def not_found(kind: str, parameter: str, resource_id: str) -> dict[str, Any]:
    """An entry of `errors` in an answer with HTTP 200."""
    return {
        "value": resource_id,
        "parameter": parameter,
        "resource_id": resource_id,
        "resource_type": kind,
        "title": "Not Found Error",
        "detail": f"Could not find {kind} with {parameter}: [{resource_id}].",
        "type": f"{_NEWER_PROBLEMS}/resource-not-found",
    }


def unauthorized_field(field: str, post_id: str) -> dict[str, Any]:
    """An entry of `errors` in an answer with HTTP 200: the field is not for the caller."""
    return {
        "resource_id": post_id,
        "resource_type": "tweet",
        "parameter": "ids",
        "field": field,
        "section": "data",
        "title": "Field Authorization Error",
        "detail": f"Sorry, you are not authorized to access '{field}' on the Tweet with ids : "
        f"[{post_id}].",
        "type": f"{_NEWER_PROBLEMS}/not-authorized-for-field",
    }


def not_found_status(kind: str, parameter: str, resource_id: str) -> Refusal:
    """404 for a write that needs something that does not exist."""
    return Refusal(404, not_found(kind, parameter, resource_id) | {"status": 404})


def usage_capped() -> Refusal:
    """429 that a new window does not end."""
    body = {
        "title": "UsageCapExceeded",
        "detail": "Usage cap exceeded: Monthly product cap",
        "type": f"{_PROBLEMS}/usage-capped",
        "period": "Monthly",
        "scope": "Product",
        "account_id": 1,
    }
    return Refusal(429, body)


def credits_depleted() -> Refusal:
    """402: our own app has no credits left."""
    body = {
        "title": "Payment Required",
        "status": 402,
        "detail": "credits depleted",
        "type": f"{_NEWER_PROBLEMS}/credits-depleted",
    }
    return Refusal(402, body)


def json_body() -> dict[str, Any]:
    """The JSON object that a request must carry. Raises Refusal."""
    if request.mimetype != "application/json":
        raise invalid_request("Requests with bodies must have content-type of application/json.")
    body = json_object()
    if body is None:
        raise invalid_request("Request body must be a JSON object.")
    return body


def check_fields(
    body: Mapping[str, object], required: Collection[str], known: Collection[str], path: str = ""
) -> None:
    """Refuse an object that lacks a required field or has an unknown one. Raises Refusal.

    `path` is the place of the object in the body, with a dot at the end.
    """
    for name in sorted(body.keys() - set(known)):
        message = (
            f"$.{path}{name}: is not defined in the schema and the schema does not allow "
            "additional properties"
        )
        raise invalid(f"{path}{name}", body[name], message)
    for name in sorted(set(required) - body.keys()):
        raise invalid(f"{path}{name}", [], f"$.{path}{name}: is missing")


def bad_query(parameter: str, value: str, problem: str) -> Refusal:
    """400 for a query parameter; `problem` continues the sentence about its value."""
    message = f"The `{parameter}` query parameter value [{value}] {problem}"
    return invalid(parameter, value, message)


def is_id(value: object) -> bool:
    """Ids are decimal digits."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def check_id(parameter: str, value: str) -> None:
    """Refuse what is not an id. Raises Refusal."""
    if not is_id(value):
        raise bad_query(parameter, value, "is not valid")


def allow_query(*known: str) -> None:
    """Refuse query parameters that the endpoint does not know. Raises Refusal."""
    for name in request.args:
        if name not in known:
            message = f"The query parameter [{name}] is not one of [{','.join(known)}]"
            raise invalid(name, request.args[name], message)


def listed_values(name: str, allowed: Collection[str]) -> list[str]:
    """The values of a comma-separated query parameter, all of `allowed`. Raises Refusal."""
    if name not in request.args:
        return []
    values = request.args[name].split(",")
    for value in values:
        if value not in allowed:
            raise bad_query(name, value, f"is not one of [{','.join(sorted(allowed))}]")
    return values
