"""Sends requests, and repeats those that are safe to repeat."""

import random
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from soku.errors import ApiError, ConnectionLost

_TRIES = 4
# Seconds before the second try; each further one waits twice as long.
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 60.0
# A request with `wait` is answered within 60 seconds, and files are downloaded within 120.
_TIMEOUT = httpx.Timeout(150.0, connect=10.0)
_TOO_MANY = 429


class Transport:
    """The connection to one Soku with one key."""

    def __init__(self, key: str, url: str) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(
            headers={"soku-api-key": key, "User-Agent": "soku-python"}, timeout=_TIMEOUT
        )

    def close(self) -> None:
        self._http.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
        repeatable: bool | None = None,
    ) -> Any:
        """The answer as JSON; None if it has no body.

        `repeatable`: whether the request may be repeated although it may have arrived. By default,
        requests that only read and those with an idempotency key.
        """
        if repeatable is None:
            repeatable = method == "GET" or idempotency_key is not None
        request = self._http.build_request(
            method,
            f"{self.url}{path}",
            json=body,
            params=_sent(query or {}),
            headers={"Idempotency-Key": idempotency_key} if idempotency_key else None,
        )
        answer = self._send(request, repeatable, idempotency_key)
        return answer.json() if answer.content else None

    def text(self, path: str, query: Mapping[str, Any], media_type: str) -> str:
        """What can be read at `path` in another form than JSON."""
        headers = {"Accept": media_type}
        request = self._http.build_request(
            "GET", f"{self.url}{path}", params=_sent(query), headers=headers
        )
        return self._send(request, True, None).text

    def pages(self, path: str, query: Mapping[str, Any]) -> Iterator[Any]:
        """The entries of a list, page by page."""
        cursor: str | None = None
        while True:
            page = self.call("GET", path, query={**query, "cursor": cursor})
            yield from page["data"]
            cursor = page["nextCursor"]
            if cursor is None:
                return

    def _send(
        self, request: httpx.Request, safe: bool, idempotency_key: str | None
    ) -> httpx.Response:
        answer = self._tried(request, safe, idempotency_key)
        if answer.is_success:
            return answer
        raise ApiError(answer.status_code, _error_of(answer))

    def _tried(
        self, request: httpx.Request, safe: bool, idempotency_key: str | None
    ) -> httpx.Response:
        for number in range(_TRIES):
            is_last = number == _TRIES - 1
            pause = _FIRST_PAUSE * 2**number * random.uniform(0.75, 1.25)
            try:
                answer = self._http.send(request)
            except (httpx.TransportError, httpx.InvalidURL) as error:
                # A request without a connection did not arrive.
                if is_last or not (safe or isinstance(error, httpx.ConnectError)):
                    raise _lost(self.url, error, idempotency_key) from error
            else:
                repeat = answer.status_code == _TOO_MANY or (safe and answer.is_server_error)
                if is_last or not repeat:
                    return answer
                pause = max(pause, _asked_pause(answer))
            time.sleep(min(pause, _LONGEST_PAUSE))
        raise AssertionError("the last try returns or raises")


def _sent(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}


def _asked_pause(answer: httpx.Response) -> float:
    seconds = answer.headers.get("Retry-After", "")
    return float(seconds) if seconds.isdecimal() and len(seconds) < 6 else 0.0


def _error_of(answer: httpx.Response) -> dict[str, Any]:
    """The error in an answer; a server in front of Soku can send anything."""
    try:
        error = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        error = None
    if isinstance(error, dict):
        return error
    message = f"The server answered with the status {answer.status_code}. Check the URL of the API."
    return {"code": "unknown", "message": message}


def _lost(url: str, error: Exception, idempotency_key: str | None) -> ConnectionLost:
    message = f"The connection to {url} failed: {error or type(error).__name__}."
    if idempotency_key:
        message += (
            " The request may have arrived. To repeat it safely, use the idempotency key "
            f"{idempotency_key}"
        )
    return ConnectionLost(message, idempotency_key)
