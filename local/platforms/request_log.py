"""The requests that a simulated platform received, with masked secrets."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Request

from local.platforms.posts import iso
from shared import clock

MASK = "***"
_KEPT = 50_000  # requests; older ones are dropped
_SECRET_HEADERS = {"authorization", "cookie", "x-goog-api-key"}
_SECRET_PARAMETERS = {
    "access_token",
    "appsecret_proof",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "fb_exchange_token",
    "input_token",
    "refresh_token",
    "token",
}
_FORM = "application/x-www-form-urlencoded"


@dataclass
class Received:
    """One request. `status` is None until there is an answer; `fault` is the fault's mode."""

    time: str
    method: str
    path: str
    headers: dict[str, str]
    parameters: dict[str, str]
    status: int | None = None
    fault: str | None = None

    def as_json(self) -> dict[str, Any]:
        """`{time, method, path, headers, parameters, status, fault}`."""
        return dict(vars(self))


class RequestLog:
    """Requests to the platform's own paths, oldest first. The caller holds the lock."""

    def __init__(self) -> None:
        self._received: deque[Received] = deque(maxlen=_KEPT)

    def receive(self, request: Request) -> Received:
        """Log a request when it arrives."""
        form = request.form.items() if request.mimetype == _FORM else ()
        entry = Received(
            time=iso(clock.now()),
            method=request.method,
            path=request.path,
            headers=_masked(request.headers.items(), _SECRET_HEADERS),
            parameters=_masked([*request.args.items(), *form], _SECRET_PARAMETERS),
        )
        self._received.append(entry)
        return entry

    def all(self) -> list[Received]:
        """Every request since the last reset."""
        return list(self._received)

    def clear(self) -> None:
        """Forget them."""
        self._received.clear()


def _masked(pairs: Iterable[tuple[str, str]], secret: set[str]) -> dict[str, str]:
    return {name: MASK if name.lower() in secret else value for name, value in pairs}
