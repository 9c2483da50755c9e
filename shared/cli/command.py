"""Parses the command line, runs one command and prints its result."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from shared.cli import keys, keysets, media_prefix, replay, stuck, users
from shared.cli.result import Refused, Result, shown
from shared.config import ConfigurationError
from shared.gcp.failures import GOOGLE_FAILED
from shared.gcp.firestore import PreconditionFailed, StoreRefused, StoreUnavailable
from shared.gcp.tasks import DispatchFailed

DONE, FAILED = 0, 1  # argparse exits with 2 on wrong usage


def main(argv: Sequence[str]) -> int:
    """Run one command and return the exit code. Wrong usage raises SystemExit."""
    arguments = parser().parse_args(argv)
    try:
        result: Result = arguments.do(arguments)
        if result.stream is not None:
            return DONE if all(map(_written, result.stream)) else FAILED
    except (Refused, ConfigurationError) as refusal:
        return _complain(str(refusal))
    except PreconditionFailed:
        return _complain("It was changed at the same time. Run the command again.")
    except DispatchFailed as error:
        return _complain(f"The queue did not accept the task. Check that it exists: {error}")
    except (StoreUnavailable, StoreRefused, *GOOGLE_FAILED) as error:
        return _complain(
            "Google refused the request. Check GOOGLE_CLOUD_PROJECT, and run `gcloud auth "
            f"application-default login`: {error}"
        )
    text = json.dumps(result.data, default=shown) if arguments.json else result.text
    return FAILED if not _written(text) or result.failed else DONE


def _written(text: str) -> bool:
    """Whether standard output took the whole text."""
    try:
        print(text, flush=True)
    except BrokenPipeError:  # the reader, such as `head`, has read enough
        sys.stdout = None
        return False
    except OSError as error:
        sys.stdout = None  # otherwise Python tries again at its end
        _complain(f"The command was run, but its output was lost: {error.strerror}")
        return False
    return True


def _complain(message: str) -> int:
    print("soku-admin:", " ".join(message.split()), file=sys.stderr)
    return FAILED


def parser() -> argparse.ArgumentParser:
    """The parser of all commands; `do` is the function that runs the command."""
    whole = argparse.ArgumentParser(prog="soku-admin", description="Operate a running Soku.")
    whole.add_argument("--json", action="store_true", help="print the result as JSON")
    commands: Any = whole.add_subparsers(required=True, metavar="COMMAND")
    for part in (users, keys, stuck, replay, keysets, media_prefix):
        part.add_to(commands)
    return whole
