"""The parameters of a request to a Graph API, wherever the client has put them."""

import json
from collections.abc import Mapping

from flask import request

from local.platforms.reading import json_object


def parameters() -> Mapping[str, str]:
    """The parameters of the request: query, form and JSON are equivalent.

    developers.facebook.com/docs/graph-api/overview. What is not a string is given as JSON.
    """
    sent = json_object() or {}
    in_json = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in sent.items()
        if value is not None
    }
    return {**in_json, **request.values}


def listed(value: str) -> list[str]:
    """The entries of a list, in either form that Meta accepts: as JSON, or with commas."""
    try:
        entries = json.loads(value)
    except ValueError:
        entries = None
    if not isinstance(entries, list):
        entries = value.split(",")
    return [str(entry).strip() for entry in entries if str(entry).strip()]
