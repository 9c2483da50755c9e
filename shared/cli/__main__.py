"""`python3 -m shared.cli`, and the command `soku-admin` in `.venv/bin`.

Any Python can run this file, so that a Python without the packages is answered with a sentence.
"""

import sys

_HINT = "Run .venv/bin/soku-admin, which `make run` installs, or .venv/bin/python -m shared.cli"


def _main() -> "int | str":
    """The exit code, or the sentence that explains why the command did not run."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the older ones are told what to do
        version = ".".join(map(str, sys.version_info[:2]))
        return f"soku-admin: Soku needs Python 3.11 or newer, and this is {version}. {_HINT}"
    try:
        from shared.cli import local_stack

        local_stack.adopt()
        from shared.cli.command import main

        return main(sys.argv[1:])
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("", "shared"):
            raise
        return f"soku-admin: This Python does not have the package {error.name}. {_HINT}"
    except KeyboardInterrupt:
        return "soku-admin: Interrupted. The command may have done part of its work."


if __name__ == "__main__":
    sys.exit(_main())
