"""Parts of paths that the caller chooses."""

from urllib.parse import quote

from soku.errors import SokuError


def part(an_id: str) -> str:
    """An ID as one part of a path, so that it cannot lead to another call."""
    if an_id.strip(". ") == "" or "/" in an_id or "\\" in an_id:
        raise SokuError(f"{an_id[:60]!r} is not an ID.")
    return quote(an_id, safe="")
