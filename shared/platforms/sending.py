"""Sends requests with `requests`, and translates its errors."""

from types import TracebackType
from typing import Any, Self

import requests
import urllib3.exceptions

from shared.platforms.wire import AnswerLost, NotSent

# There was never a connection, so the server cannot have received anything.
_NEVER_SENT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.NameResolutionError,
    urllib3.exceptions.ConnectTimeoutError,
)


class _Response:
    """A `wire.Response`."""

    def __init__(self, response: requests.Response) -> None:
        self._response = response
        self.status = response.status_code
        self.headers = response.headers

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def read(self, size: int) -> bytes:
        try:
            data: bytes = self._response.raw.read(size)
        except urllib3.exceptions.HTTPError as error:
            raise AnswerLost(type(error).__name__) from error
        return data

    def read_available(self, size: int) -> bytes:
        # Waiting for complete chunks would let a slow answer exceed the time limit.
        try:
            data: bytes = self._response.raw.read1(size, decode_content=True)
        except urllib3.exceptions.HTTPError as error:
            raise AnswerLost(type(error).__name__) from error
        return data

    def close(self) -> None:
        self._response.close()


def send(method: str, url: str, **request: Any) -> _Response:
    """One request over a new connection, without the proxies of the environment.

    A reused connection may be half closed, and its reset would look like a lost answer.
    Raises NotSent, AnswerLost.
    """
    session = requests.Session()
    session.trust_env = False
    session.headers["Connection"] = "close"
    try:
        return _Response(session.request(method, url, **request))
    except requests.exceptions.RequestException as error:
        if _was_never_sent(error):
            raise NotSent(type(error).__name__) from error
        raise AnswerLost(type(error).__name__) from error


def _was_never_sent(error: requests.exceptions.RequestException) -> bool:
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    if isinstance(reason, urllib3.exceptions.SSLError):
        # Of the errors of TLS, only a refused certificate is known to precede the request.
        return "CERTIFICATE_VERIFY_FAILED" in str(reason)
    return isinstance(reason, _NEVER_SENT)
