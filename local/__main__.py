"""`python -m local run` and `python -m local demo`, from their first moment without a traceback.

Ctrl-C can come while the modules are still being imported.
"""

import sys
from importlib import import_module


def main(argv: list[str]) -> int:
    """Run the named module and return its exit code."""
    (name,) = argv
    try:
        code: int = import_module(f"local.{name}").main()
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
        return 0
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
