"""The bucket of stored media; anyone can read the objects below `media/`."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, Protocol

from google.api_core import exceptions
from google.cloud.storage import Bucket, Client
from google.cloud.storage.retry import DEFAULT_RETRY
from requests import RequestException

PREFIX = "media/"
# A transfer holds about three chunks in memory.
CHUNK_BYTES = 4 * 1024 * 1024
# The content of a name never changes, so nobody needs to request it twice.
_CACHE_CONTROL = "public, max-age=31536000, immutable"
_SECONDS = 60.0
# The client's own policy retries for two minutes, which is too long for an HTTP caller.
_RETRY_SECONDS = 20.0
# For inspecting a file: an image is read completely, a video only in its index.
_READ_CHUNKS = {"image": 2 * 1024 * 1024, "video": 256 * 1024}


class StorageUnavailable(Exception):
    """Cloud Storage failed. An object that was only partly written does not exist."""


class Stream(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class MediaBucket:
    """`connect` creates the client, so that only functions that store media load its library."""

    def __init__(self, name: str, connect: Callable[[], Client]) -> None:
        self._name = name
        self._connect = connect
        self._bucket: Bucket | None = None

    def store(self, name: str, stream: Stream, content_type: str) -> None:
        """Write `stream` to `media/{name}`, in chunks. Raises StorageUnavailable.

        The object exists only once this returns. Errors of `stream` pass through, and then there
        is no object.
        """
        blob = self._blob(name)
        blob.chunk_size = CHUNK_BYTES
        blob.cache_control = _CACHE_CONTROL
        with translated(f"storing {name}"):
            blob.upload_from_file(
                _Unsized(stream),
                content_type=content_type,
                if_generation_match=0,
                timeout=_SECONDS,
                retry=retry_briefly(),
            )

    def open(self, name: str, content_type: str) -> BinaryIO:
        """The object as a seekable file. Reading it raises StorageUnavailable."""
        chunk = _READ_CHUNKS[content_type.partition("/")[0]]
        reader = self._blob(name).open("rb", chunk_size=chunk, retry=retry_briefly())
        return buffered(reader, chunk)

    def delete(self, name: str) -> None:
        """Remove the object; a missing one is no error. Raises StorageUnavailable."""
        with translated(f"removing {name}"), suppress(exceptions.NotFound):
            self._blob(name).delete(timeout=_SECONDS, retry=retry_briefly())

    def _blob(self, name: str) -> Any:
        if self._bucket is None:
            self._bucket = self._connect().bucket(self._name)
        return self._bucket.blob(f"{PREFIX}{name}")


def retry_briefly() -> Any:
    """The client's own policy, but not longer than an HTTP caller waits."""
    return DEFAULT_RETRY.with_timeout(_RETRY_SECONDS)


class _Reader(io.RawIOBase):
    """The client's reader. Its OSErrors would look like broken bytes to a decoder."""

    def __init__(self, reader: Any) -> None:
        super().__init__()
        self._reader = reader

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        with translated("reading"):
            position: int = self._reader.seek(offset, whence)
            return position

    def readinto(self, buffer: Any, /) -> int:
        with translated("reading"):
            piece = self._reader.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def buffered(reader: Any, chunk: int) -> BinaryIO:
    """A reader of the client, whose errors become StorageUnavailable."""
    return io.BufferedReader(_Reader(reader), chunk)


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """The client's errors as StorageUnavailable."""
    try:
        yield
    except (exceptions.GoogleAPIError, RequestException) as error:
        raise StorageUnavailable(f"{doing}: {error}") from error


class _Unsized:
    """A stream as the client needs it: with its position, and with complete chunks.

    The client treats a chunk that is too short as the last one.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._position = 0

    def read(self, size: int) -> bytes:
        chunk = bytearray()
        while len(chunk) < size and (piece := self._stream.read(size - len(chunk))):
            chunk += piece
        self._position += len(chunk)
        return bytes(chunk)

    def tell(self) -> int:
        return self._position
