"""Firestore, storage and media of the local stack, each started for real."""

import io
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from local import media_server, seed, storage_emulator
from local.failures import PartFailed
from local.firestore_emulator import FirestoreEmulator
from local.loopback import call

pytestmark = pytest.mark.slow
OWN_DOCUMENTS = """rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    match /users/{uid} { allow read: if request.auth.uid == uid; }
  }
}
"""


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirestoreEmulator]:
    rules = tmp_path_factory.mktemp("rules") / "own.rules"
    rules.write_text(OWN_DOCUMENTS)
    with FirestoreEmulator(rules=rules) as running:
        yield running


@pytest.mark.full
@pytest.mark.parametrize(
    ("condition", "complaint"),
    [("true;;", "does not compile"), ("request.auth.uid == nosuch", "Invalid variable name")],
)
def test_rules_with_an_error_are_refused(
    emulator: FirestoreEmulator, condition: str, complaint: str
) -> None:
    faulty = OWN_DOCUMENTS.replace("request.auth.uid == uid", condition)
    with pytest.raises(PartFailed, match=f"own.rules .*{complaint}"):
        emulator.load_rules(faulty, project="demo-rules")


@pytest.mark.full
def test_exported_documents_can_be_imported(emulator: FirestoreEmulator, tmp_path: Path) -> None:
    with seed._client("demo-soku", emulator.address) as db:
        db.document("kept/one").set({"bytes": b"\x00\x01"})
    emulator.export(tmp_path)
    with (
        FirestoreEmulator(import_from=tmp_path) as again,
        seed._client("demo-soku", again.address) as db,
    ):
        assert db.document("kept/one").get().to_dict() == {"bytes": b"\x00\x01"}


def test_a_stored_object_has_a_public_url_and_survives_a_restart(tmp_path: Path) -> None:
    with storage_emulator.StorageEmulator(root=tmp_path) as storage:
        upload = f"{storage.url}/upload/storage/v1/b/{storage.bucket}/o?uploadType=media&name=a/b"
        call("POST", upload, {"any": "content"})
    with storage_emulator.StorageEmulator(root=tmp_path) as storage:
        assert call("GET", f"{storage.url}/{storage.bucket}/a/b") == {"any": "content"}


@pytest.mark.full
def test_the_media_server_serves_sample_pictures_and_nothing_else(tmp_path: Path) -> None:
    directory = tmp_path / "media"
    directory.mkdir()
    (tmp_path / "secret").write_text("no")
    media_server.write_samples(directory)
    server = media_server.media_server(directory)
    server.start()
    try:
        with urllib.request.urlopen(f"{server.url}/morning.jpg") as response:
            picture = response.read()
            assert response.headers["Content-Type"] == "image/jpeg"
        assert Image.open(io.BytesIO(picture)).size == (1080, 1080)
        with urllib.request.urlopen(f"{server.url}/clip.mp4") as response:
            assert response.headers["Content-Type"] == "video/mp4"
        assert status_of(f"{server.url}/../secret") == 404
        assert status_of(f"{server.url}/%2e%2e/secret") == 404
    finally:
        server.stop()
