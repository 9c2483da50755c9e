"""Answers of platforms with something wrong in them, made of good ones."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from tests.platforms.driving import Recorded

# What a value of an answer can turn into.
VALUES = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        -1,
        1,
        2**63,
        10**30,
        -(10**30),
        1e308,
        1.5,
        "",
        "x",
        "0",
        "-1",
        "None",
        "../lists/1?x=1",
        "me/permissions",
        "half \ud83d",
        "\x00\x07",
        "soon",
        "9" * 400,
        "x" * 5000,
        "http://[",
        [],
        {},
        [None],
        [[]],
        [{}],
        ["x", 1, None],
        {"x": 1},
        {"id": None},
        {"id": {"id": []}},
    ]
)
BODIES = st.sampled_from(
    [b"", b"<html><h1>Bad gateway</h1>", b"null", b"[]", b"{}", b'"ok"', b"1", b"{",
     b"\xff\xfe", b'{"a":' * 2000, b"NaN", b'{"data": [[[]]], "error": []}']
)  # fmt: skip
STATUSES = st.sampled_from([201, 204, 301, 302, 308, 400, 401, 403, 404, 409, 416, 422, 429, 500])
HEADERS = st.sampled_from(
    ["", "-1", "0", "9" * 30, "\x00", "../../x", "https://platform.test/\x07", "bytes=0-",
     "bytes=x", "bytes=0-" + "9" * 30, "Mon, 99 Foo 2026 00:00:00 GMT", "[]", '{"a": [{"b": 1}]}']
)  # fmt: skip

Change = Callable[[Recorded], Recorded]


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """A change of one answer: of a field, the body, the status or a header."""
    kind = draw(
        st.sampled_from(["field", "field", "field", "field", "gone", "body", "status", "header"])
    )
    if kind == "body":
        body = draw(BODIES)
        return lambda recorded: replace(recorded, body=body)
    if kind == "status":
        status = draw(STATUSES)
        return lambda recorded: replace(recorded, status=status)
    where = draw(st.integers(0, 10**6))
    if kind == "header":
        value = draw(HEADERS)
        return lambda recorded: replace(recorded, headers=_with_header(recorded, where, value))
    value = draw(VALUES)
    return lambda recorded: replace(
        recorded, body=_with_field(recorded.body, where, kind == "gone", value)
    )


def _with_header(recorded: Recorded, where: int, value: str) -> dict[str, str]:
    names = [*recorded.headers, "Retry-After", "x-rate-limit-reset", "X-Business-Use-Case-Usage"]
    return {**recorded.headers, names[where % len(names)]: value}


def _with_field(body: bytes, where: int, is_gone: bool, value: Any) -> bytes:
    try:
        decoded = json.loads(body)
    except ValueError:
        return json.dumps(value).encode()
    places = list(_places(decoded))
    if not places:
        return json.dumps(value).encode()
    container, key = places[where % len(places)]
    if is_gone:
        del container[key]
    else:
        container[key] = value
    return json.dumps(decoded).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in `value` with each of its keys."""
    if isinstance(value, dict):
        pairs = list(value.items())
    else:
        pairs = list(enumerate(value)) if isinstance(value, list) else []
    for key, inner in pairs:
        yield value, key
        yield from _places(inner)
