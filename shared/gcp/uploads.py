"""Where users put files themselves: `uploads/{id}` in the bucket, by a signed URL for each.

What lies there is nobody's media yet; the bucket's lifecycle removes what is a day old.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, BinaryIO

import google.auth
import google.auth.transport.requests
from google.auth.credentials import Signing
from google.cloud.storage import Bucket, Client

from shared.gcp.storage import StorageUnavailable, buffered, retry_briefly, translated

PREFIX = "uploads/"
_SECONDS = 60.0
_READ_CHUNK = 2 * 1024 * 1024


@dataclass(frozen=True)
class SignedUpload:
    """What somebody needs to PUT one file, of one type and at most so large."""

    url: str
    headers: Mapping[str, str]
    """To be sent exactly like this: they are signed."""


class UploadBucket:
    def __init__(self, name: str, connect: Callable[[], Client]) -> None:
        self._name = name
        self._connect = connect
        self._bucket: Bucket | None = None

    def sign(
        self, upload_id: str, content_type: str, max_bytes: int, lifetime: timedelta
    ) -> SignedUpload:
        """A URL that takes one file for `lifetime`. Raises StorageUnavailable.

        Cloud Storage itself refuses a larger file, and a second one
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
        """What was uploaded, with its size; None if nothing was. Raises StorageUnavailable."""
        with translated(f"looking for {upload_id}"):
            found = self._bucket_of_ours().get_blob(
                f"{PREFIX}{upload_id}", timeout=_SECONDS, retry=retry_briefly()
            )
        if found is None:
            return None
        reader = found.open("rb", chunk_size=_READ_CHUNK, retry=retry_briefly())
        return buffered(reader, _READ_CHUNK), found.size

    def _blob(self, upload_id: str) -> Any:
        return self._bucket_of_ours().blob(f"{PREFIX}{upload_id}")

    def _bucket_of_ours(self) -> Bucket:
        if self._bucket is None:
            self._bucket = self._connect().bucket(self._name)
        return self._bucket


def _signer() -> dict[str, Any]:
    """Who signs: a key at hand, or, without one, IAM on behalf of the function's account."""
    scopes = ["https://www.googleapis.com/auth/cloud-platform"]
    try:
        found: Any = google.auth.default(scopes=scopes)[0]
        if isinstance(found, Signing):
            return {"credentials": found}
        found.refresh(google.auth.transport.requests.Request())
    except google.auth.exceptions.GoogleAuthError as error:
        raise StorageUnavailable(f"signing is not possible: {error}") from error
    return {
        "credentials": found,
        "service_account_email": found.service_account_email,
        "access_token": found.token,
    }
