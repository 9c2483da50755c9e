"""Installs Python packages with pip, and shows how far it is: `python -m local.packages FILE`.

It runs with nothing but Python's standard library, before the packages are there.
"""

import re
import subprocess
import sys
from collections import deque
from pathlib import Path

# pip repeats the cause of a failure in its last lines.
_LAST_LINES = 8
_INSTALL = (
    *(sys.executable, "-m", "pip", "install", "--disable-pip-version-check"),
    *("--progress-bar=off", "--requirement"),
)


def main(argv: list[str]) -> int:
    """Install what the file lists; return 1 after a failure, with pip's own last lines."""
    (file,) = argv
    try:
        return _install(Path(file))
    except KeyboardInterrupt:
        print("\nStopped. To continue, run the command again.", file=sys.stderr)
        return 1


def _install(file: Path) -> int:
    number = len(re.findall(r"^[\w.-]+==", file.read_text(encoding="utf-8"), re.M))
    last: deque[str] = deque(maxlen=_LAST_LINES)
    collected = 0
    with subprocess.Popen(
        [*_INSTALL, str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as pip:
        for line in pip.stdout or ():
            last.append(line.rstrip())
            if line.startswith(("Collecting ", "Processing ")):  # from an index, from a file
                collected += 1
                _show(f"  downloading {collected} of {number}: {line.split()[1]}")
            elif line.startswith("Installing collected packages"):
                _show(f"  installing {line.count(',') + 1} packages …", final=True)
    if pip.returncode == 0:
        return 0
    print("\n".join(last), file=sys.stderr)
    print(
        "The Python packages could not be installed. pip's last lines are above. Check the "
        "internet connection, then run the command again.",
        file=sys.stderr,
    )
    return 1


def _show(text: str, *, final: bool = False) -> None:
    """On one line that changes at a terminal; elsewhere only the final text."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="\n" if final else "", file=sys.stderr, flush=True)
    elif final:
        print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
