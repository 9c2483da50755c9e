"""Finds Java and Google's Firestore emulator, or says how to install them.

`python3 -m local.firestore_installation` prints both paths. It needs only Python,
so it works before anything is installed.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
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


def find() -> tuple[str, Path]:
    """Java and the emulator's jar. Raises PartMissing."""
    return _java(), _jar()


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    if home and (java := Path(home) / "bin" / "java").exists():
        return str(java)
    java_in_path = shutil.which("java")
    if java_in_path is None:
        raise PartMissing(
            "The Firestore emulator needs Java, which is not installed. To install it, run: "
            "apt-get install default-jre-headless"
        )
    return java_in_path


def _jar() -> Path:
    """The jar named by FIRESTORE_EMULATOR_JAR, else the Cloud SDK's, else Firebase's."""
    named = os.environ.get("FIRESTORE_EMULATOR_JAR")
    if named:
        if not Path(named).is_file():
            raise PartMissing(
                f"FIRESTORE_EMULATOR_JAR is {named}, which does not exist. To ignore it, run: "
                "unset FIRESTORE_EMULATOR_JAR"
            )
        return Path(named)
    for jar in _candidates():
        if jar.is_file():
            return jar
    raise PartMissing(
        f"The Firestore emulator is not installed. To install it, run: {_install_command()}"
    )


def _candidates() -> Iterator[Path]:
    """Where the jar can be; the places that are quick to check come first."""
    gcloud = shutil.which("gcloud")
    if gcloud:
        yield Path(gcloud).resolve().parent.parent / _IN_SDK
    for root in _USUAL_ROOTS:
        yield root / _IN_SDK
    yield from sorted(
        _FIREBASE_CACHE.glob("cloud-firestore-emulator-v*.jar"),
        key=lambda jar: [int(number) for number in re.findall(r"\d+", jar.stem)],
        reverse=True,
    )
    if gcloud and (sdk := _sdk_root(gcloud)):
        yield sdk / _IN_SDK


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


def _install_command() -> str:
    gcloud = shutil.which("gcloud")
    if gcloud is None:
        return "npx --yes firebase-tools@13 setup:emulators:firestore"
    if _FROM_APT in Path(gcloud).resolve().parents:  # its component manager is disabled
        return "apt-get install google-cloud-cli-firestore-emulator"
    return "gcloud components install cloud-firestore-emulator"


def main() -> int:
    try:
        print(*find(), sep="\n")
    except PartMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
