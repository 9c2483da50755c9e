"""A connection to a server of a user's choice: only to an address that was checked.

look the name up once → every address public → connect to exactly that address → check its
certificate
"""

import io
import socket
import ssl
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from shared.deadline import LimitedReads, TimeLimit
from shared.media.addresses import refusal

if TYPE_CHECKING:
    from ssrfguard import Address, Policy, Target

_BUFFER = 64 * 1024


def connected(target: "Target", policy: "Policy", limit: TimeLimit) -> socket.socket:
    """A connection to one of the checked addresses, with a certificate for the host name."""
    from ssrfguard import connect

    addresses = _look_up(target, policy, limit)
    wait = limit.wait() / policy.max_connection_attempts
    plain = connect(addresses, policy=policy, timeout=wait)
    if target.scheme == "http":
        return plain
    try:
        plain.settimeout(limit.wait())
        return _tls().wrap_socket(plain, server_hostname=target.host.rstrip("."))
    except BaseException:
        # Whatever it is, also the end of the process: nobody else closes it.
        plain.close()
        raise


def _look_up(target: "Target", policy: "Policy", limit: TimeLimit) -> tuple["Address", ...]:
    """The only look-up. In a thread, because the system's resolver has no time limit."""
    from ssrfguard import resolve

    pool = ThreadPoolExecutor(max_workers=1)
    try:
        return pool.submit(resolve, target, policy=policy).result(limit.wait())
    finally:
        pool.shutdown(wait=False)


@cache
def _tls() -> ssl.SSLContext:
    from requests.utils import DEFAULT_CA_BUNDLE_PATH

    return ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)


@contextmanager
def refusing(broken: str) -> Iterator[None]:
    """Turn every error into a FetchRefused. `broken`: the code of a lost connection.

    Not chained: the errors of libraries quote URLs, and URLs may contain secrets.
    """
    from ssrfguard import SSRFGuardError

    try:
        yield
    except SSRFGuardError:
        raise refusal("not_public") from None
    except TimeoutError:
        raise refusal("too_slow") from None
    except (HTTPException, OSError, UnicodeError) as error:
        is_answer = isinstance(error, HTTPException) and broken != "incomplete"
        raise refusal("bad_answer" if is_answer else _code_of(error, broken)) from None


def _code_of(error: Exception, broken: str) -> str:
    return "bad_certificate" if isinstance(error, ssl.SSLCertVerificationError) else broken


def request_head(method: str, url: str, target: "Target", fields: Mapping[str, str]) -> bytes:
    """The first line of a request and its header fields, to the blank line."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = f"[{target.host}]" if ":" in target.host else target.host.rstrip(".")
    standard = {"http": 80, "https": 443}[target.scheme]
    lines = (
        f"{method} {as_ascii(path)} HTTP/1.1",
        f"Host: {host}" if target.port == standard else f"Host: {host}:{target.port}",
        *(f"{name}: {value}" for name, value in fields.items()),
        "Accept-Encoding: identity",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii")


def as_ascii(text: str, encoding: str = "utf-8") -> str:
    """Escape only characters that a request cannot contain; keep existing escapes."""
    return "".join(c if c.isascii() else quote(c, encoding=encoding) for c in text)


class Wire(LimitedReads):
    """The bytes of a connection, as `HTTPResponse` reads them."""

    def makefile(self, _mode: str) -> io.BufferedReader:
        return _Pieces(self, _BUFFER)


class _Pieces(io.BufferedReader):
    def read(self, size: int | None = -1, /) -> bytes:
        """`http.client` would read a chunk of size -1 to its end, into memory."""
        if size is None or size < 0:
            raise HTTPException("a chunk of negative size")
        return super().read(size)
