"""The bucket: an object exists completely, or not at all."""

import hashlib
import os
from uuid import uuid4

import pytest
import requests
from google.cloud.storage import Client

from local.ports import HOST, free_port
from local.storage_emulator import StorageEmulator
from shared.gcp.storage import CHUNK_BYTES, MediaBucket, StorageUnavailable


@pytest.fixture
def bucket(storage: StorageEmulator) -> MediaBucket:
    return MediaBucket(storage.bucket, lambda: Client(project="demo-tests"))


class Pieces:
    """A stream of `size` random bytes, which breaks off after `breaks_at`."""

    def __init__(self, size: int, breaks_at: int | None = None) -> None:
        self._left, self._breaks_at, self._given = size, breaks_at, 0
        self.digest = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        if self._breaks_at is not None and self._given >= self._breaks_at:
            raise ConnectionResetError("the other side is gone")
        # Fewer bytes than requested, as from a network.
        piece = os.urandom(min(size, self._left, 100_000))
        self._left -= len(piece)
        self._given += len(piece)
        self.digest.update(piece)
        return piece


@pytest.mark.parametrize(
    "size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES]
)
def test_a_stream_is_stored_byte_by_byte_whatever_its_length(
    storage: StorageEmulator, bucket: MediaBucket, size: int
) -> None:
    name, stream = f"{uuid4().hex}.mp4", Pieces(size)
    bucket.store(name, stream, "video/mp4")
    found = requests.get(f"{storage.url}/{storage.bucket}/media/{name}", timeout=10)
    assert hashlib.sha256(found.content).hexdigest() == stream.digest.hexdigest()
    assert found.headers["Content-Type"] == "video/mp4"
    assert "immutable" in found.headers["Cache-Control"]


def test_a_stream_that_breaks_off_leaves_nothing(
    storage: StorageEmulator, bucket: MediaBucket
) -> None:
    name = f"{uuid4().hex}.mp4"
    with pytest.raises(ConnectionResetError):
        bucket.store(name, Pieces(3 * CHUNK_BYTES, 2 * CHUNK_BYTES), "video/mp4")
    found = requests.get(f"{storage.url}/{storage.bucket}/media/{name}", timeout=10)
    assert found.status_code == 404


def test_an_object_is_seekable_and_can_be_removed_twice(bucket: MediaBucket) -> None:
    name, stream = f"{uuid4().hex}.mp4", Pieces(1_000_000)
    bucket.store(name, stream, "video/mp4")
    with bucket.open(name, "video/mp4") as file:
        assert file.seek(-10, os.SEEK_END) == 999_990
        assert len(file.read()) == 10
        file.seek(0)
        assert hashlib.sha256(file.read()).digest() == stream.digest.digest()
    bucket.delete(name)
    bucket.delete(name)


def test_a_storage_that_does_not_respond_is_unavailable(
    storage: StorageEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"http://{HOST}:{free_port('storage')}"
    client = Client(project="demo-tests", client_options={"api_endpoint": address})
    nowhere = MediaBucket("none", lambda: client)
    monkeypatch.setattr("shared.gcp.storage._RETRY_SECONDS", 0.2)
    with pytest.raises(StorageUnavailable, match="removing"):
        nowhere.delete("a.mp4")
    with pytest.raises(StorageUnavailable, match="storing"):
        nowhere.store("a.mp4", Pieces(10), "video/mp4")
