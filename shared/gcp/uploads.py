"""Direct uploads: `uploads/{id}` in the bucket, each with a signed URL.

These objects are not media yet. The lifecycle of the bucket removes them after a day.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, BinaryIO

import google.auth
import google.auth.transport.requests
from google.api_core import exceptions
from google.auth.credentials import Signing
from google.cloud.storage import Bucket, Client

from shared.gcp.storage import StorageUnavailable, buffered, retry_briefly, translated

PREFIX = "uploads/"
_SECONDS = 60.0
_READ_CHUNK = 2 * 1024 * 1024


@dataclass(frozen=True)
class SignedUpload:
    """How to PUT one file, of one type and of a limited size."""

    url: str
    headers: Mapping[str, str]
    """To be sent unchanged: they are signed."""


class UploadBucket:
    def __init__(self, name: str, connect: Callable[[], Client]) -> None:
        self._name = name
        self._connect = connect
        self._bucket: Bucket | None = None

    def sign(
        self, upload_id: str, content_type: str, max_bytes: int, lifetime: timedelta
    ) -> SignedUpload:
        """A URL that accepts one file during `lifetime`. Raises StorageUnavailable.

        Cloud Storage itself refuses a larger file and a second file
        (cloud.google.com/storage/docs/xml-api/reference-headers).
        """
        headers = {
            "Content-Type": content_type,
            "X-Goog-Content-Length-Range": f"1,{max_bytes}",
            "X-Goog-If-Generation-Match": "0",
        }
        with translated(f"signing {upload_id}"):
            url = self._blob(upload_id).generate_signed_url(
                version="v4",
                method="PUT",
                expiration=lifetime,
                headers=dict(headers),
                **_signer(),
            )
        return SignedUpload(url, headers)

    def open(self, upload_id: str) -> tuple[BinaryIO, int] | None:
        """The uploaded file with its size; None if there is none. Raises StorageUnavailable."""
        with translated(f"reading {upload_id}"):
            blob = self._connected().get_blob(
                f"{PREFIX}{upload_id}", timeout=_SECONDS, retry=retry_briefly()
            )
        if blob is None:
            return None
        reader = blob.open("rb", chunk_size=_READ_CHUNK, retry=retry_briefly())
        return buffered(reader, _READ_CHUNK), blob.size

    def delete(self, upload_id: str) -> None:
        """Remove the uploaded file; a missing one is no error. Raises StorageUnavailable."""
        with translated(f"removing {upload_id}"), suppress(exceptions.NotFound):
            self._blob(upload_id).delete(timeout=_SECONDS, retry=retry_briefly())

    def _blob(self, upload_id: str) -> Any:
        return self._connected().blob(f"{PREFIX}{upload_id}")

    def _connected(self) -> Bucket:
        if self._bucket is None:
            self._bucket = self._connect().bucket(self._name)
        return self._bucket


def _signer() -> dict[str, Any]:
    """The signer: the credentials' own key, or IAM for the function's service account."""
    scopes = ["https://www.googleapis.com/auth/cloud-platform"]
    try:
        credentials: Any = google.auth.default(scopes=scopes)[0]
        if isinstance(credentials, Signing):
            return {"credentials": credentials}
        credentials.refresh(google.auth.transport.requests.Request())
    except google.auth.exceptions.GoogleAuthError as error:
        raise StorageUnavailable(f"no credentials to sign with: {error}") from error
    return {
        "credentials": credentials,
        "service_account_email": credentials.service_account_email,
        "access_token": credentials.token,
    }
