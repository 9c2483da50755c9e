"""How a list is asked for and answered: its parts, its pages."""

import base64
import binascii
from collections.abc import Collection
from typing import Any

from flask import request

from local.platforms.reading import whole_number
from local.platforms.youtube.errors import bad_request
from local.platforms.youtube.parts import STANDARD_QUERY, named_parts


def parts_of(known: Collection[str], *others: str) -> tuple[str, ...]:
    """The parts that the query names. Raises Refusal for them and for other parameters."""
    for name in request.args:
        if name not in ("part", *others, *STANDARD_QUERY):
            raise bad_request(f'Unknown name "{name}"', "unexpectedParameter")
    return named_parts(request.args.getlist("part"), known)


def listing(kind: str, items: list[dict[str, Any]], total: int | None = None) -> dict[str, Any]:
    count = len(items) if total is None else total
    info = {"totalResults": count, "resultsPerPage": len(items)}
    return {"kind": kind, "items": items, "pageInfo": info}


def page_size(default: int, least: int, most: int) -> int:
    """How many items the query asks for. Raises Refusal."""
    size = whole_number(request.args.get("maxResults", str(default)), least, most)
    if size is None:
        raise bad_request("Invalid value for maxResults.", "invalidParameter")
    return size


def page_token(start: int) -> str:
    return base64.urlsafe_b64encode(b"%d" % start).decode()


def page_start() -> int:
    """The position at which the page of the query begins. Raises Refusal."""
    token = request.args.get("pageToken")
    try:
        return int(base64.urlsafe_b64decode(token.encode())) if token else 0
    except (binascii.Error, ValueError):
        raise bad_request("Invalid page token.", "invalidPageToken") from None
