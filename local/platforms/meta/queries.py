"""How the Graph APIs read the query of a GET: fields, limits, cursors and pages."""

import base64
import binascii
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import request

from local.platforms.meta import errors as meta_errors

PAGE_DEFAULT, PAGE_MOST = 25, 100


def fields(known: tuple[str, ...], default: Iterable[str] = ()) -> tuple[str, ...]:
    """The fields that the query names. Raises Refusal for an unknown one."""
    names = [name for name in request.args.get("fields", "").split(",") if name]
    for name in names:
        if name not in known:
            raise meta_errors.bad_parameter(f"Tried accessing nonexisting field ({name})")
    return tuple(names or default)


def only(everything: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The fields of these names that have a value, and `id` always."""
    values = {name: everything.get(name) for name in (*names, "id")}
    return {name: value for name, value in values.items() if value is not None}


def limit() -> int:
    """The size of a page. Raises Refusal."""
    value = request.args.get("limit", str(PAGE_DEFAULT))
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= PAGE_MOST:
        raise meta_errors.bad_parameter(f"Param limit must be from 1 to {PAGE_MOST}.")
    return int(value)


def cursor(name: str) -> int | None:
    """The number in the cursor `after` or `before`. Raises Refusal."""
    value = request.args.get(name)
    if not value:
        return None
    try:
        return int(base64.urlsafe_b64decode(value.encode()))
    except (binascii.Error, ValueError):
        raise meta_errors.bad_parameter(f"Param {name} is not a valid cursor.") from None


def paging(before: object, after: object, *, more: bool) -> dict[str, Any]:
    """`{cursors: {before, after}, next?}`; the URL of the next page has no token."""
    cursors = {"before": _as_cursor(before), "after": _as_cursor(after)}
    if not more:
        return {"cursors": cursors}
    query = {k: v for k, v in request.args.items() if k not in ("access_token", "before")}
    query["after"] = cursors["after"]
    return {"cursors": cursors, "next": f"{request.base_url}?{urlencode(query)}"}


def timestamp(moment: datetime) -> str:
    """2026-11-22T06:00:00+0000."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _as_cursor(number: object) -> str:
    return base64.urlsafe_b64encode(str(number).encode()).decode()
