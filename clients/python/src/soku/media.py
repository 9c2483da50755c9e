"""Files for posts."""

import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import httpx

from soku import models
from soku.errors import ApiError, ConnectionLost, SokuError
from soku.paths import part
from soku.transport import Transport

Progress = Callable[[int, int], None]
"""Is called with the bytes that were sent, and all bytes."""

_TYPES = {
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".mov": "video/quicktime",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".webp": "image/webp",
}
_CHUNK = 256 * 1024
_TRIES = 3
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)


class MediaFiles:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def upload(
        self,
        path: str | os.PathLike[str],
        *,
        progress: Progress | None = None,
        keep_location: bool = False,
    ) -> models.Media:
        """Upload a file; its `url` can be used in posts. It is never in memory as a whole."""
        file = Path(path)
        content_type = _TYPES.get(file.suffix.lower())
        if content_type is None:
            raise SokuError(f"{file} has no known type. Use one of: {', '.join(_TYPES)}.")
        try:
            size = file.stat().st_size
        except OSError as error:
            raise SokuError(f"{file} cannot be read: {error.strerror}.") from error
        body = {"contentType": content_type, "size": size, "keepLocation": keep_location}
        # An upload that was begun twice costs nothing.
        begun = self._transport.call(
            "POST", "/v1/media/uploads", models.Upload, body=body, repeatable=True
        )
        _send(begun, file, size, progress)
        path_of_upload = f"/v1/media/uploads/{part(begun['uploadId'])}/complete"
        return self._transport.call("POST", path_of_upload, models.Media, repeatable=True)

    def store(self, url: str, *, keep_location: bool = False) -> models.Media:
        """Let Soku download and store the file at `url`."""
        body = {"url": url, "keepLocation": keep_location}
        # The same URL is the same stored file for 24 hours.
        return self._transport.call("POST", "/v1/media", models.Media, body=body, repeatable=True)

    def list(self) -> Iterator[models.MediaInList]:
        """All files, the newest first."""
        yield from self._transport.pages("/v1/media", models.MediaPage, {})

    def save(self, url: str, path: str | os.PathLike[str]) -> None:
        """Download the stored file at `url` to this machine. It is never in memory as a whole."""
        # Not the name of a file that is there: it would be overwritten and removed.
        unfinished = Path(f"{os.fspath(path)}.{secrets.token_hex(8)}.part")
        try:
            with httpx.stream("GET", url, timeout=_TIMEOUT) as answer:
                if not answer.is_success:
                    raise SokuError(f"{url} cannot be downloaded: status {answer.status_code}.")
                with unfinished.open("xb") as file:
                    for chunk in answer.iter_bytes(_CHUNK):
                        file.write(chunk)
            unfinished.replace(path)
        except OSError as error:
            raise SokuError(f"{path} cannot be written: {error.strerror}.") from error
        except httpx.TransportError as error:
            raise ConnectionLost(f"The download of {url} failed: {error}. Try again.") from error
        finally:
            with suppress(OSError):
                unfinished.unlink()

    def delete(self, media_id: str) -> None:
        """Delete a file that no post uses."""
        self._transport.delete(f"/v1/media/{part(media_id)}")


def _send(begun: models.Upload, file: Path, size: int, progress: Progress | None) -> None:
    """Upload the file, from its beginning again if the connection is cut."""
    headers = {**begun["headers"], "Content-Length": str(size)}
    for number in range(_TRIES):
        try:
            with file.open("rb") as content:
                answer = httpx.put(
                    begun["url"],
                    content=_parts(content, size, progress),
                    headers=headers,
                    timeout=_TIMEOUT,
                )
        except OSError as error:
            raise SokuError(f"{file} cannot be read: {error.strerror}.") from error
        except httpx.TransportError as error:
            if number == _TRIES - 1:
                raise ConnectionLost(f"The upload of {file} failed: {error}. Try again.") from error
        else:
            if answer.is_success:
                return
            if number == _TRIES - 1 or not answer.is_server_error:
                message = f"The storage refused {file}. Upload it again."
                raise ApiError(answer.status_code, {"code": "upload_failed", "message": message})
        time.sleep(2.0**number)


def _parts(content: BinaryIO, size: int, progress: Progress | None) -> Iterator[bytes]:
    sent = 0
    while part := content.read(_CHUNK):
        yield part
        sent += len(part)
        if progress:
            progress(sent, size)
