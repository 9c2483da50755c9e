"""API keys: `apiKeys/{sha256 of the key}`. The key itself is shown once and never stored."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared import clock
from shared.gcp.firestore import document, query_all

# sk_live_ or sk_test_ and base64url of 24 bytes.
_KEY = re.compile(r"sk_(live|test)_[A-Za-z0-9_-]{32}")


@dataclass(frozen=True)
class ApiKey:
    key_hash: str
    user_id: str
    mode: str
    """`live` or `test`. A test key only reaches simulated platforms."""
    revoked: bool


def new_key(mode: str = "live") -> str:
    return f"sk_{mode}_{secrets.token_urlsafe(24)}"


def is_well_formed(key: str) -> bool:
    return _KEY.fullmatch(key) is not None


def hash_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def path_of(key_hash: str) -> str:
    return f"apiKeys/{key_hash}"


def key_from(snapshot: Any) -> ApiKey | None:
    fields = document(snapshot)
    if fields is None:
        return None
    return ApiKey(
        key_hash=snapshot.id,
        user_id=fields["userId"],
        mode=fields["mode"],
        revoked=fields.get("revokedAt") is not None,
    )


class ApiKeys:
    def __init__(self, db: firestore.Client) -> None:
        self._db = db

    def put(self, key: str, *, user_id: str, name: str) -> None:
        """Store a key from `new_key`."""
        self._db.document(path_of(hash_of(key))).set(
            {
                "userId": user_id,
                "name": name,
                "preview": f"{key[:12]}…{key[-4:]}",
                "mode": key.split("_")[1],
                "createdAt": clock.now(),
                "revokedAt": None,
            }
        )

    def found_by(self, field: str, value: str) -> dict[str, dict[str, Any]]:
        """Key hash -> document, of all keys with this `userId` or `preview`, oldest first.

        Raises StoreUnavailable.
        """
        query = self._db.collection("apiKeys").where(filter=FieldFilter(field, "==", value))
        keys = {snapshot.id: snapshot.to_dict() for snapshot in query_all(query)}
        return dict(sorted(keys.items(), key=lambda entry: entry[1]["createdAt"]))

    def revoke(self, key_hash: str) -> None:
        self._db.document(path_of(key_hash)).update({"revokedAt": clock.now()})
