"""Reads the command line, carries out one command, and says what came of it."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from shared.cli import keys, keysets, replay, stuck, subscriptions, users
from shared.cli.answer import Answer, Refused, shown
from shared.config import ConfigurationError
from shared.gcp.failures import GOOGLE_FAILED
from shared.gcp.firestore import PreconditionFailed, StoreRefused, StoreUnavailable
from shared.gcp.tasks import DispatchFailed

DONE, FAILED = 0, 1  # argparse itself ends a wrong usage with 2


def main(argv: Sequence[str]) -> int:
    """The exit code. Wrong usage ends the process instead, as argparse does it."""
    arguments = parser().parse_args(argv)
    try:
        answer: Answer = arguments.do(arguments)
    except (Refused, ConfigurationError) as refusal:
        return _complain(str(refusal))
    except PreconditionFailed:
        return _complain("Somebody else changed it at the same time; run the command again.")
    except DispatchFailed as error:
        return _complain(f"The queue did not take the task; is it there? {error}")
    except (StoreUnavailable, StoreRefused, *GOOGLE_FAILED) as error:
        return _complain(
            "Google did not do it; check GOOGLE_CLOUD_PROJECT and `gcloud auth "
            f"application-default login`: {error}"
        )
    print(json.dumps(answer.data, default=shown) if arguments.json else answer.text)
    return FAILED if answer.failed else DONE


def _complain(message: str) -> int:
    print("soku:", " ".join(message.split()), file=sys.stderr)
    return FAILED


def parser() -> argparse.ArgumentParser:
    """Every command, with the function that carries it out as `do`."""
    whole = argparse.ArgumentParser(
        prog="soku", description="What an operator does with a running Soku."
    )
    whole.add_argument("--json", action="store_true", help="answer in JSON, for machines")
    commands: Any = whole.add_subparsers(required=True, metavar="COMMAND")
    for part in (users, subscriptions, keys, stuck, replay, keysets):
        part.add_to(commands)
    return whole
