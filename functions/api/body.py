"""Reading an untrusted JSON body, of a caller whose key is known.

The error of a body is kept, not raised: the rest of the authentication comes first.
"""

import codecs
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn, TypeVar

import flask

from functions.api.caller import recognize
from shared import config, wiring
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest, Violation
from shared.web.strangers import Places

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20
MAX_SECONDS = 10
"""For the whole body: 26 KiB a second, which every connection of today has."""
SLOW_AFTER_SECONDS = 1.0
# Of `threads()`, the part that slow bodies may hold together, and those of one user.
_SLOW_PART, _SLOW_PART_OF_USER = 2, 4
SOCKET = "gunicorn.socket"
"""Where the server of the functions framework tells the connection of a request."""
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
    """`may_be_empty`: a missing body is read as {}. Raises ApiError for a caller without a key."""
    sender = recognize(wiring.parts()).user_id
    try:
        return Body(value=_read(request, sender, may_be_empty))
    except ApiError as error:
        return Body(error=error)


def _read(request: flask.Request, sender: str, may_be_empty: bool) -> dict[str, Any]:
    raw = read_bytes(request, sender)
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


def read_bytes(request: flask.Request, sender: str) -> bytes:
    """The body as it was sent, at most MAX_BYTES within MAX_SECONDS.

    `sender`: whose slow bodies share some of the threads, such as a user's ID. Raises ApiError.
    """
    length = request.content_length
    if length is not None and length > MAX_BYTES:
        raise too_large()
    if length is None and "chunked" not in request.headers.get("Transfer-Encoding", ""):
        return b""
    # From a chunked body, one byte more than the limit, to notice a longer one. From any other,
    # never more than its length: some servers would wait for more bytes forever.
    most = MAX_BYTES + 1 if length is None else length
    deadline = _Deadline(request.environ.get(SOCKET), sender)
    try:
        raw: bytes = request.environ["wsgi.input"].read(most)
    except Exception as error:
        # Each server has its own errors for a body in bad chunks and for a broken connection.
        raise _too_slow() if deadline.is_over else _unreadable() from error
    finally:
        deadline.cancel()
    if deadline.is_over:
        raise _too_slow()
    if len(raw) > MAX_BYTES:
        raise too_large()
    if length is not None and len(raw) < length:
        raise _unreadable()
    flask.g.body_is_read = True
    return raw


class _Deadline:
    """Ends the reading of a body that arrives too slowly, so that it cannot hold its thread.

    After a moment, a body is slow. One user's slow bodies may hold only some of the threads: one
    more is ended at once, so that the others get an answer.

    A server waits in `recv` for each piece of the body, and only limits the time of each. At the
    deadline, the connection is closed for reading: `recv` returns, and an answer can still be
    sent.
    """

    def __init__(self, connection: socket.socket | None, user_id: str) -> None:
        """`connection`: None if the server does not tell it."""
        self.is_over = False
        self._connection = connection
        self._user_id = user_id
        self._is_read = False
        self._has_place = False
        self._lock = threading.Lock()
        self._timer = threading.Timer(SLOW_AFTER_SECONDS, self._allow_or_end)
        if connection is not None:
            self._start(self._timer)

    def _start(self, timer: threading.Timer) -> None:
        self._timer = timer
        timer.daemon = True
        timer.start()

    def cancel(self) -> None:
        """The body was read. Afterwards, the connection is not touched: it has another request."""
        with self._lock:
            self._is_read = True
            self._timer.cancel()
            if self._has_place:
                slow_bodies().leave(self._user_id)

    def _allow_or_end(self) -> None:
        with self._lock:
            if self._is_read:
                return
            self._has_place = slow_bodies().enter(self._user_id)
            if self._has_place:
                self._start(threading.Timer(MAX_SECONDS - SLOW_AFTER_SECONDS, self._end))
                return
        self._end()

    def _end(self) -> None:
        with self._lock:
            if not self._is_read and self._connection is not None:
                self.is_over = True
                _close_for_reading(self._connection)


@cache
def slow_bodies() -> Places:
    threads = config.threads()
    return Places(max(1, threads // _SLOW_PART), max(1, threads // _SLOW_PART_OF_USER))


def discard(request: flask.Request) -> None:
    """Drop a body that the answer did not need.

    If it has arrived, the connection can be used again. Otherwise it is closed for reading, because
    the server would wait for the rest.
    """
    connection = request.environ.get(SOCKET)
    if connection is None:
        return
    length = request.content_length or MAX_BYTES + 1
    connection.settimeout(0)
    try:
        has_arrived = (
            length <= MAX_BYTES and len(request.environ["wsgi.input"].read(length)) == length
        )
    except Exception:
        # As above; usually because something has not arrived.
        has_arrived = False
    finally:
        connection.settimeout(None)
    if not has_arrived:
        _close_for_reading(connection)


def _close_for_reading(connection: socket.socket) -> None:
    """Nothing more is read from `connection`; an answer can still be sent."""
    # The caller may have closed it.
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RD)


def _unreadable() -> InvalidRequest:
    message = "The body did not arrive completely, or in bad chunks. Send the request again."
    return InvalidRequest([Violation("", "incomplete_body", message)])


def _too_slow() -> InvalidRequest:
    message = (
        f"The body did not arrive within {MAX_SECONDS} seconds, or too many of your requests "
        "arrived slowly at the same time. Send the request again."
    )
    return InvalidRequest([Violation("", "body_too_slow", message)])


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
    if raw.startswith(codecs.BOM_UTF8):
        raise _malformed("The body starts with a byte order mark; remove it.")
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
