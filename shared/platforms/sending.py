"""Sends requests with `requests`, within one time limit, and translates its errors."""

import logging
import ssl
from collections.abc import Mapping
from functools import cache
from types import TracebackType
from typing import Any, Self

import requests
import requests.utils
import urllib3.connection
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.util.ssl_ import create_urllib3_context

from shared.deadline import LimitedSocket, TimeLimit
from shared.platforms.wire import AnswerLost, NotSent

# For a stored file that is read again, as a part of an upload: as long as the upload may take.
_FOR_FILES = 540.0
# A reused connection may be half closed, and its reset would look like a lost answer.
_HEADERS = {**requests.utils.default_headers(), "Connection": "close"}
# There was never a connection, so the server cannot have received anything.
_NEVER_SENT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.NameResolutionError,
    urllib3.exceptions.ConnectTimeoutError,
)


# Their warnings quote whole addresses, and some addresses contain a token.
for _library in ("urllib3", "requests"):
    logging.getLogger(_library).setLevel(logging.ERROR)


def _limited(base: Any) -> Any:
    """A class of connections within `limit`, from connecting to the last byte."""

    class Limited(base):  # type: ignore[misc] # either of two
        sock: Any

        def __init__(self, *args: Any, limit: TimeLimit, **options: Any) -> None:
            super().__init__(*args, **options)
            self._limit = limit

        def _new_conn(self) -> Any:
            connection = super()._new_conn()
            _limit_handshake(self, connection)
            return connection

        def connect(self) -> None:
            super().connect()
            self.sock = LimitedSocket(self.sock, self._limit)

    return Limited


_Plain = _limited(urllib3.connection.HTTPConnection)
_Encrypted = _limited(urllib3.connection.HTTPSConnection)


def _limit_handshake(connection: Any, connected: Any) -> None:
    """Nothing was sent yet. Raises ConnectTimeoutError when connecting took all the time."""
    try:
        connected.settimeout(connection._limit.wait())
    except TimeoutError as error:
        connected.close()
        message = "Connecting took too long."
        raise urllib3.exceptions.ConnectTimeoutError(connection, message) from error


@cache
def _tls() -> ssl.SSLContext:
    """Trusts the usual authorities. Reading their certificates takes about 20 ms, so once."""
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.load_verify_locations(requests.utils.DEFAULT_CA_BUNDLE_PATH)
    return context


class _Adapter(HTTPAdapter):
    def __init__(self, limit: TimeLimit) -> None:
        super().__init__()
        self._limit = limit

    def cert_verify(self, *_: Any) -> None:
        """The context verifies; this would read the authorities' certificates again."""

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **options)
        pool.ConnectionCls = _Encrypted if pool.scheme == "https" else _Plain
        pool.conn_kw["limit"] = self._limit
        if pool.scheme == "https":
            pool.conn_kw["ssl_context"] = _tls()
        return pool


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


def send(
    method: str,
    url: str,
    *,
    within: float = _FOR_FILES,
    timeout: tuple[float, float] | None = None,
    headers: Mapping[str, str] | None = None,
    **content: Any,
) -> _Response:
    """One request over a new connection, without proxies, cookies and redirects.

    `within`: seconds from connecting to the last byte of the body. Raises NotSent, AnswerLost.
    """
    stall = timeout[1] if timeout else within
    together = CaseInsensitiveDict(_HEADERS)
    together.update(headers or {})
    try:
        # A Session would take a quarter of the processor time, for what is not wanted here.
        request = requests.Request(method, url, together, **content).prepare()
        adapter = _Adapter(TimeLimit(within, stall))
        return _Response(adapter.send(request, stream=True, timeout=timeout))
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
