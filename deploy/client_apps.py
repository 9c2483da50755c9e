"""Prints our client apps on the platforms, one "platform app" per line: "linkedin linkedin-pages".

The secrets of an app are APP-client-id and APP-client-secret. The platforms' own code declares
them; it needs only Python's standard library, because the operator may have no other packages.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def main() -> None:
    from shared.platforms import registry

    for platform in registry.names():
        for prefix in registry.about(platform).prefixes:
            print(platform, prefix.lower().replace("_", "-"))


if __name__ == "__main__":
    if sys.version_info < (3, 10):  # noqa: UP036 - the older ones are told what to do
        sys.exit("deploy.sh: python3 must be Python 3.10 or later.")
    main()
