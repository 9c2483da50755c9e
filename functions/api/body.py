"""Reading an untrusted JSON body. Its error is kept, not raised: authentication comes first."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

import flask

from shared.domain.errors import ApiError, ErrorCode, InvalidRequest, Violation

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20
_HALF_A_PAIR = re.compile("[\ud800-\udfff]")

_Parsed = TypeVar("_Parsed")


@dataclass(frozen=True)
class Body:
    """A request's JSON body: its `value`, or the `error` to answer instead."""

    value: dict[str, Any] | None = None
    error: ApiError | None = None

    def required(self) -> dict[str, Any]:
        """The JSON object. Raises `error`."""
        if self.error is not None:
            raise self.error
        return self.value or {}

    def parsed(self, parse: Callable[[dict[str, Any]], _Parsed]) -> _Parsed | ApiError:
        """What `parse` makes of the body, or the error to raise once the caller is known."""
        try:
            return parse(self.required())
        except ApiError as error:
            return error


def read(request: flask.Request, *, may_be_empty: bool = False) -> Body:
    """`may_be_empty`: a missing body is read as {}."""
    try:
        return Body(value=_read(request, may_be_empty))
    except ApiError as error:
        return Body(error=error)


def _read(request: flask.Request, may_be_empty: bool) -> dict[str, Any]:
    raw = _bytes(request)
    if may_be_empty and not raw.strip():
        return {}
    if request.mimetype != "application/json":
        raise not_json(request.mimetype)
    value = _decode(raw)
    if not isinstance(value, dict):
        raise _malformed("The body must be a JSON object.")
    violations = list(_unstorable(value, "", 0))
    if violations:
        raise InvalidRequest(violations)
    return value


def _bytes(request: flask.Request) -> bytes:
    length = request.content_length
    if length is not None and length > MAX_BYTES:
        raise too_large()
    if length is None and "chunked" not in request.headers.get("Transfer-Encoding", ""):
        return b""
    # From a chunked body, one byte more than the limit, to notice a longer one. From any other,
    # never more than its length: some servers would wait for more bytes forever.
    raw: bytes = request.environ["wsgi.input"].read(MAX_BYTES + 1 if length is None else length)
    if len(raw) > MAX_BYTES:
        raise too_large()
    return raw


def not_json(mimetype: str) -> ApiError:
    sent = f"is {mimetype}" if mimetype else "is missing"
    message = f"The Content-Type must be application/json; in this request it {sent}."
    return ApiError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, message)


def too_large() -> ApiError:
    return ApiError(
        ErrorCode.PAYLOAD_TOO_LARGE,
        f"The body is larger than the limit of {MAX_BYTES // 1024} KiB.",
    )


def _decode(raw: bytes) -> Any:
    if not raw.strip():
        raise _malformed("The body is empty; it must be a JSON object.")
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise _malformed(f"The body is not UTF-8 (byte {error.start}).") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _malformed(f"The body is not JSON: {error.msg} ({where}).") from error
    except RecursionError as error:
        raise _malformed("The body is nested too deeply.") from error
    except ValueError as error:
        raise _malformed(
            "The body contains a number that JSON does not allow or that is too long."
        ) from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _malformed(message: str) -> InvalidRequest:
    return InvalidRequest([Violation("", "malformed_json", message)])


def _unstorable(value: Any, path: str, depth: int) -> Iterator[Violation]:
    """Valid JSON that cannot be stored or published: NUL, lone surrogates, deep nesting."""
    if depth > MAX_DEPTH:
        yield Violation(path, "too_deep", f"The body is nested more than {MAX_DEPTH} levels deep.")
    elif isinstance(value, str):
        yield from _bad_characters(value, path)
    elif isinstance(value, list):
        for position, element in enumerate(value):
            yield from _unstorable(element, f"{path}[{position}]", depth + 1)
    elif isinstance(value, dict):
        for name, element in value.items():
            yield from _bad_characters(name, path)
            yield from _unstorable(element, f"{path}.{name}" if path else name, depth + 1)


def _bad_characters(text: str, path: str) -> Iterator[Violation]:
    if "\0" in text:
        yield Violation(path, "invalid_characters", "The text contains a NUL character; remove it.")
    if _HALF_A_PAIR.search(text):
        message = "The text contains half of a surrogate pair; send complete characters."
        yield Violation(path, "invalid_characters", message)
