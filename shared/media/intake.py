"""Taking in a user's file: fetched, stored and looked into, in one pass over its bytes.

    1. the first bytes say what it is; what is no image or video goes no further
    2. the rest streams into the bucket, under a name that nobody can guess
    3. the stored object is looked into: size, duration, codec; a broken one is removed again
    4. one commit: the file's document, and for a day the URL that it came from

Two requests for one URL may both fetch it; the commit lets one win, and the
other removes what it stored and answers the winner's. A process that dies
between 2 and 4 leaves an object that nobody knows of: it costs its storage.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any, Protocol

from shared import clock, logs
from shared.config import Settings
from shared.domain.errors import ApiError, ErrorCode
from shared.domain.media import MediaAsset
from shared.gcp.firestore import (
    PreconditionFailed,
    StoreRefused,
    StoreUnavailable,
    commit,
    difference,
    document,
    read_all,
    retry_conflicts,
    without_none,
)
from shared.gcp.media import asset_fields, asset_from, media_path, source_path
from shared.gcp.storage import MediaBucket, StorageUnavailable, Stream
from shared.media.fetch import FetchRefused, download
from shared.media.inspect import NotMedia, content_type_of, inspect
from shared.media.library import is_alive, source_id
from shared.media.names import name_of, new_media_id

log = logs.logger("media")

HEAD_BYTES = 64 * 1024
SOURCE_KNOWN_FOR = timedelta(hours=24)
# All URLs of one post together.
POST_SECONDS = 120.0
# One URL of POST /v1/media: the api's time-out (deploy.sh) less what storing and answering take.
UPLOAD_SECONDS = 300.0
_AT_ONCE = 8
# Files that one instance takes in at once: each holds some chunks in memory.
_PLACES = threading.BoundedSemaphore(16)


class Source(Protocol):
    """Bytes that are taken in once; raises FetchRefused when they are too many."""

    max_bytes: int
    size: int
    """Bytes read so far."""

    def read(self, n: int) -> bytes: ...

    def sha256(self) -> str: ...


class NotTaken(Exception):
    """A URL's file was not taken in; `message` tells the person what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Intake:
    db: Any
    """The Firestore client."""
    bucket: MediaBucket
    settings: Settings

    def take(self, user_id: str, url: str, seconds: float = UPLOAD_SECONDS) -> MediaAsset:
        """The file at `url`, stored for this user within `seconds`. Raises NotTaken."""
        deadline = time.monotonic() + seconds
        with _place(seconds), _failures_told():
            limits = self.settings.media
            with download(
                url,
                limits,
                max_bytes=limits.max_video_bytes,
                seconds=deadline - time.monotonic(),
                own_hosts=self.settings.own_hosts,
            ) as stream:
                asset = self._stored(stream)
            return self._kept(asset, lambda found: self._keep(user_id, url, found))

    def take_stream(self, stream: Source, keep: Callable[[MediaAsset], MediaAsset]) -> MediaAsset:
        """What `stream` gives, stored. Raises NotTaken.

        `keep` writes the file's document; it answers another file if somebody was faster.
        """
        with _place(UPLOAD_SECONDS), _failures_told():
            return self._kept(self._stored(stream), keep)

    def take_one(self, user_id: str, place: str, url: str) -> MediaAsset:
        """As `take`, for a request that names one URL at `place`. Raises ApiError upload_failed."""
        return upload_failed(place, lambda: self.take(user_id, url), url)

    def take_all(self, user_id: str, urls: Mapping[str, str]) -> dict[str, MediaAsset]:
        """The files at `urls`, by the places that name them, fetched side by side.

        Raises ApiError upload_failed that names every URL that could not be had.
        """
        deadline = time.monotonic() + POST_SECONDS
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            taken = {
                url: pool.submit(self._take_or_fault, user_id, url, deadline)
                for url in dict.fromkeys(urls.values())
            }
        found = {place: taken[url].result() for place, url in urls.items()}
        faults = {place: one for place, one in found.items() if isinstance(one, NotTaken)}
        if faults:
            raise _upload_failed({place: (urls[place], one) for place, one in faults.items()})
        return {place: one for place, one in found.items() if isinstance(one, MediaAsset)}

    def _take_or_fault(self, user_id: str, url: str, deadline: float) -> MediaAsset | NotTaken:
        left = deadline - time.monotonic()
        try:
            if left > 0:
                return self.take(user_id, url, left)
            fault = NotTaken("too_slow", "There was no time left for this URL.")
        except NotTaken as error:
            fault = error
        if fault.code == "too_slow":
            advice = "Upload it with POST /v1/media first, and post the URL that it answers."
            return NotTaken(fault.code, f"{fault.message} {advice}")
        return fault

    def _stored(self, stream: Source) -> MediaAsset:
        """The stream in the bucket, and what its first bytes said."""
        limits = self.settings.media
        head = _head_of(stream)
        content_type = content_type_of(head)
        if content_type.startswith("image/"):
            stream.max_bytes = min(stream.max_bytes, limits.max_image_bytes)
        media_id = new_media_id()
        name = name_of(media_id, content_type)
        self.bucket.store(name, _Rest(head, stream), content_type)
        url = f"{limits.base_url}/{name}"
        return MediaAsset(media_id, url, content_type, stream.size, stream.sha256())

    def _kept(self, stored: MediaAsset, keep: Callable[[MediaAsset], MediaAsset]) -> MediaAsset:
        """The stored object with its document; it is removed again if it cannot have one."""
        try:
            kept = keep(self._looked_into(stored))
        except BaseException:
            self._drop(stored)
            raise
        if kept.media_id != stored.media_id:
            self._drop(stored)
        return kept

    def _looked_into(self, asset: MediaAsset) -> MediaAsset:
        name = name_of(asset.media_id, asset.content_type)
        with self.bucket.open(name, asset.content_type) as file:
            facts = inspect(file, asset.content_type, asset.size)
        return replace(asset, **asdict(facts))

    def _keep(self, user_id: str, url: str, asset: MediaAsset) -> MediaAsset:
        """Write the documents of the file and its source, or return a faster request's file."""
        source = self.db.document(source_path(user_id, source_id(url)))

        def keep(snapshot: Any) -> MediaAsset:
            fields = document(snapshot)
            if fields is not None and is_alive(fields):
                return asset_from(fields)
            self._commit(user_id, url, asset, snapshot)
            return asset

        try:
            return retry_conflicts(
                source.path, lambda: read_all(self.db, [source.path])[source.path], keep
            )
        except PreconditionFailed as error:
            raise StoreUnavailable(str(error)) from error

    def _commit(self, user_id: str, url: str, asset: MediaAsset, known: Any) -> None:
        now = clock.now()
        file = self.db.document(media_path(user_id, asset.media_id))
        batch = self.db.batch()
        # What follows the question mark may open somebody's door, so it is not kept.
        origin = {"sourceUrl": url.partition("?")[0], "createdAt": now}
        batch.create(file, asset_fields(asset) | origin)
        source = asset_fields(asset) | {"expiresAt": now + SOURCE_KNOWN_FOR}
        if known.exists:
            # It has run out, and nothing has removed it yet.
            option = self.db.write_option(last_update_time=known.update_time)
            batch.update(known.reference, difference(known.to_dict(), source), option=option)
        else:
            batch.create(known.reference, source)
        commit(batch, landed=lambda: bool(read_all(self.db, [file.path])[file.path].exists))

    def _drop(self, asset: MediaAsset) -> None:
        try:
            self.bucket.delete(name_of(asset.media_id, asset.content_type))
        except StorageUnavailable as error:
            log.warning("an object that nothing names is left: %s", error)


def upload_failed(place: str, take: Callable[[], MediaAsset], url: str = "") -> MediaAsset:
    """What `take` answers. Raises ApiError upload_failed for its NotTaken."""
    try:
        return take()
    except NotTaken as fault:
        raise _upload_failed({place: (url, fault)}) from fault


def _upload_failed(faults: Mapping[str, tuple[str, NotTaken]]) -> ApiError:
    """The refusal of a request for files of which some could not be had, by their places."""
    details = [
        without_none(
            {
                "field": place,
                "url": url.partition("?")[0] or None,
                "code": fault.code,
                "message": fault.message,
            }
        )
        for place, (url, fault) in faults.items()
    ]
    place, (_, first) = next(iter(faults.items()))
    more = f" ({len(faults) - 1} more in details.)" if len(faults) > 1 else ""
    return ApiError(ErrorCode.UPLOAD_FAILED, f"{place}: {first.message}{more}", details)


@contextmanager
def _place(seconds: float) -> Iterator[None]:
    """One of the places of this instance. Raises NotTaken when none gets free in time."""
    if not _PLACES.acquire(timeout=seconds):
        raise NotTaken("too_slow", "Too many files are being stored; try again in a minute.")
    try:
        yield
    finally:
        _PLACES.release()


@contextmanager
def _failures_told() -> Iterator[None]:
    """Everything that can go wrong with a file, as NotTaken."""
    try:
        yield
    except FetchRefused as error:
        raise NotTaken(error.code, error.message) from error
    except NotMedia as error:
        raise NotTaken("not_media", error.message) from error
    except (StorageUnavailable, StoreUnavailable, StoreRefused) as error:
        log.error("a file could not be stored: %s", error)
        message = "The file is fine but could not be stored; send the request again."
        raise NotTaken("storage_unavailable", message) from error


def _head_of(stream: Source) -> bytes:
    """The first bytes, as many as it takes to tell what they are, or all of a small file."""
    head = bytearray()
    while len(head) < HEAD_BYTES and (piece := stream.read(HEAD_BYTES - len(head))):
        head += piece
    return bytes(head)


class _Rest(Stream):
    """A stream of which the head was read already, from its beginning."""

    def __init__(self, head: bytes, stream: Source) -> None:
        self._head = head
        self._stream = stream

    def read(self, size: int = -1, /) -> bytes:
        if self._head:
            piece, self._head = self._head[:size], self._head[size:]
            return piece
        return self._stream.read(size)
