"""The bucket of stored media: what lies below `media/` anybody may read."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, Protocol

from google.api_core import exceptions
from google.cloud.storage import Bucket, Client
from google.cloud.storage.retry import DEFAULT_RETRY
from requests import RequestException

PREFIX = "media/"
# A transfer holds about three of these in memory.
CHUNK_BYTES = 4 * 1024 * 1024
# A file's name says what is in it for ever: nobody needs to ask twice.
_CACHE_CONTROL = "public, max-age=31536000, immutable"
_SECONDS = 60.0
# The client's own policy goes on for two minutes; an HTTP caller has not that long.
_RETRY_SECONDS = 20.0
# Reading to look into a file: a picture is read whole, of a film only its index.
_READ_CHUNKS = {"image": 2 * 1024 * 1024, "video": 256 * 1024}


class StorageUnavailable(Exception):
    """Cloud Storage did not do what it was asked. What is half written is not there."""


class Stream(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class MediaBucket:
    """`connect` makes the client: its library is loaded by who stores, and by nobody else."""

    def __init__(self, name: str, connect: Callable[[], Client]) -> None:
        self._name = name
        self._connect = connect
        self._bucket: Bucket | None = None

    def store(self, name: str, stream: Stream, content_type: str) -> None:
        """Write what `stream` gives to `media/{name}`, in chunks.

        The object is there when this returns, and not before. What `stream` raises comes
        through, and then there is none. Raises StorageUnavailable.
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
        """The object as a file that can be sought in. Reading it raises StorageUnavailable."""
        chunk = _READ_CHUNKS[content_type.partition("/")[0]]
        reader = self._blob(name).open("rb", chunk_size=chunk, retry=retry_briefly())
        return buffered(reader, chunk)

    def delete(self, name: str) -> None:
        """Remove the object; that there is none is no error. Raises StorageUnavailable."""
        with translated(f"removing {name}"), suppress(exceptions.NotFound):
            self._blob(name).delete(timeout=_SECONDS, retry=retry_briefly())

    def _blob(self, name: str) -> Any:
        if self._bucket is None:
            self._bucket = self._connect().bucket(self._name)
        return self._bucket.blob(f"{PREFIX}{name}")


def retry_briefly() -> Any:
    """The client's own policy, but for no longer than an HTTP caller waits."""
    return DEFAULT_RETRY.with_timeout(_RETRY_SECONDS)


class _Reader(io.RawIOBase):
    """The client's reader. Its errors are OSErrors, which a decoder would take for broken bytes."""

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
    """A reader of the client, whose errors are StorageUnavailable."""
    return io.BufferedReader(_Reader(reader), chunk)


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """The client's errors as StorageUnavailable."""
    try:
        yield
    except (exceptions.GoogleAPIError, RequestException) as error:
        raise StorageUnavailable(f"{doing}: {error}") from error


class _Unsized:
    """A stream as the client wants it: it says where it stands, and fills what is asked for.

    The client takes a chunk that is shorter than asked for the last one.
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
