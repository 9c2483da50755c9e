"""Prints what the functions would refuse at their start among variables on standard input.

One NAME=VALUE per line. The functions' own code checks them, with only Python's standard library,
because the operator may have no other packages.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def faults_of(variables: "dict[str, str]") -> "list[str]":
    """One clause for each fault, which begins with the name of the variable."""
    from shared import config

    platforms = [
        name[: -len("_API_VERSION")] for name in variables if name.endswith("_API_VERSION")
    ]
    checks = [lambda: config.read(variables, needed=())]
    checks += [lambda name=name: config.api_version(name, variables) for name in platforms]
    faults = []
    for check in checks:
        try:
            check()
        except config.ConfigurationError as error:
            faults += error.faults
    # Others are about variables that deploy.sh sets itself, or that the function has already.
    return [fault for fault in faults if fault.partition(" ")[0] in variables]


if __name__ == "__main__":
    if sys.version_info < (3, 10):  # noqa: UP036 - the older ones are told what to do
        sys.exit("deploy.sh: To check variables, python3 must be Python 3.10 or later.")
    lines = sys.stdin.read().splitlines()
    print("; ".join(faults_of(dict(line.split("=", 1) for line in lines if line))))
