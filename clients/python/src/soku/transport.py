"""Sends requests, and repeats those that are safe to repeat."""

import random
import time
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, cast

import httpx

from soku.errors import ApiError, ConnectionLost, SokuError

_TRIES = 4
# Seconds before the second try; each further one waits twice as long.
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 60.0
# A request with `wait` is answered within 60 seconds, and files are downloaded within 120.
_TIMEOUT = httpx.Timeout(150.0, connect=10.0)
_TOO_MANY = 429
_NO_CONTENT = 204
# Characters of an answer in an error.
_QUOTED = 200

Kind = TypeVar("Kind")
"""One of the objects of `models`, which are typed dictionaries."""


class Transport:
    """The connection to one Soku with one key."""

    def __init__(self, key: str, url: str) -> None:
        self.url = _address(url)
        self._http = httpx.Client(
            headers={"soku-api-key": key, "User-Agent": "soku-python"}, timeout=_TIMEOUT
        )

    def close(self) -> None:
        self._http.close()

    def call(
        self,
        method: str,
        path: str,
        kind: type[Kind],
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
        repeatable: bool | None = None,
    ) -> Kind:
        """The answer, which has the fields of its kind.

        `repeatable`: whether the request may be repeated although it may have arrived. By default,
        requests that only read and those with an idempotency key.
        """
        if repeatable is None:
            repeatable = method == "GET" or idempotency_key is not None
        headers = {"Idempotency-Key": _checked(idempotency_key)} if idempotency_key else None
        request = self._built(method, path, json=body, params=_sent(query or {}), headers=headers)
        answer = self._send(request, repeatable, idempotency_key)
        found: Any = self._object_in(answer, vars(kind)["__required_keys__"], idempotency_key)
        return cast(Kind, found)

    def delete(self, path: str, query: Mapping[str, Any] | None = None) -> None:
        """Delete what is at `path`. Nothing of the answer is needed."""
        answer = self._send(self._built("DELETE", path, params=query), False, None)
        if answer.status_code != _NO_CONTENT:
            self._object_in(answer, frozenset(), None)

    def text(self, path: str, query: Mapping[str, Any], media_type: str) -> str:
        """What can be read at `path` in another form than JSON."""
        headers = {"Accept": media_type}
        request = self._built("GET", path, params=_sent(query), headers=headers)
        return self._send(request, True, None).text

    def pages(self, path: str, kind: type[Any], query: Mapping[str, Any]) -> Iterator[Any]:
        """The entries of a list, page by page. `kind`: of a page."""
        cursor: str | None = None
        while True:
            page = self.call("GET", path, kind, query={**query, "cursor": cursor})
            yield from page["data"]
            if page["nextCursor"] is None:
                return
            if page["nextCursor"] == cursor:
                raise SokuError(f"The list {path} does not end: two pages have the same cursor.")
            cursor = page["nextCursor"]

    def _built(self, method: str, path: str, **content: Any) -> httpx.Request:
        try:
            return self._http.build_request(method, f"{self.url}{path}", **content)
        except ValueError as error:
            # Half a character, as terminals pass on bytes that are no text; a number without end.
            raise SokuError(f"This cannot be sent: {error}.") from error

    def _object_in(
        self, answer: httpx.Response, fields: frozenset[str], idempotency_key: str | None
    ) -> Any:
        """The JSON object; a server in front of Soku can send anything, also as a success."""
        try:
            body = answer.json()
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            problem, remedy = "cannot be read", "Check the URL of the API"
        elif missing := sorted(fields - body.keys()):
            problem = f"has no {', '.join(missing)}"
            remedy = "Check the URL of the API, and that this client is not newer than it"
        else:
            return body
        message = f"The answer of {self.url} {problem}. {remedy}. The answer was {_quoted(answer)}."
        raise ConnectionLost(message, idempotency_key)

    def _send(
        self, request: httpx.Request, safe: bool, idempotency_key: str | None
    ) -> httpx.Response:
        answer = self._tried(request, safe, idempotency_key)
        if answer.is_success:
            return answer
        raise ApiError(answer.status_code, _error_of(answer), idempotency_key)

    def _tried(
        self, request: httpx.Request, safe: bool, idempotency_key: str | None
    ) -> httpx.Response:
        may_have_arrived = False
        for number in range(_TRIES):
            is_last = number == _TRIES - 1
            pause = _FIRST_PAUSE * 2**number * random.uniform(0.75, 1.25)
            try:
                answer = self._http.send(request)
            except httpx.RequestError as error:
                # A request without a connection did not arrive.
                has_connected = not isinstance(error, httpx.ConnectError)
                may_have_arrived |= has_connected
                if is_last or (has_connected and not safe):
                    key = idempotency_key if may_have_arrived else None
                    raise _lost(self.url, error, key) from error
            else:
                may_have_arrived = True
                repeat = answer.status_code == _TOO_MANY or (safe and answer.is_server_error)
                if is_last or not repeat:
                    return answer
                pause = max(pause, _asked_pause(answer))
            time.sleep(min(pause, _LONGEST_PAUSE))
        raise AssertionError("the last try returns or raises")


def _address(url: str) -> str:
    try:
        read = httpx.URL(url)
    except httpx.InvalidURL:
        read = httpx.URL("")
    # `localhost:8080` has the scheme `localhost`.
    if read.scheme in ("http", "https") and read.host:
        return url.rstrip("/")
    raise SokuError(
        f"{url!r} is not the address of an API. Write it with https:// or http://, such as "
        "https://soku.example.com or http://localhost:8080."
    )


def _sent(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}


def _checked(idempotency_key: str) -> str:
    if not (idempotency_key.isascii() and idempotency_key.isprintable()):
        raise SokuError("An idempotency key can only have ASCII letters, digits and signs.")
    return idempotency_key


def _asked_pause(answer: httpx.Response) -> float:
    seconds = answer.headers.get("Retry-After", "")
    return float(seconds) if seconds.isdecimal() and len(seconds) < 6 else 0.0


def _error_of(answer: httpx.Response) -> dict[str, Any]:
    """The error in an answer; a server in front of Soku can send anything."""
    try:
        error = answer.json()["error"]
    except (ValueError, KeyError, TypeError, RecursionError):
        error = None
    if isinstance(error, dict) and "message" in error:
        return error
    message = (
        f"The server answered with the status {answer.status_code}. Check the URL of the API. "
        f"The answer was {_quoted(answer)}."
    )
    return {"code": "unknown", "message": message}


def _quoted(answer: httpx.Response) -> str:
    """The beginning of an answer."""
    text = answer.text
    return repr(text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…")


def _lost(url: str, error: Exception, idempotency_key: str | None) -> ConnectionLost:
    message = f"The connection to {url} failed: {error or type(error).__name__}."
    return ConnectionLost(message, idempotency_key)
