"""`media-prefix` prints the prefix to verify on TikTok, and checks the signature file below it."""

import json

import pytest

from shared.cli.command import main
from tests.media import Shelf

SIGNATURE = b"tiktok-developers-site-verification=AbC123\n"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, shelf: Shelf) -> None:
    monkeypatch.setenv("MEDIA_BUCKET", "my-bucket")
    monkeypatch.setenv("MEDIA_BASE_URL", shelf.url)
    for name in ("STORAGE_EMULATOR_HOST", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)


def test_the_prefix_is_that_of_the_bucket_or_of_the_own_domain(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shelf: Shelf
) -> None:
    assert main(["media-prefix"]) == 0
    assert capsys.readouterr().out.startswith(f"{shelf.url}/\n")
    monkeypatch.delenv("MEDIA_BASE_URL")
    assert main(["--json", "media-prefix"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown == {"prefix": "https://storage.googleapis.com/my-bucket/media/"}


def test_without_a_bucket_or_a_domain_there_is_no_prefix(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MEDIA_BASE_URL")
    monkeypatch.delenv("MEDIA_BUCKET")
    assert main(["media-prefix"]) == 1
    assert "Set MEDIA_BUCKET" in capsys.readouterr().err


def test_a_public_signature_file_is_good(capsys: pytest.CaptureFixture[str], shelf: Shelf) -> None:
    url = shelf.put("tiktokAbC123.txt", SIGNATURE)
    assert main(["media-prefix", "tiktokAbC123.txt"]) == 0
    assert url in capsys.readouterr().out


@pytest.mark.parametrize("data", [None, b"", b"<html>AbC123</html>"])
def test_a_missing_or_other_file_is_named_with_its_place(
    capsys: pytest.CaptureFixture[str], shelf: Shelf, data: bytes | None
) -> None:
    if data is not None:
        shelf.put("tiktokOther.txt", data)
    name = "tiktokOther.txt" if data is not None else "tiktokNone.txt"
    assert main(["--json", "media-prefix", name]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert shown["isPublic"] is False
    assert main(["media-prefix", name]) == 1
    assert f"gs://my-bucket/media/{name}" in capsys.readouterr().out


def test_a_host_that_does_not_answer_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MEDIA_BASE_URL", "http://127.0.0.1:9")
    assert main(["media-prefix", "tiktokAbC123.txt"]) == 1
    assert "cannot be reached" in capsys.readouterr().out
