"""`keyset new|public`, `rotate-keyset` and `reseal`: the keys that encrypt the accounts' tokens.

A keyset is a secret. It is read from standard input and written to standard output, never passed
as an argument, because other processes can see arguments.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

from shared import wiring
from shared.cli.result import Refused, Result, connect, lines
from shared.gcp.resealing import Resealed, Resealing


def add_to(commands: Any) -> None:
    keyset = commands.add_parser(
        "keyset", help="create a keyset, or its public half"
    ).add_subparsers(required=True)
    keyset.add_parser("new", help="print a new keyset").set_defaults(do=_new)
    public = keyset.add_parser(
        "public",
        help="read a keyset from standard input and print its public half, which can only encrypt",
    )
    public.set_defaults(do=_public)
    rotate = commands.add_parser(
        "rotate-keyset",
        help="read a keyset from standard input and print it with a new primary key",
    )
    rotate.set_defaults(do=_rotate)
    reseal = commands.add_parser(
        "reseal", help="encrypt all tokens again with the primary key of TOKEN_KEYSET"
    )
    reseal.set_defaults(do=_reseal)


def _new(_: argparse.Namespace) -> Result:
    from shared.gcp.cipher import new_keyset

    keyset = new_keyset()
    return Result(keyset, json.loads(keyset))


def _public(_: argparse.Namespace) -> Result:
    from shared.gcp.cipher import public_half

    return _made_from_input(public_half, "has no public half")


def _rotate(_: argparse.Namespace) -> Result:
    from shared.gcp.cipher import rotated

    return _made_from_input(rotated, "cannot be rotated")


def _made_from_input(make: Callable[[str], str], fault: str) -> Result:
    from shared.gcp.cipher import NotAKeyset

    try:
        keyset = make(sys.stdin.read())
    except NotAKeyset as error:
        raise Refused(
            f"The keyset on standard input {fault}: {error}. Pipe in the current one: "
            "gcloud secrets versions access latest --secret token-keyset"
        ) from error
    return Result(keyset, json.loads(keyset))


def _reseal(_: argparse.Namespace) -> Result:
    parts = connect("TOKEN_KEYSET")
    resealing = Resealing(parts.db, wiring.token_cipher(parts.settings.token_keyset))
    counts: Counter[Resealed] = Counter()
    locked = []
    for path, outcome in resealing.all():
        counts[outcome] += 1
        if outcome is Resealed.LOCKED:
            locked.append(path)
    text = lines({outcome.value: counts[outcome] for outcome in Resealed})
    if locked:
        text += "\nNo key of TOKEN_KEYSET can decrypt these credentials. Find the older keyset in"
        text += "\nSecret Manager, or have the accounts reconnected:\n" + "\n".join(locked)
    data = {**{outcome.name.lower(): counts[outcome] for outcome in Resealed}, "paths": locked}
    return Result(text, data, failed=bool(locked))
