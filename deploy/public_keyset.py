"""Reads a keyset of new_keyset.py and prints its public half, which can only encrypt.

    gcloud secrets versions access latest --secret token-keyset | python3 deploy/public_keyset.py

The same as `soku-admin keyset public`, with only Python's standard library, because the operator
may have no other packages.
"""

import base64
import json
import sys
from typing import Any

_PRIVATE = "type.googleapis.com/google.crypto.tink.HpkePrivateKey"
_PUBLIC = "type.googleapis.com/google.crypto.tink.HpkePublicKey"
_PUBLIC_KEY_FIELD = 2 << 3 | 2
_OTHER = (
    "The secret token-keyset has no keyset of this version of Soku. Add one, and connect all "
    "accounts again:\n  python3 deploy/new_keyset.py | "
    "gcloud secrets versions add token-keyset --project PROJECT --data-file=-"
)


class OtherKeyset(Exception):
    """The keyset has another form. The text does not repeat it."""


def public_keyset(keyset: str) -> str:
    """The public half of `keyset`, with the same key IDs. Raises OtherKeyset."""
    try:
        content = json.loads(keyset)
        keys = [{**key, "keyData": _public(key["keyData"])} for key in content["key"]]
        return json.dumps({"primaryKeyId": content["primaryKeyId"], "key": keys})
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise OtherKeyset(_OTHER) from error


def _public(data: "dict[str, Any]") -> "dict[str, Any]":
    private = base64.b64decode(data["value"])
    # The public key comes first and is shorter than 128 bytes; a version of 0 is left out.
    if data["typeUrl"] != _PRIVATE or private[0] != _PUBLIC_KEY_FIELD or private[1] >= 128:
        raise ValueError("not an HPKE key")
    public = private[2 : 2 + private[1]]
    value = base64.b64encode(public).decode()
    return {"typeUrl": _PUBLIC, "keyMaterialType": "ASYMMETRIC_PUBLIC", "value": value}


if __name__ == "__main__":
    typed = sys.stdin.read()
    if not typed.strip():
        sys.exit("There is no keyset on standard input.")
    try:
        print(public_keyset(typed))
    except OtherKeyset as other:
        sys.exit(str(other))
