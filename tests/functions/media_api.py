"""The API with a real bucket and an allowed server of files."""

import hashlib
from dataclasses import replace
from typing import Any

from google.cloud.storage import Bucket, Client

from local.storage_emulator import StorageEmulator
from shared.config import MediaSettings
from tests.functions.api_client import ApiClient
from tests.media import Shelf

MEDIA = "/v1/media"
LIMITS = {"max_image_bytes": 2_000_000, "max_video_bytes": 30_000_000}


class MediaApi:
    """A client of the API, its bucket, and files at external URLs."""

    def __init__(self, api: ApiClient, storage: StorageEmulator, shelf: Shelf) -> None:
        self.api, self.shelf, self._storage = api, shelf, storage
        client = Client(project="demo-tests")
        # A bucket for this test, which checks everything that is left there.
        self.bucket: Bucket = client.create_bucket(f"media-{api.user_id}")
        world = api.world
        media = MediaSettings(
            bucket=self.bucket.name,
            base_url=f"{storage.url}/{self.bucket.name}/media",
            fetch_allowed_origins=(shelf.url,),
            **LIMITS,
        )
        world.parts = replace(
            world.parts,
            settings=replace(world.parts.settings, media=media),
            storage=lambda: client,
        )

    def store(self, url: Any) -> Any:
        return self.api.call("POST", MEDIA, json={"url": url})

    def stored(self, url: str) -> dict[str, Any]:
        """The answer for a file that must be accepted."""
        answer = self.store(url)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json
        return found

    def objects(self) -> dict[str, str]:
        """The objects in the bucket: name -> SHA-256."""
        return {
            blob.name: hashlib.sha256(blob.download_as_bytes()).hexdigest()
            for blob in self.bucket.list_blobs()
        }

    def documents(self) -> list[dict[str, Any]]:
        path = f"users/{self.api.user_id}/media"
        return [s.to_dict() for s in self.api.world.parts.db.collection(path).stream()]

    def has_nothing(self) -> bool:
        return not self.objects() and not self.documents()
