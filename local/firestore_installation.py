"""Finds Java and Google's Firestore emulator, and downloads the emulator if it is missing.

`python -m local.firestore_installation` does both and prints nothing if both are there already.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from local import emulator_download, java
from local.failures import PartMissing

_IN_SDK = Path("platform/cloud-firestore-emulator/cloud-firestore-emulator.jar")
_USUAL_ROOTS = (
    Path("/usr/lib/google-cloud-sdk"),
    Path.home() / "google-cloud-sdk",
    Path("/opt/google-cloud-sdk"),
    Path("/usr/local/google-cloud-sdk"),
    Path("/snap/google-cloud-cli/current"),
)
_GCLOUD_SECONDS = 20
# The emulator runs with Java 17 up to this version, after which Google supports Java 21 and newer
# only (firebase-tools 15, November 2025).
_OLDEST_JAVA, _NEWER_JAVA, _NEWER_JAVA_SINCE = 17, 21, [1, 20]


def find() -> tuple[str, Path]:
    """Java and the emulator's jar. Raises PartMissing."""
    jar = find_jar()
    if jar is None:
        raise PartMissing("The Firestore emulator is not installed. To download it, run: make run")
    return _java_for(jar), jar


def install() -> None:
    """Download the emulator if this machine has none. Raises PartMissing."""
    _java_for(find_jar() or emulator_download.download(emulator_download.RELEASE))


def _java_for(jar: Path) -> str:
    newer = _version(jar) >= _NEWER_JAVA_SINCE
    return java.find(_NEWER_JAVA if newer else _OLDEST_JAVA)


def find_jar() -> Path | None:
    """The jar named by FIRESTORE_EMULATOR_JAR, else the Cloud SDK's, Firebase's or our own.

    None if there is none. Raises PartMissing for a named jar that does not exist.
    """
    named = os.environ.get("FIRESTORE_EMULATOR_JAR")
    if named:
        if not Path(named).is_file():
            raise PartMissing(
                f"FIRESTORE_EMULATOR_JAR is {named}, which does not exist. To ignore it, run: "
                "unset FIRESTORE_EMULATOR_JAR"
            )
        return Path(named)
    return next((jar for jar in _candidates() if jar.is_file()), None)


def _candidates() -> Iterator[Path]:
    """Where the jar can be; the places that are quick to check come first."""
    gcloud = shutil.which("gcloud")
    if gcloud:
        yield Path(gcloud).resolve().parent.parent / _IN_SDK
    for root in _USUAL_ROOTS:
        yield root / _IN_SDK
    firebase = os.environ.get("FIREBASE_EMULATORS_PATH")
    cache = Path(firebase) if firebase else Path.home() / ".cache/firebase/emulators"
    yield from sorted(cache.glob("cloud-firestore-emulator-v*.jar"), key=_version, reverse=True)
    yield emulator_download.cached_jar(emulator_download.RELEASE)
    if gcloud and (sdk := _sdk_root(gcloud)):
        yield sdk / _IN_SDK


def _version(jar: Path) -> list[int]:
    """The version in the file's name; empty for the Cloud SDK's, which has none there."""
    return [int(number) for number in re.findall(r"\d+", jar.stem)]


def _sdk_root(gcloud: str) -> Path | None:
    """The root that gcloud reports; this takes a second, so it comes last."""
    try:
        info = subprocess.run(
            [gcloud, "info", "--format=value(installation.sdk_root)"],
            capture_output=True,
            text=True,
            timeout=_GCLOUD_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return Path(info.stdout.strip()) if info.stdout.strip() else None


def main() -> int:
    try:
        install()
    except PartMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. To continue, run the command again.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
