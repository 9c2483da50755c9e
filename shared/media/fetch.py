"""Downloading a file from a user's URL, safely and within limits.

    check the URL → resolve once, every address public → connect to exactly that address
    → send the request → follow at most three redirects, each checked again → stream the body

`http.client` uses a socket of ours, because the time limits must hold for every single read,
including those of the headers, and because it has no proxies, no netrc, no decompression and no
redirects that would have to be switched off.
"""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPResponse
from time import monotonic
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin, urlsplit

from shared.config import MediaSettings
from shared.deadline import TimeLimit
from shared.media.addresses import FetchRefused, judged, refusal
from shared.media.connection import Wire, as_ascii, connected, refusing, request_head
from shared.media.content_types import NotMedia, content_type_of

if TYPE_CHECKING:
    from ssrfguard import Policy, Target

__all__ = ["Download", "FetchRefused", "check_url", "download"]

MAX_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
# Of any file: slower servers would hold a place, and a thread, for minutes.
MIN_BYTES_PER_SECOND = 64 * 1024
_RATE_SECONDS = 20.0
# As much as tells the type of most files.
_HEAD_BYTES = 64
_FIELDS = {
    "User-Agent": "Soku/1.0 (media fetcher)",
    # Some servers send a file as application/octet-stream, and answer 406 if that is missing.
    "Accept": "image/*, video/*, */*;q=0.8",
}


def check_url(url: str, settings: MediaSettings, own_hosts: frozenset[str] = frozenset()) -> None:
    """Check a URL without any request. Raises FetchRefused.

    `own_hosts`: host names of our own services, from which nothing is downloaded.
    """
    judged(url, settings, own_hosts)


class Download:
    """The body of a response as a stream, which does not hold it in memory.

    `max_bytes` may change while reading. `content_length`: as the server announced it, None when
    it did not. `size`: bytes read so far.
    """

    def __init__(self, response: HTTPResponse, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.size = 0
        self.content_length = _content_length(response)
        self._response = response
        self._head = b""
        self._refuse_too_large()
        if _differ(response.headers.get_all("Content-Encoding", []), "identity"):
            self._head = self._head_of_file()

    def read(self, n: int) -> bytes:
        """`n` bytes (at least 1), fewer only at the end, then b"".

        Raises FetchRefused: too_large, too_slow, incomplete.
        """
        self._refuse_too_large()
        # One byte more than the limit, to notice a file that is too large.
        wanted = min(n, self.max_bytes - self.size + 1)
        data, self._head = self._head[:wanted], self._head[wanted:]
        data += self._received(wanted - len(data))
        self.size += len(data)
        self._refuse_too_large()
        if len(data) < wanted and self.size < (self.content_length or 0):
            raise refusal("incomplete")
        return data

    def _received(self, count: int) -> bytes:
        with refusing(broken="incomplete"):
            return self._response.read(count) if count else b""

    def _head_of_file(self) -> bytes:
        """The first bytes, of a server that names an encoding which it may not have used."""
        head = self._received(_HEAD_BYTES)
        try:
            content_type_of(head)
        except NotMedia:
            raise refusal("encoded") from None
        return head

    def _refuse_too_large(self) -> None:
        if max(self.size, self.content_length or 0) > self.max_bytes:
            limit = f"{self.max_bytes / 1024 / 1024:.4g} MB"
            raise FetchRefused("too_large", f"The file is larger than the limit of {limit}.")


@contextmanager
def download(
    url: str,
    settings: MediaSettings,
    *,
    max_bytes: int,
    seconds: float = 120,
    stall_seconds: float = 20,
    rate_seconds: float = _RATE_SECONDS,
    own_hosts: frozenset[str] = frozenset(),
) -> Iterator[Download]:
    """The file at `url`, to be read once.

    `seconds` limits the whole download, from the look-up of the name to the last byte;
    `stall_seconds` limits each wait for more bytes; in `rate_seconds` of waiting the average must
    be MIN_BYTES_PER_SECOND. Raises FetchRefused.
    """
    limit = _Limit(seconds, stall_seconds, rate_seconds)
    for _ in range(1 + MAX_REDIRECTS):
        with _answer(url, judged(url, settings, own_hosts), limit) as response:
            if response.status not in _REDIRECTS:
                _check_answer(response)
                yield Download(response, max_bytes)
                return
            url = _redirected(url, response)
    raise refusal("too_many_redirects")


@contextmanager
def _answer(
    url: str, judgement: tuple["Target", "Policy"], limit: "_Limit"
) -> Iterator[HTTPResponse]:
    with refusing(broken="unreachable"):
        connection = connected(*judgement, limit)
    with closing(connection):
        with refusing(broken="unreachable"):
            connection.settimeout(limit.wait())
            connection.sendall(request_head("GET", url, judgement[0], _FIELDS))
            # HTTPResponse uses only `makefile` of its socket.
            wire = cast(socket.socket, _RatedWire(connection, limit))
            response = HTTPResponse(wire, method="GET")
        with closing(response):
            with refusing(broken="unreachable"):
                response.begin()
            yield response


def _redirected(url: str, response: HTTPResponse) -> str:
    # Header fields are read as Latin-1, which keeps each byte.
    location = as_ascii(response.headers.get("Location", "").strip(" \t"), encoding="latin-1")
    if not location:
        raise refusal("bad_answer")
    if not location.isprintable():
        # Joining would remove line breaks, so the checked URL would differ from the one sent.
        raise refusal("bad_url")
    try:
        target = _joined(url, location)
    except ValueError:
        raise refusal("bad_url") from None
    if urlsplit(url).scheme == "https" and urlsplit(target).scheme == "http":
        raise refusal("insecure_redirect")
    return target


def _joined(url: str, location: str) -> str:
    """As `urljoin`, but `http:/a` and `///a` are absolute, as they look."""
    if urlsplit(location).scheme:
        return location
    if location.startswith("//"):
        return f"{urlsplit(url).scheme}:{location}"
    return urljoin(url, location)


def _check_answer(response: HTTPResponse) -> None:
    if response.status != 200:
        raise FetchRefused(
            "http_status",
            f"The server returned HTTP {response.status} instead of the file. "
            "Use a URL that anyone can open without signing in.",
        )
    if _differ(response.headers.get_all("Transfer-Encoding", []), "chunked"):
        raise refusal("encoded")


def _differ(values: list[str], allowed: str) -> bool:
    return any(value.strip().lower() not in ("", allowed) for value in values)


def _content_length(response: HTTPResponse) -> int | None:
    values = {value.strip() for value in response.headers.get_all("Content-Length", [])}
    if response.chunked or not values:
        return None
    (value, *others) = values
    if others or not value.isascii() or not value.isdigit() or len(value) > 18:
        raise refusal("bad_answer")
    return int(value)


class _Limit(TimeLimit):
    """Also of the average speed, by the server's time alone, not that of what we do with it."""

    def __init__(self, seconds: float, stall_seconds: float, rate_seconds: float) -> None:
        super().__init__(seconds, stall_seconds)
        self._rate_seconds = rate_seconds
        self._waited, self._bytes = 0.0, 0

    def wait(self) -> float:
        left = self._rate_seconds - self._waited
        if left <= 0:
            raise TimeoutError
        return min(super().wait(), left)

    def received(self, count: int, seconds: float) -> None:
        """After a wait of `seconds`."""
        self._waited, self._bytes = self._waited + seconds, self._bytes + count
        if self._bytes >= self._rate_seconds * MIN_BYTES_PER_SECOND:
            self._waited, self._bytes = 0.0, 0


class _RatedWire(Wire):
    """Also within the limit of the average speed."""

    def __init__(self, connection: socket.socket, limit: _Limit) -> None:
        super().__init__(connection, limit)
        self._rate = limit

    def readinto(self, buffer: Any) -> int:
        start = monotonic()
        count = super().readinto(buffer)
        self._rate.received(count, monotonic() - start)
        return count
