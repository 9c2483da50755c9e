"""API keys: `apiKeys/{sha256 of the key}`. The key itself is shown once and never stored."""

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared import clock
from shared.gcp.firestore import commit, document, query_all, read_all
from shared.gcp.messages import Batch
from shared.gcp.usage import forget_key, usage_from, usage_path

SCOPES = (
    "posts:read",
    "posts:write",
    "media:write",
    "accounts:read",
    "accounts:write",
    "inbox:read",
    "inbox:write",
    "metrics:read",
    "webhooks:read",
    "webhooks:write",
)
"""What a key can be allowed to do. A key has all of them unless it was created with fewer."""

# sk_live_ or sk_test_ and base64url of 24 bytes.
_KEY = re.compile(r"sk_(live|test)_[A-Za-z0-9_-]{32}")
# How many characters a preview shows at each end, without the prefix: enough to tell keys apart,
# and far too few to guess the rest.
_PREVIEWED = 3


@dataclass(frozen=True)
class ApiKey:
    key_hash: str
    user_id: str
    mode: str
    """`live` or `test`. A test key only reaches simulated platforms."""
    scopes: tuple[str, ...] = SCOPES
    name: str = ""
    preview: str = ""
    created_at: datetime | None = None
    expires_at: datetime | None = None
    """From this time on, the key is refused; None: it never expires."""
    revoked_at: datetime | None = None
    form_id: str | None = None
    """The form that created it, if it was one of our pages."""
    last_used_at: datetime | None = None
    """Of a revoked key; that of any other key is in the user's usage."""

    @property
    def revoked(self) -> bool:
        return self.revoked_at is not None

    def is_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


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
    return None if fields is None else _key_of(snapshot.id, fields)


def _key_of(key_hash: str, fields: Mapping[str, Any]) -> ApiKey:
    return ApiKey(
        key_hash=key_hash,
        user_id=fields["userId"],
        mode=fields["mode"],
        # Keys that were created before there were scopes have all of them.
        scopes=tuple(fields.get("scopes", SCOPES)),
        name=fields.get("name", ""),
        preview=fields.get("preview", ""),
        created_at=fields.get("createdAt"),
        expires_at=fields.get("expiresAt"),
        revoked_at=fields.get("revokedAt"),
        form_id=fields.get("formId"),
        last_used_at=fields.get("lastUsedAt"),
    )


def fields_of(
    key: str, *, user_id: str, name: str, scopes: Iterable[str], expires_at: datetime | None
) -> dict[str, Any]:
    """The document of a key from `new_key`."""
    chosen = set(scopes)
    begin = len("sk_live_") + _PREVIEWED
    return {
        "userId": user_id,
        "name": name,
        "preview": f"{key[:begin]}…{key[-_PREVIEWED:]}",
        "mode": key.split("_")[1],
        "scopes": [scope for scope in SCOPES if scope in chosen],
        "createdAt": clock.now(),
        "expiresAt": expires_at,
        "revokedAt": None,
    }


class ApiKeys:
    def __init__(self, db: firestore.Client) -> None:
        self._db = db

    def put(
        self,
        key: str,
        *,
        user_id: str,
        name: str,
        scopes: Iterable[str] = SCOPES,
        expires_at: datetime | None = None,
    ) -> None:
        """Store a key from `new_key`."""
        fields = fields_of(key, user_id=user_id, name=name, scopes=scopes, expires_at=expires_at)
        self._db.document(path_of(hash_of(key))).set(fields)

    def create(
        self,
        key: str,
        *,
        user: Any,
        name: str,
        scopes: Iterable[str],
        expires_at: datetime | None,
        form_id: str | None = None,
    ) -> ApiKey:
        """Store a key from `new_key`, unless the user changed since the snapshot `user` was read.

        Creating a key changes the user, so of two at the same time one fails. Raises
        PreconditionFailed, StoreUnavailable.
        """
        path = path_of(hash_of(key))
        fields = fields_of(key, user_id=user.id, name=name, scopes=scopes, expires_at=expires_at)
        if form_id is not None:
            fields["formId"] = form_id
        batch = Batch(self._db)
        batch.create(self._db.document(path), fields)
        batch.update(
            user.reference,
            {"keysChangedAt": fields["createdAt"]},
            option=self._db.write_option(last_update_time=user.update_time),
        )
        commit(batch, landed=lambda: document(read_all(self._db, [path])[path]) is not None)
        return _key_of(hash_of(key), fields)

    def not_revoked(self, user_id: str) -> list[ApiKey]:
        """A user's keys that are not revoked, oldest first. Raises StoreUnavailable."""
        query = (
            self._db.collection("apiKeys")
            .where(filter=FieldFilter("userId", "==", user_id))
            .where(filter=FieldFilter("revokedAt", "==", None))
        )
        return _oldest_first(query_all(query))

    def found_by(self, field: str, value: str) -> list[ApiKey]:
        """All keys with this `userId` or `preview`, oldest first. Raises StoreUnavailable."""
        query = self._db.collection("apiKeys").where(filter=FieldFilter(field, "==", value))
        return _oldest_first(query_all(query))

    def revoke(self, key_hash: str) -> None:
        """Revoke a key that exists; its last use moves from the user's usage to the key.

        Raises PreconditionFailed if the key was removed, StoreUnavailable.
        """
        path = path_of(key_hash)
        key = key_from(read_all(self._db, [path])[path])
        if key is None or key.revoked:
            return
        counted = usage_path(key.user_id)
        usage = usage_from(read_all(self._db, [counted])[counted])
        revoked = {"revokedAt": clock.now(), "lastUsedAt": usage.last_used.get(key_hash)}
        batch = Batch(self._db)
        batch.update(self._db.document(path), revoked)
        if key_hash in usage.last_used:
            forget_key(batch, self._db, key.user_id, key_hash)
        commit(batch, landed=lambda: self._is_revoked(path))

    def _is_revoked(self, path: str) -> bool:
        key = key_from(read_all(self._db, [path])[path])
        return key is not None and key.revoked


def _oldest_first(snapshots: Iterable[Any]) -> list[ApiKey]:
    keys = [key for snapshot in snapshots if (key := key_from(snapshot))]
    return sorted(keys, key=lambda key: (key.created_at or clock.EPOCH, key.key_hash))
