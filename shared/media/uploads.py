"""Direct uploads: a signed URL for a file, and storing the uploaded file.

begin     users/{uid}/uploads/{uploadId}, and a URL that accepts one file of one type
(the user uploads the file)
complete  the file is stored like any other, once; later calls return the same answer
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared import clock, logs
from shared.domain.errors import ApiError, ErrorCode
from shared.domain.media import MediaAsset
from shared.gcp.firestore import (
    PreconditionFailed,
    StoreRefused,
    StoreUnavailable,
    commit,
    document,
    read_all,
)
from shared.gcp.media import asset_fields, asset_from, media_path, upload_path
from shared.gcp.messages import Batch
from shared.gcp.storage import StorageUnavailable
from shared.gcp.uploads import SignedUpload, UploadBucket
from shared.media.intake import Intake, NotStored, Whole, upload_failed
from shared.media.library import is_alive, upload_not_found

log = logs.logger("media")

URL_LIVES_FOR = timedelta(hours=1)
# Longer than the URL, which may be used until its last second.
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

    def begin(
        self, user_id: str, content_type: str, size: int, *, keeps_location: bool = False
    ) -> Begun:
        """Start an upload of at most `size` bytes. Raises StoreUnavailable, StorageUnavailable."""
        upload_id = secrets.token_urlsafe(16)
        now = clock.now()
        signed = self.bucket.sign(upload_id, content_type, size, URL_LIVES_FOR)
        batch = Batch(self.intake.db)
        reference = self.intake.db.document(upload_path(user_id, upload_id))
        fields = {"size": size, "createdAt": now, "expiresAt": now + KNOWN_FOR}
        if keeps_location:
            fields["keepsLocation"] = True
        batch.create(reference, fields)
        commit(batch, landed=lambda: _exists(self.intake.db, reference.path))
        return Begun(upload_id, signed, now + URL_LIVES_FOR)

    def complete(self, user_id: str, upload_id: str, snapshot: Any) -> MediaAsset:
        """Store the uploaded file. `snapshot`: of its document. Raises ApiError."""
        fields = document(snapshot)
        if fields is None:
            raise upload_not_found(upload_id)
        if "media" in fields:
            return self._present(user_id, upload_id, asset_from(fields["media"]))
        if "refused" in fields:
            refused = NotStored(**fields["refused"])
            return upload_failed("uploadId", lambda: _raise(refused))
        try:
            opened = self.bucket.open(upload_id)
        except StorageUnavailable as error:
            log.error("upload not read: %s", error)
            message = "Soku's storage did not respond. Send the request again."
            raise ApiError(ErrorCode.INTERNAL_ERROR, message) from error
        if opened is None:
            return self._completed(user_id, upload_id)
        file, size = opened
        with file:
            return self._store(user_id, upload_id, snapshot, Whole(file, size, fields["size"]))

    def _store(self, user_id: str, upload_id: str, snapshot: Any, stream: Whole) -> MediaAsset:
        keeps_location = bool(snapshot.to_dict().get("keepsLocation"))

        def keep(asset: MediaAsset) -> MediaAsset:
            try:
                self._commit(user_id, asset, snapshot)
            except PreconditionFailed:
                return self._completed(user_id, upload_id)
            return asset

        def store() -> MediaAsset:
            try:
                return self.intake.store_stream(
                    user_id, stream, keep, keeps_location=keeps_location
                )
            except NotStored as error:
                if error.is_final:
                    self._refuse(snapshot, error)
                raise

        return upload_failed("uploadId", store)

    def _refuse(self, snapshot: Any, error: NotStored) -> None:
        """Remember that the file cannot be stored, so that it is not copied and read again."""
        batch = Batch(self.intake.db)
        refused = {"refused": {"code": error.code, "message": error.message}}
        option = self.intake.db.write_option(last_update_time=snapshot.update_time)
        batch.update(snapshot.reference, refused, option=option)
        try:
            commit(batch, landed=lambda: False)
        except (PreconditionFailed, StoreRefused, StoreUnavailable) as failure:
            log.warning("refusal of an upload not recorded: %s", failure)

    def _present(self, user_id: str, upload_id: str, asset: MediaAsset) -> MediaAsset:
        """`asset`, if it was not deleted after the upload. Raises ApiError."""
        path = media_path(user_id, asset.media_id)
        fields = document(read_all(self.intake.db, [path])[path])
        if fields is None or not is_alive(fields):
            raise upload_not_found(upload_id)
        return asset

    def _completed(self, user_id: str, upload_id: str) -> MediaAsset:
        """The file that another request stored from the upload meanwhile. Raises ApiError."""
        path = upload_path(user_id, upload_id)
        fields = document(read_all(self.intake.db, [path])[path]) or {}
        if "media" not in fields:
            message = "No file was uploaded yet. PUT the file to the upload URL first."
            raise ApiError(ErrorCode.INVALID_STATE, message)
        return self._present(user_id, upload_id, asset_from(fields["media"]))

    def _commit(self, user_id: str, asset: MediaAsset, snapshot: Any) -> None:
        db = self.intake.db
        file = db.document(media_path(user_id, asset.media_id))
        batch = Batch(db)
        batch.create(file, asset_fields(asset) | {"createdAt": clock.now()})
        option = db.write_option(last_update_time=snapshot.update_time)
        batch.update(snapshot.reference, {"media": asset_fields(asset)}, option=option)
        commit(batch, landed=lambda: _exists(db, file.path))


def _raise(error: NotStored) -> MediaAsset:
    raise error


def _exists(db: Any, path: str) -> bool:
    return bool(read_all(db, [path])[path].exists)
