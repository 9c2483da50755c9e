"""A file that its user uploads directly: a signed URL for it, and taking in what was put there.

begin     users/{uid}/uploads/{uploadId}, and a URL that takes one file of one type
(the user puts the file there)
complete  the file is taken in as any other, once; the same answer from then on
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from shared import clock, logs
from shared.domain.errors import ApiError, ErrorCode
from shared.domain.media import MediaAsset
from shared.gcp.firestore import PreconditionFailed, commit, document, read_all
from shared.gcp.media import asset_fields, asset_from, media_path, upload_path
from shared.gcp.storage import StorageUnavailable
from shared.gcp.uploads import SignedUpload, UploadBucket
from shared.media.fetch import FetchRefused
from shared.media.intake import Intake, upload_failed

log = logs.logger("media")

URL_LIVES_FOR = timedelta(hours=1)
# Longer than the URL, which may be used in its last second.
KNOWN_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class Begun:
    upload_id: str
    signed: SignedUpload
    expires_at: datetime


@dataclass(frozen=True)
class DirectUploads:
    intake: Intake
    bucket: UploadBucket

    def begin(self, user_id: str, content_type: str, size: int) -> Begun:
        """A place for a file of `size` bytes. Raises StoreUnavailable, StorageUnavailable."""
        upload_id = secrets.token_urlsafe(16)
        now = clock.now()
        signed = self.bucket.sign(upload_id, content_type, size, URL_LIVES_FOR)
        batch = self.intake.db.batch()
        reference = self.intake.db.document(upload_path(user_id, upload_id))
        kept = {"size": size, "createdAt": now, "expiresAt": now + KNOWN_FOR}
        batch.create(reference, kept)
        commit(batch, landed=lambda: _exists(self.intake.db, reference.path))
        return Begun(upload_id, signed, now + URL_LIVES_FOR)

    def complete(self, user_id: str, upload_id: str, found: Any) -> MediaAsset:
        """The uploaded file, taken in. `found`: the snapshot of its document. Raises ApiError."""
        fields = document(found)
        if fields is None:
            raise ApiError(ErrorCode.NOT_FOUND, f"There is no upload {upload_id} of yours.")
        if "media" in fields:
            return asset_from(fields["media"])
        try:
            opened = self.bucket.open(upload_id)
        except StorageUnavailable as error:
            log.error("an upload could not be looked for: %s", error)
            message = "Soku's storage does not answer; send the request again."
            raise ApiError(ErrorCode.INTERNAL_ERROR, message) from error
        if opened is None:
            return self._completed(user_id, upload_id)
        file, size = opened
        with file:
            return self._take(user_id, upload_id, found, _Upload(file, size, fields["size"]))

    def _take(self, user_id: str, upload_id: str, found: Any, stream: "_Upload") -> MediaAsset:
        def keep(asset: MediaAsset) -> MediaAsset:
            try:
                self._commit(user_id, asset, found)
            except PreconditionFailed:
                return self._completed(user_id, upload_id)
            return asset

        return upload_failed("uploadId", lambda: self.intake.take_stream(stream, keep))

    def _completed(self, user_id: str, upload_id: str) -> MediaAsset:
        """What another request has made of the upload meanwhile. Raises ApiError."""
        path = upload_path(user_id, upload_id)
        fields = document(read_all(self.intake.db, [path])[path]) or {}
        if "media" not in fields:
            message = "Nothing was uploaded yet: PUT the file to the upload's URL first."
            raise ApiError(ErrorCode.INVALID_STATE, message)
        return asset_from(fields["media"])

    def _commit(self, user_id: str, asset: MediaAsset, found: Any) -> None:
        db = self.intake.db
        file = db.document(media_path(user_id, asset.media_id))
        batch = db.batch()
        batch.create(file, asset_fields(asset) | {"createdAt": clock.now()})
        option = db.write_option(last_update_time=found.update_time)
        batch.update(found.reference, {"media": asset_fields(asset)}, option=option)
        commit(batch, landed=lambda: _exists(db, file.path))


def _exists(db: Any, path: str) -> bool:
    return bool(read_all(db, [path])[path].exists)


class _Upload:
    """An uploaded object as bytes to take in."""

    def __init__(self, file: BinaryIO, size: int, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.size = 0
        self._file, self._whole = file, size
        self._digest = hashlib.sha256()

    def read(self, n: int) -> bytes:
        if self._whole > self.max_bytes:
            message = f"The file has {self._whole} bytes; at most {self.max_bytes} are taken."
            raise FetchRefused("too_large", message)
        piece = self._file.read(n)
        self.size += len(piece)
        self._digest.update(piece)
        return piece

    def sha256(self) -> str:
        return self._digest.hexdigest()
