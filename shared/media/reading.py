"""Reading a stored file again, from its public URL."""

from types import TracebackType
from typing import Self

from shared.domain.media import MediaAsset
from shared.platforms.wire import AnswerLost, NotSent, Response, Send

_SECONDS = (10.0, 30.0)  # to connect, and for each read


class MediaUnreadable(Exception):
    """The storage did not return the requested bytes."""


class FilePart:
    """Bytes of a stored file as a stream, which does not hold them in memory.

    Its length is known, so a request with this body has a Content-Length.
    """

    def __init__(self, asset: MediaAsset, start: int, length: int, send: Send) -> None:
        self._asset, self._start, self._length, self._send = asset, start, length, send
        self._left = length
        self._response: Response | None = None

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
            data = self._open().read(wanted)
        except (NotSent, AnswerLost) as error:
            raise MediaUnreadable(f"{self._asset.url}: {error}") from error
        if len(data) < wanted:
            raise MediaUnreadable(f"{self._asset.url} ended early")
        self._left -= len(data)
        return data

    def _open(self) -> Response:
        if self._response is None:
            last = self._start + self._length - 1
            headers = {"Range": f"bytes={self._start}-{last}", "Accept-Encoding": "identity"}
            self._response = self._send("GET", self._asset.url, headers=headers, timeout=_SECONDS)
            if self._response.status != 206:
                raise MediaUnreadable(f"{self._asset.url}: HTTP {self._response.status}")
        return self._response
