"""Insights: rows of numbers, as Facebook, Instagram and Threads return them.

    {"data": [{"name", "period", "values": [{"value"}], "title", "description", "id"}]}

A number that is not there yet has no row.
"""

from collections.abc import Iterable, Mapping
from typing import Any

LIFETIME = "lifetime"


def rows(
    object_id: str, names: Iterable[str], values: Mapping[str, Any], period: str = LIFETIME
) -> list[dict[str, Any]]:
    """The rows of the named numbers that have a value."""
    return [
        row(object_id, name, {"values": [{"value": values[name]}]}, period)
        for name in names
        if values[name] is not None
    ]


def row(object_id: str, name: str, value: Mapping[str, Any], period: str) -> dict[str, Any]:
    """One row; `value` is its field with the number."""
    return {
        "name": name,
        "period": period,
        **value,
        "title": name.replace("_", " ").capitalize(),
        "description": "",
        "id": f"{object_id}/insights/{name}/{period}",
    }
