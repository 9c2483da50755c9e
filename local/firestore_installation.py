"""Finds Java and Google's Firestore emulator, or says how to get them.

`python3 -m local.firestore_installation` prints both paths. It needs nothing
but Python, so that it can be asked before anything is installed.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local.failures import PartMissing

_IN_SDK = Path("platform/cloud-firestore-emulator/cloud-firestore-emulator.jar")
_FROM_APT = Path("/usr/lib/google-cloud-sdk")
_USUAL_ROOTS = (
    _FROM_APT,
    Path.home() / "google-cloud-sdk",
    Path("/opt/google-cloud-sdk"),
    Path("/usr/local/google-cloud-sdk"),
    Path("/snap/google-cloud-cli/current"),
)
_FIREBASE_CACHE = Path.home() / ".cache/firebase/emulators"
_GCLOUD_SECONDS = 20


@dataclass(frozen=True)
class FirestoreInstallation:
    java: str
    jar: Path


def find() -> FirestoreInstallation:
    """Java and the emulator's jar. Raises PartMissing."""
    return FirestoreInstallation(java=_java(), jar=_jar())


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    if home and (java := Path(home) / "bin" / "java").exists():
        return str(java)
    found = shutil.which("java")
    if found is None:
        raise PartMissing(
            "The Firestore emulator needs Java, which is not installed: "
            "apt-get install default-jre-headless"
        )
    return found


def _jar() -> Path:
    """The jar named by FIRESTORE_EMULATOR_JAR, else the Cloud SDK's, else Firebase's."""
    named = os.environ.get("FIRESTORE_EMULATOR_JAR")
    if named:
        if not Path(named).is_file():
            raise PartMissing(
                f"FIRESTORE_EMULATOR_JAR names {named}, which is not there: "
                "unset FIRESTORE_EMULATOR_JAR"
            )
        return Path(named)
    for jar in _candidates():
        if jar.is_file():
            return jar
    raise PartMissing(f"The Firestore emulator is not installed: {_command_that_installs_it()}")


def _candidates() -> Iterator[Path]:
    """Where the jar may lie, the places that cost nothing to look at first."""
    gcloud = shutil.which("gcloud")
    if gcloud:
        yield Path(gcloud).resolve().parent.parent / _IN_SDK
    for root in _USUAL_ROOTS:
        yield root / _IN_SDK
    yield from sorted(
        _FIREBASE_CACHE.glob("cloud-firestore-emulator-v*.jar"), key=_version, reverse=True
    )
    if gcloud and (asked := _sdk_root(gcloud)):
        yield asked / _IN_SDK


def _version(jar: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", jar.stem)]


def _sdk_root(gcloud: str) -> Path | None:
    """What gcloud itself says; it takes a second, so it is asked last."""
    try:
        answer = subprocess.run(
            [gcloud, "info", "--format=value(installation.sdk_root)"],
            capture_output=True,
            text=True,
            timeout=_GCLOUD_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return Path(answer.stdout.strip()) if answer.stdout.strip() else None


def _command_that_installs_it() -> str:
    gcloud = shutil.which("gcloud")
    if gcloud is None:
        return "npx --yes firebase-tools@13 setup:emulators:firestore"
    if _FROM_APT in Path(gcloud).resolve().parents:  # its component manager is switched off
        return "apt-get install google-cloud-cli-firestore-emulator"
    return "gcloud components install cloud-firestore-emulator"


def main() -> int:
    """Print what was found; 1 when something is missing."""
    try:
        found = find()
    except PartMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    print(found.java, found.jar, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
