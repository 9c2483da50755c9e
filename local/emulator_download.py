"""Downloads Google's Firestore emulator once, into the user's cache."""

import hashlib
import http.client
import os
import sys
import tempfile
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.failures import PartMissing

# Per read. A connection that delivers nothing for so long is down.
_TIMEOUT_SECONDS = 30
_CHUNK_BYTES = 1024 * 1024
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Release:
    """One version of the emulator's jar."""

    version: str
    size: int
    sha256: str
    directory: str = "https://storage.googleapis.com/firebase-preview-drop/emulator"

    @property
    def file_name(self) -> str:
        return f"cloud-firestore-emulator-v{self.version}.jar"

    @property
    def url(self) -> str:
        return f"{self.directory}/{self.file_name}"


# What firebase-tools 15.22 downloads; read in November 2026. Change the three together.
RELEASE = Release(
    version="1.22.0",
    size=136_707_194,
    sha256="9b6498b7f62714d67f48f59b3818883cd682dbcd46b9f59511de81c97bb5166c",
)


def cache_directory() -> Path:
    """Where Soku keeps downloads: below XDG_CACHE_HOME, or in ~/.cache."""
    root = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(root) if Path(root).is_absolute() else Path.home() / ".cache") / "soku"


def cached_jar(release: Release) -> Path:
    """The path of the downloaded jar, which may not exist yet."""
    return cache_directory() / release.file_name


def download(release: Release) -> Path:
    """Download the jar with progress on standard error; return its path. Raises PartMissing."""
    jar = cached_jar(release)
    megabytes = release.size // MEGABYTE
    print(
        f"Downloading the Firestore emulator {release.version} ({megabytes} MB, once) to {jar}",
        file=sys.stderr,
    )
    try:
        jar.parent.mkdir(parents=True, exist_ok=True)
        # Another process may download it at the same time: each has its own file.
        descriptor, path = tempfile.mkstemp(dir=jar.parent, prefix=jar.name)
        fresh = Path(path)
        try:
            with os.fdopen(descriptor, "wb") as file:
                digest = _copy(release, file.write)
            if digest != release.sha256:
                raise PartMissing(
                    f"The download of {release.url} is damaged: its SHA-256 is {digest} instead of "
                    f"{release.sha256}. Run the command again."
                )
            fresh.replace(jar)
        finally:
            with suppress(FileNotFoundError):
                fresh.unlink()
    except (OSError, http.client.HTTPException) as error:
        raise PartMissing(
            f"The Firestore emulator could not be downloaded ({_reason(error)}). Check the "
            f"internet connection and run the command again, or copy {release.url} to {jar}"
        ) from error
    return jar


def _copy(release: Release, write: Callable[[bytes], Any]) -> str:
    """Pass the content to `write`; return its SHA-256."""
    digest = hashlib.sha256()
    received = 0
    with urllib.request.urlopen(release.url, timeout=_TIMEOUT_SECONDS) as response:
        progress = _Progress(release.size)
        while chunk := response.read(_CHUNK_BYTES):
            write(chunk)
            digest.update(chunk)
            received += len(chunk)
            progress.show(received)
    progress.end()
    return digest.hexdigest()


class _Progress:
    """One line that changes at a terminal; elsewhere a line for every tenth."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._tenths = 0
        self._terminal = sys.stderr.isatty()

    def show(self, received: int) -> None:
        percent = min(100, received * 100 // max(1, self._size))
        text = f"  {received // MEGABYTE} of {self._size // MEGABYTE} MB ({percent} %)"
        if self._terminal:
            print(f"\r{text}", end="", file=sys.stderr, flush=True)
        elif percent // 10 > self._tenths:
            print(text, file=sys.stderr, flush=True)
        self._tenths = percent // 10

    def end(self) -> None:
        if self._terminal:
            print(file=sys.stderr)


def _reason(error: Exception) -> str:
    """The system's own words, such as "Connection refused"."""
    cause = getattr(error, "reason", error) if not hasattr(error, "code") else error
    return str(getattr(cause, "strerror", None) or cause)
