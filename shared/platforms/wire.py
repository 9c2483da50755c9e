"""The interface of `sending`, which alone knows the HTTP library, and of what platforms return.

Everything that a platform returns is cleaned here, where it enters: `decoded` reads a body,
`mapping`, `mappings`, `words`, `number` read fields whatever their types are, and `wait_of`,
`time_of`, `link_of` keep values in the ranges that can be stored and worked with.
"""

import json
import math
import re
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from shared.domain.errors import LONGEST_RETRY_AFTER, MAX_WORDS, cleaned

# Firestore stores integers of 64 bits.
_LARGEST = 2**63 - 1
# Only escapes bring in characters that cannot be stored: JSON allows no raw control characters.
_ESCAPES = re.compile(r"\\[ubf]")
_LINK = re.compile(r"""https://[^\s"'<>\\^`{|}]+""")
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
# Larger times are in milliseconds: as seconds they would lie after the year 5000.
_LARGEST_SECONDS = 1e11
# For all pages of one list: a look-up holds no claim, so nothing else would end it.
_PAGES_SECONDS = 60.0


class NotSent(Exception):
    """The request never left."""


class AnswerLost(Exception):
    """The request may have arrived, but no complete answer came back."""


class Response(AbstractContextManager[Any], Protocol):
    """An answer whose body is still to be read. Reading raises AnswerLost."""

    status: int
    headers: Mapping[str, str]

    def read(self, size: int) -> bytes:
        """The next `size` bytes as they were sent; fewer only at the end of the body."""

    def read_available(self, size: int) -> bytes:
        """At most `size` decoded bytes, as soon as there are any; b"" at the end of the body."""

    def close(self) -> None: ...


Send = Callable[..., Response]
"""`send(method, url, within=…, timeout=…, **request)`, with the arguments of `requests.Request`.

`within`: seconds from connecting to the last byte of the body. Raises NotSent, AnswerLost.
"""


def decoded(text: str) -> Any:
    """The value of a JSON text, with strings and numbers that can be stored; None for no JSON."""
    try:
        value = json.loads(text, parse_constant=lambda _: None, parse_int=_whole, parse_float=_real)
        return _storable(value) if _ESCAPES.search(text) else value
    except (ValueError, RecursionError):
        return None


def _whole(digits: str) -> int | None:
    value = int(digits)
    return value if abs(value) <= _LARGEST else None


def _real(digits: str) -> float | None:
    value = float(digits)
    return value if math.isfinite(value) else None


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return cleaned(value, None)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {cleaned(name, None): _storable(item) for name, item in value.items()}
    return value


def mapping(value: object) -> dict[str, Any]:
    """`value` if it is a JSON object; else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[dict[str, Any]]:
    """The JSON objects in `value`; none if it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def entries_of(value: object) -> list[dict[str, Any]]:
    """The entries of a list of posts.

    One that is no object is kept as an empty one: a list that cannot be read completely must not
    look like one without our post.
    """
    if value is None:
        return []
    return [mapping(entry) for entry in value] if isinstance(value, list) else [{}]


def words(value: object) -> str:
    """A string or a whole number as text; "" for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def number(value: object) -> int | None:
    """A whole number that is not negative, also from its digits; None for anything else."""
    text = words(value)
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST))
    return min(int(text), _LARGEST) if is_number else None


def wait_of(value: object) -> timedelta | None:
    """A time to wait in seconds, as `Retry-After` has it; None when it has none.

    Longer ones than LONGEST_RETRY_AFTER are cut.
    """
    text = words(value).strip()
    if not text.isascii() or not text.isdigit():
        return None
    longest = int(LONGEST_RETRY_AFTER.total_seconds())
    return timedelta(seconds=longest if len(text) > 9 else min(int(text), longest))


def time_of(value: object) -> datetime | None:
    """A time between 2000 and 2100: ISO 8601, as an HTTP header, in seconds, or in milliseconds.

    None for anything else.
    """
    try:
        moment = _time_of(value)
        return moment if moment and _EARLIEST <= moment < _LATEST else None
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def _time_of(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        seconds = float(value)
    except ValueError:
        text = str(value)
        moment = parsedate_to_datetime(text) if text[:1].isalpha() else datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return datetime.fromtimestamp(seconds / 1000 if seconds > _LARGEST_SECONDS else seconds, UTC)


def link_of(value: object) -> str | None:
    """An https address that can be stored and shown; None for anything else."""
    is_link = isinstance(value, str) and len(value) <= MAX_WORDS and _LINK.fullmatch(value)
    return str(value) if is_link else None


@dataclass(frozen=True)
class Page:
    """One page of a list, newest entries first."""

    entries: list[dict[str, Any]]
    next: str | None
    """Where the next page starts; None on the last one."""


@dataclass(frozen=True)
class Listed:
    """The entries of a list since a time."""

    entries: list[dict[str, Any]]
    is_whole: bool
    """The list was read back to that time, and every entry has a time that can be read."""


def read_pages(
    read: Callable[[str | None], Page],
    since: datetime,
    made_at: Callable[[dict[str, Any]], datetime | None],
    most: int,
) -> Listed:
    """The entries since `since` of at most `most` pages.

    `read` returns the page at a cursor, None for the first one; what it raises is passed on. Stops
    at the first page that ends before `since`, at a cursor that was named before, and after
    a minute.
    """
    entries: list[dict[str, Any]] = []
    until = time.monotonic() + _PAGES_SECONDS
    is_readable = True
    cursor: str | None = None
    cursors: set[str] = set()
    for _ in range(most):
        page = read(cursor)
        times = [made_at(entry) for entry in page.entries]
        is_readable = is_readable and None not in times
        entries += [
            entry
            for entry, moment in zip(page.entries, times, strict=True)
            if moment is not None and moment >= since
        ]
        last = times[-1] if times else None
        if not page.next or (last is not None and last < since):
            return Listed(entries, is_readable)
        if page.next in cursors or time.monotonic() > until:
            break
        cursor = page.next
        cursors.add(cursor)
    return Listed(entries, is_whole=False)
