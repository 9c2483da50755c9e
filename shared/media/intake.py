"""Storing a user's file: it is downloaded, stored and inspected in one pass over its bytes.

    1. the first bytes tell the type; a file that is no image or video is refused
    2. the rest streams into the bucket, under a name that nobody can guess
    3. the stored object is inspected: size, duration, codec; a broken one is removed
    4. one commit: the file's document, and for a day its source URL

Two requests for one URL may both download it. The commit lets one win; the other removes its own
object and returns the winner's. A process that dies between 2 and 4 leaves an object without a
document, which only costs its storage.
"""

import hashlib
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
from shared.gcp.media import asset_fields, asset_from, media_path, source_path, stored_bytes
from shared.gcp.messages import Batch
from shared.gcp.storage import MediaBucket, StorageUnavailable, Stream
from shared.media import places
from shared.media.content_types import NotMedia, content_type_of
from shared.media.facts import Facts
from shared.media.fetch import FetchRefused, download
from shared.media.inspect import inspect
from shared.media.library import is_alive, source_id
from shared.media.location import without_location
from shared.media.names import name_of, new_media_id

log = logs.logger("media")

HEAD_BYTES = 64 * 1024
SOURCE_KNOWN_FOR = timedelta(hours=24)
# For all URLs of one post together.
POST_SECONDS = 120.0
# For one URL of POST /v1/media: the API's time-out (deploy.sh) minus the time to store and answer.
UPLOAD_SECONDS = 300.0
_PLACES = places.Places(places.FILES, places.FILES_OF_A_USER)


class Source(Protocol):
    """Bytes that can be read once. Reading more than `max_bytes` raises FetchRefused."""

    max_bytes: int

    def read(self, n: int) -> bytes: ...


class Whole:
    """A file whose size is known, as a source of bytes."""

    def __init__(self, file: Stream, size: int, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._file, self._whole = file, size

    def read(self, n: int) -> bytes:
        if self._whole > self.max_bytes:
            message = f"The file has {self._whole} bytes, more than the {self.max_bytes} allowed."
            raise FetchRefused("too_large", message)
        return self._file.read(n)


class NotStored(Exception):
    """A file was not stored. `message` tells the user what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def is_final(self) -> bool:
        """Whether the same bytes would be refused again."""
        return self.code in ("not_media", "too_large")


@dataclass(frozen=True)
class Origin:
    """What a file was downloaded or made from."""

    source_id: str
    url: str | None = None
    known_for: timedelta | None = None
    """How long the same source means the same file; None: as long as the file exists."""


@dataclass(frozen=True)
class Intake:
    db: Any
    """The Firestore client."""
    bucket: MediaBucket
    settings: Settings

    def store_url(
        self,
        user_id: str,
        url: str,
        seconds: float = UPLOAD_SECONDS,
        *,
        keeps_location: bool = False,
    ) -> MediaAsset:
        """Download the file at `url` and store it, within `seconds`. Raises NotStored, ApiError."""
        deadline = time.monotonic() + seconds
        with _PLACES.one(user_id), _as_not_stored():
            limits = self.settings.media
            left = self._left(user_id)
            with download(
                url,
                limits,
                max_bytes=limits.max_video_bytes,
                seconds=deadline - time.monotonic(),
                own_hosts=self.settings.own_hosts,
            ) as stream:
                asset = self._stored(stream, left, keeps_location)
            origin = Origin(source_id(url, keeps_location), url, SOURCE_KNOWN_FOR)
            return self._kept(
                asset, lambda file: self._keep(user_id, origin, self._inspected(file))
            )

    def store_stream(
        self,
        user_id: str,
        stream: Source,
        keep: Callable[[MediaAsset], MediaAsset],
        *,
        keeps_location: bool = False,
    ) -> MediaAsset:
        """Store the bytes of `stream`. Raises NotStored, ApiError.

        `keep` writes the file's document, or returns another file if a request was faster.
        """
        with _PLACES.one(user_id), _as_not_stored():
            asset = self._stored(stream, self._left(user_id), keeps_location)
            return self._kept(asset, lambda file: keep(self._inspected(file)))

    def store_made(self, user_id: str, source: str, stream: Source, facts: Facts) -> MediaAsset:
        """Store a file that Soku has made. `source`: what it was made from, see `source_path`.

        It is not inspected, because Soku knows what it is. The file of a faster request with the
        same source is returned instead. Raises NotStored, ApiError.
        """
        with _PLACES.one(user_id), _as_not_stored():
            asset = self._stored(stream, self._left(user_id), keeps_location=True)
            known = replace(asset, **asdict(facts))
            return self._kept(known, lambda file: self._keep(user_id, Origin(source), file))

    def store_one(
        self, user_id: str, place: str, url: str, *, keeps_location: bool = False
    ) -> MediaAsset:
        """As `store_url`, for a request with one URL at `place`. Raises ApiError."""

        def store() -> MediaAsset:
            return self.store_url(user_id, url, keeps_location=keeps_location)

        return upload_failed(place, store, url)

    def store_all(self, user_id: str, urls: Mapping[str, str]) -> dict[str, MediaAsset]:
        """Download and store the files at `urls` in parallel; the result has the same keys.

        Raises ApiError: upload_failed with every URL that failed, or rate_limit_exceeded.
        """
        deadline = time.monotonic() + POST_SECONDS
        with ThreadPoolExecutor(places.FILES_OF_A_USER) as pool:
            futures = {
                url: pool.submit(self._store_or_error, user_id, url, deadline)
                for url in dict.fromkeys(urls.values())
            }
        results = {place: futures[url].result() for place, url in urls.items()}
        errors = {place: one for place, one in results.items() if isinstance(one, NotStored)}
        if errors:
            raise _upload_failed({place: (urls[place], one) for place, one in errors.items()})
        return {place: one for place, one in results.items() if isinstance(one, MediaAsset)}

    def _store_or_error(self, user_id: str, url: str, deadline: float) -> MediaAsset | NotStored:
        left = deadline - time.monotonic()
        try:
            if left > 0:
                return self.store_url(user_id, url, left)
            failure = NotStored("too_slow", "No time was left for this URL.")
        except NotStored as error:
            failure = error
        if failure.code == "too_slow":
            advice = "Upload the file with POST /v1/media first, and use the URL in the answer."
            return NotStored(failure.code, f"{failure.message} {advice}")
        return failure

    def _left(self, user_id: str) -> int:
        """Bytes that the user may still store; requests at the same time may each store them.

        Raises NotStored.
        """
        left = self.settings.media.quota_bytes - stored_bytes(self.db, user_id)
        if left <= 0:
            raise self._over_quota()
        return left

    def _over_quota(self) -> NotStored:
        quota = f"{self.settings.media.quota_bytes / 1024**3:.4g} GB"
        return NotStored(
            "quota_exceeded",
            f"Your files would exceed your quota of {quota}. Delete posts, or delete files that no "
            "post uses with DELETE /v1/media/{media_id}.",
        )

    def _stored(self, stream: Source, left: int, keeps_location: bool) -> MediaAsset:
        """Store the stream in the bucket, at most `left` bytes; its first bytes tell the type."""
        limits = self.settings.media
        head = _head_of(stream)
        content_type = content_type_of(head)
        if content_type.startswith("image/"):
            stream.max_bytes = min(stream.max_bytes, limits.max_image_bytes)
        is_quota = left < stream.max_bytes
        stream.max_bytes = min(stream.max_bytes, left)
        media_id = new_media_id()
        name = name_of(media_id, content_type)
        whole: Stream = _Rest(head, stream)
        stored = _Measured(whole if keeps_location else without_location(whole, content_type))
        try:
            self.bucket.store(name, stored, content_type)
        except FetchRefused as error:
            if is_quota and error.code == "too_large":
                raise self._over_quota() from error
            raise
        url = f"{limits.base_url}/{name}"
        return MediaAsset(media_id, url, content_type, stored.size, stored.digest.hexdigest())

    def _kept(self, stored: MediaAsset, keep: Callable[[MediaAsset], MediaAsset]) -> MediaAsset:
        """The stored file with its document; the object is removed when it surely has none."""
        try:
            kept = keep(stored)
        except StoreUnavailable:
            # The commit may have taken effect: an unused object is better than a document of a
            # file that is gone.
            raise
        except Exception:
            # Whatever else it is comes before the commit, or from one that was refused. The end of
            # the process can come right after it.
            self._drop(stored)
            raise
        if kept.media_id != stored.media_id:
            self._drop(stored)
        return kept

    def _inspected(self, asset: MediaAsset) -> MediaAsset:
        name = name_of(asset.media_id, asset.content_type)
        with self.bucket.open(name, asset.content_type) as file:
            facts = inspect(file, asset.content_type, asset.size)
        return replace(asset, **asdict(facts))

    def _keep(self, user_id: str, origin: Origin, asset: MediaAsset) -> MediaAsset:
        """Write the documents of the file and its source, or return a faster request's file."""
        source = self.db.document(source_path(user_id, origin.source_id))

        def keep(snapshot: Any) -> MediaAsset:
            fields = document(snapshot)
            if fields is not None and is_alive(fields):
                return asset_from(fields)
            self._commit(user_id, origin, asset, snapshot)
            return asset

        try:
            return retry_conflicts(
                source.path, lambda: read_all(self.db, [source.path])[source.path], keep
            )
        except PreconditionFailed as error:
            raise StoreUnavailable(str(error)) from error

    def _commit(self, user_id: str, origin: Origin, asset: MediaAsset, snapshot: Any) -> None:
        now = clock.now()
        file = self.db.document(media_path(user_id, asset.media_id))
        batch = Batch(self.db)
        added = {
            # Without the query, which may contain secrets.
            "sourceUrl": origin.url and origin.url.partition("?")[0],
            "sourceId": snapshot.id,
            "createdAt": now,
        }
        batch.create(file, asset_fields(asset) | without_none(added))
        expiry = {"expiresAt": now + origin.known_for} if origin.known_for else {}
        source = asset_fields(asset) | expiry
        if snapshot.exists:
            # It has expired but is not removed yet.
            option = self.db.write_option(last_update_time=snapshot.update_time)
            changes = difference(snapshot.to_dict(), source)
            batch.update(snapshot.reference, changes, option=option)
        else:
            batch.create(snapshot.reference, source)
        commit(batch, landed=lambda: bool(read_all(self.db, [file.path])[file.path].exists))

    def _drop(self, asset: MediaAsset) -> None:
        try:
            self.bucket.delete(name_of(asset.media_id, asset.content_type))
        except StorageUnavailable as error:
            log.warning("unused object not removed: %s", error)


def upload_failed(place: str, store: Callable[[], MediaAsset], url: str = "") -> MediaAsset:
    """The result of `store`. Raises ApiError upload_failed for its NotStored."""
    try:
        return store()
    except NotStored as error:
        raise _upload_failed({place: (url, error)}) from error


def _upload_failed(errors: Mapping[str, tuple[str, NotStored]]) -> ApiError:
    """The error for files that failed, by their places, each with its URL."""
    details = [
        without_none(
            {
                "field": place,
                "url": url.partition("?")[0] or None,
                "code": error.code,
                "message": error.message,
            }
        )
        for place, (url, error) in errors.items()
    ]
    place, (_, first) = next(iter(errors.items()))
    more = f" ({len(errors) - 1} more in details.)" if len(errors) > 1 else ""
    return ApiError(ErrorCode.UPLOAD_FAILED, f"{place}: {first.message}{more}", details)


@contextmanager
def _as_not_stored() -> Iterator[None]:
    """Every failure to store a file, as NotStored."""
    try:
        yield
    except FetchRefused as error:
        raise NotStored(error.code, error.message) from error
    except NotMedia as error:
        raise NotStored("not_media", error.message) from error
    except (StorageUnavailable, StoreUnavailable, StoreRefused) as error:
        log.error("file not stored: %s", error)
        message = "Soku could not store the file. Send the request again."
        raise NotStored("storage_unavailable", message) from error


def _head_of(stream: Source) -> bytes:
    """The first bytes, enough to tell the type, or all of a small file."""
    head = bytearray()
    while len(head) < HEAD_BYTES and (piece := stream.read(HEAD_BYTES - len(head))):
        head += piece
    return bytes(head)


class _Rest(Stream):
    """A stream from its beginning, although its head was already read."""

    def __init__(self, head: bytes, stream: Source) -> None:
        self._head = head
        self._stream = stream

    def read(self, size: int = -1, /) -> bytes:
        if self._head:
            piece, self._head = self._head[:size], self._head[size:]
            return piece
        return self._stream.read(size)


class _Measured(Stream):
    """Counts and hashes the bytes as they pass."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.size, self.digest = 0, hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self.size += len(data)
        self.digest.update(data)
        return data
