"""How the Graph APIs read the query of a GET: fields, times, limits, cursors and pages."""

import base64
import binascii
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import request

from local.platforms.meta import errors as meta_errors
from local.platforms.posts import Post
from local.platforms.reading import whole_number

PAGE_DEFAULT, PAGE_MOST = 25, 100

Fields = dict[str, "Fields"]
Modifiers = dict[str, str]
Edges = Mapping[str, Callable[[Modifiers, Fields], Any]]
"""What an object has besides its own fields, by the name."""
T = TypeVar("T")
_MODIFIER = re.compile(r"\.(\w+)\(([^()]*)\)")
_MODIFIED = re.compile(rf"(\w+)((?:{_MODIFIER.pattern})*)")


def selected(everything: Mapping[str, Any], default: Iterable[str] = ()) -> dict[str, Any]:
    """The fields that the query names, or the default ones, as in `chosen`. Raises Refusal."""
    return chosen(everything, queried_fields() or {name: {} for name in default})


def queried_fields() -> Fields:
    """The fields that the query names. Raises Refusal."""
    return read_fields(request.args.get("fields", ""))


def expanded(
    everything: Mapping[str, Any], edges: Edges, fields: Fields | None = None
) -> dict[str, Any]:
    """As `selected`, with edges: `name.modifier(value){field}` is asked of the edge.

    `fields`: those of the query by default. Raises Refusal.
    """
    plain: Fields = {}
    answers: dict[str, Any] = {}
    for field, below in (queried_fields() if fields is None else fields).items():
        name, modifiers = _modified(field)
        if name in edges:
            answers[name] = edges[name](modifiers, below)
        else:
            plain[field] = below
    return chosen(everything, plain) | {k: v for k, v in answers.items() if v is not None}


def counted(modifiers: Modifiers, count: int | None) -> dict[str, Any] | None:
    """An edge of which only the count is of interest; without a count, it is not shown.

    Raises Refusal.
    """
    check_known(modifiers, ("summary", "limit"))
    if count is None:
        return None
    if modifiers.get("summary") not in ("true", "total_count"):
        return {"data": []}
    return {"data": [], "summary": {"total_count": count}}


def _modified(field: str) -> tuple[str, Modifiers]:
    """`a.b(c).d(e)` as its name and `{b: c, d: e}`. Raises Refusal."""
    match = _MODIFIED.fullmatch(field)
    if match is None:
        raise meta_errors.bad_parameter("Syntax error in fields")
    return match[1], dict(_MODIFIER.findall(match[2]))


def read_fields(text: str) -> Fields:
    """`a,b{c,d{e}}` as `{a: {}, b: {c: {}, d: {e: {}}}}`; `a.b(c,d)` is a name. Raises Refusal."""
    tree: Fields = {}
    stack = [tree]
    name = ""
    for character in f"{text},":
        if name.count("(") > name.count(")"):
            name += character
            continue
        if character in ",{}" and name:
            stack[-1][name] = {}
        if character == "{":
            stack.append(stack[-1].get(name, {}))
        elif character == "}" and len(stack) > 1:
            stack.pop()
        elif character == "}":
            raise meta_errors.bad_parameter("Syntax error in fields")
        name = "" if character in ",{}" else name + character
    if len(stack) > 1 or name:
        raise meta_errors.bad_parameter("Syntax error in fields")
    return tree


def chosen(everything: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """The named fields that have a value, and `id` always. Raises Refusal for an unknown one."""
    check_known(fields, everything)
    shown: dict[str, Any] = {}
    for name, below in fields.items():
        value = everything[name]
        if isinstance(value, dict) and "data" in value:
            data = value["data"]
            if isinstance(data, list):
                value = {"data": [chosen(entry, below) for entry in data]}
            elif below:
                value = {"data": chosen(data, below)}
        if value is not None:
            shown[name] = value
    return shown | ({"id": everything["id"]} if "id" in everything else {})


def check_known(fields: Iterable[str], known: Collection[str]) -> None:
    """Refuse unknown fields. Raises Refusal."""
    for name in fields:
        if name not in known:
            raise meta_errors.bad_parameter(f"Tried accessing nonexisting field ({name})")


def listing(
    posts: Iterable[Post],
    as_json: Callable[[Post], Mapping[str, Any]],
    number_of: Callable[[Post], int] = lambda post: int(post.id),
) -> dict[str, Any]:
    """The page of `posts` that the query names, `{data, paging?}`; they are newest first.

    `number_of` is a number that grows from post to post. Raises Refusal.
    """
    return paged(within(posts), lambda post: selected(as_json(post)), number_of)


def within(posts: Iterable[Post]) -> list[Post]:
    """The posts between the times `since` and `until` of the query. Raises Refusal."""
    since, until = moment("since"), moment("until")
    return [
        post
        for post in posts
        if (since is None or post.visible_at >= since)
        and (until is None or post.visible_at <= until)
    ]


def paged(
    items: Iterable[T],
    shown: Callable[[T], Mapping[str, Any]],
    number_of: Callable[[T], int],
    most: int = PAGE_MOST,
) -> dict[str, Any]:
    """The page of `items` that the query names, `{data, paging?}`. Their numbers fall.

    A page has at most `most` items. Raises Refusal.
    """
    size, after, before = min(_limit(), most), _cursor("after"), _cursor("before")
    older = [item for item in items if after is None or number_of(item) < after]
    if before is None:
        page, more = older[:size], len(older) > size
    else:
        newer = [item for item in older if number_of(item) > before]
        page, more = newer[-size:], len(newer) < len(older)
    return _page([shown(item) for item in page], [number_of(item) for item in page], more=more)


def embedded(
    items: Sequence[T],
    shown: Callable[[T], Mapping[str, Any]],
    number_of: Callable[[T], int],
    modifiers: Modifiers,
) -> dict[str, Any]:
    """The first page of a list within another answer. Raises Refusal."""
    size = whole_number(modifiers.get("limit", str(PAGE_DEFAULT)), 0, PAGE_MOST)
    if size is None:
        raise meta_errors.bad_parameter(f"Param limit must be from 0 to {PAGE_MOST}.")
    page = items[:size]
    more = len(items) > size
    return _page([shown(item) for item in page], [number_of(item) for item in page], more=more)


def _page(data: list[Mapping[str, Any]], numbers: list[int], *, more: bool) -> dict[str, Any]:
    paging = {"paging": _paging(numbers[0], numbers[-1], more=more)} if numbers else {}
    return {"data": data, **paging}


def moment(name: str) -> datetime | None:
    """The time in the query, in Unix seconds or as a date. Raises Refusal."""
    value = request.args.get(name)
    if value is None:
        return None
    try:
        seconds = whole_number(value)
        if seconds is not None:
            return datetime.fromtimestamp(seconds, UTC)
        time = datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        raise meta_errors.bad_parameter(f"Param {name} must be a unix time or a date.") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def timestamp(time: datetime) -> str:
    """2026-11-22T06:00:00+0000."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _limit() -> int:
    size = whole_number(request.args.get("limit", str(PAGE_DEFAULT)), 1, PAGE_MOST)
    if size is None:
        raise meta_errors.bad_parameter(f"Param limit must be from 1 to {PAGE_MOST}.")
    return size


def _cursor(name: str) -> int | None:
    """The number in the cursor `after` or `before`. Raises Refusal."""
    value = request.args.get(name)
    if not value:
        return None
    try:
        return int(base64.urlsafe_b64decode(value.encode()))
    except (binascii.Error, ValueError):
        raise meta_errors.bad_parameter(f"Param {name} is not a valid cursor.") from None


def _paging(before: int, after: int, *, more: bool) -> dict[str, Any]:
    """`{cursors: {before, after}, next?}`; the URL of the next page has no token."""
    cursors = {
        name: base64.urlsafe_b64encode(str(number).encode()).decode()
        for name, number in (("before", before), ("after", after))
    }
    if not more:
        return {"cursors": cursors}
    query = {k: v for k, v in request.args.items() if k not in ("access_token", "before")}
    query["after"] = cursors["after"]
    return {"cursors": cursors, "next": f"{request.base_url}?{urlencode(query)}"}
