"""Reading a stored medium again, from where anybody can: its public URL."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

import requests
import urllib3.exceptions

from shared.domain.media import MediaAsset

_SECONDS = (10.0, 30.0)  # to connect, and between two pieces


class MediaUnreadable(Exception):
    """Our storage did not give the bytes that were asked for."""


class FilePart:
    """Bytes of a medium as a file that streams: memory does not grow with it.

    Its length is known beforehand, so a request that it is the body of says how long it is.
    """

    def __init__(
        self, asset: MediaAsset, start: int, length: int, send: Callable[..., requests.Response]
    ) -> None:
        self._asset, self._start, self._length, self._send = asset, start, length, send
        self._left = length
        self._response: requests.Response | None = None

    def __len__(self) -> int:
        return self._length

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._response is not None:
            self._response.close()

    def read(self, size: int = -1) -> bytes:
        """The next bytes, `size` at most; b"" at the end. Raises MediaUnreadable."""
        wanted = self._left if size < 0 else min(size, self._left)
        if wanted == 0:
            return b""
        try:
            found: bytes = self._open().raw.read(wanted)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise MediaUnreadable(f"{self._asset.url}: {type(error).__name__}") from error
        if len(found) < wanted:
            raise MediaUnreadable(f"{self._asset.url} ended early")
        self._left -= len(found)
        return found

    def _open(self) -> requests.Response:
        if self._response is None:
            last = self._start + self._length - 1
            asked = {"Range": f"bytes={self._start}-{last}", "Accept-Encoding": "identity"}
            self._response = self._send(
                "GET", self._asset.url, headers=asked, timeout=_SECONDS, stream=True
            )
            if self._response.status_code != 206:
                raise MediaUnreadable(f"{self._asset.url}: HTTP {self._response.status_code}")
        return self._response
