"""The documents of connections: `connections/{id}`. No client can read them."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.domain.connections import (
    Connection,
    ConnectionStatus,
    Failure,
    OfferedAccount,
    OfferedGrant,
)
from shared.gcp import sealed_tokens
from shared.gcp.firestore import commit, document, query_all, read_all
from shared.gcp.messages import Batch

ID_BYTES = 16
# How long a user can still read what became of a connection: a TTL policy deletes it then.
KEPT_FOR = timedelta(days=1)
# Of a user, who does not leave that many half-way in a day.
_MOST_CHOOSING = 50


@dataclass(frozen=True)
class StoredConnection:
    """A connection as it was read, and the version that a change must still find."""

    connection: Connection
    update_time: Any


def connection_path(connection_id: str) -> str:
    return f"connections/{connection_id}"


def new_connection_id() -> str:
    return secrets.token_urlsafe(ID_BYTES)


def read_connection(db: firestore.Client, connection_id: str) -> StoredConnection | None:
    """Raises StoreUnavailable."""
    path = connection_path(connection_id)
    return connection_from(read_all(db, [path])[path])


def choosing_of(db: firestore.Client, user_id: str) -> list[StoredConnection]:
    """Connections of a user that wait for a choice, or did in the last day.

    Raises StoreUnavailable.
    """
    query = (
        db.collection("connections")
        .where(filter=FieldFilter("userId", "==", user_id))
        .where(filter=FieldFilter("status", "==", ConnectionStatus.CHOOSING.value))
        .limit(_MOST_CHOOSING)
    )
    return [stored for each in query_all(query) if (stored := connection_from(each))]


def connection_from(snapshot: Any) -> StoredConnection | None:
    fields = document(snapshot)
    if fields is None:
        return None
    failure, grant = fields.get("failure"), fields.get("grant")
    connection = Connection(
        connection_id=snapshot.id,
        user_id=fields["userId"],
        platform=fields["platform"],
        kind=fields["kind"],
        expires_at=fields["expiresAt"],
        account_id=fields.get("accountId"),
        return_to=fields.get("returnTo"),
        status=ConnectionStatus(fields["status"]),
        nonce_hash=fields.get("nonceHash"),
        failure=Failure(**failure) if failure else None,
        grant=_grant_from(grant) if grant else None,
        accounts=tuple(map(_account_from, fields.get("accounts", ()))),
        account_ids=tuple(fields.get("accountIds", ())),
    )
    return StoredConnection(connection, snapshot.update_time)


def has_offer(db: firestore.Client, platform: str, kind: str, platform_user_id: str) -> bool:
    """Whether a user can still choose from an authorization of this kind by this person.

    Raises StoreUnavailable.
    """
    query = (
        db.collection("connections")
        .where(filter=FieldFilter("platform", "==", platform))
        .where(filter=FieldFilter("kind", "==", kind))
        .where(filter=FieldFilter("offeredBy", "==", platform_user_id))
    )
    return bool(query_all(query.select([]).limit(1)))


def create_connection(db: firestore.Client, batch: Any, connection: Connection) -> None:
    """Add a new connection to `batch`."""
    batch.create(db.document(connection_path(connection.connection_id)), _fields(connection))


def write_connection(
    db: firestore.Client, batch: Any, stored: StoredConnection, after: Connection
) -> Callable[[], bool]:
    """Add a change to `batch`; the commit fails if the connection has changed meanwhile.

    Returns what finds out whether it was this change that took effect: two callbacks at the same
    time write the same status.
    """
    path, write_id = connection_path(after.connection_id), secrets.token_hex(8)
    batch.update(
        db.document(path),
        {**_fields(after), "writeId": write_id},
        option=db.write_option(last_update_time=stored.update_time),
    )
    return lambda: (document(read_all(db, [path])[path]) or {}).get("writeId") == write_id


def save_connection(
    db: firestore.Client, stored: StoredConnection, after: Connection
) -> StoredConnection:
    """Commit a change. Raises PreconditionFailed, StoreUnavailable."""
    batch = Batch(db)
    results = commit(batch, landed=write_connection(db, batch, stored, after))
    if results is None:
        current = read_connection(db, after.connection_id)
        return current or stored
    return StoredConnection(after, results[0].update_time)


def _fields(connection: Connection) -> dict[str, Any]:
    grant, failure = connection.grant, connection.failure
    return {
        "userId": connection.user_id,
        "platform": connection.platform,
        "kind": connection.kind,
        "accountId": connection.account_id,
        "returnTo": connection.return_to,
        "status": connection.status,
        "nonceHash": connection.nonce_hash,
        "failure": vars(failure) if failure else None,
        "grant": _grant_fields(grant) if grant else None,
        "accounts": [_account_fields(account) for account in connection.accounts],
        "accountIds": list(connection.account_ids),
        # The fields of `grant` have no index.
        "offeredBy": grant.platform_user_id if grant else None,
        "expiresAt": connection.expires_at,
        # The sweeper removes accounts that were not chosen.
        "wakeAt": connection.expires_at if grant else None,
        "deleteAt": connection.expires_at + KEPT_FOR,
    }


def _grant_fields(grant: OfferedGrant) -> dict[str, Any]:
    return {
        "grantId": grant.grant_id,
        "platformUserId": grant.platform_user_id,
        "scopes": list(grant.scopes),
        "missingScopes": list(grant.missing_scopes),
        **sealed_tokens.fields_of(grant.tokens),
    }


def _grant_from(fields: Mapping[str, Any]) -> OfferedGrant:
    return OfferedGrant(
        grant_id=fields["grantId"],
        platform_user_id=fields["platformUserId"],
        scopes=tuple(fields["scopes"]),
        missing_scopes=tuple(fields["missingScopes"]),
        tokens=sealed_tokens.read(fields),
    )


def _account_fields(account: OfferedAccount) -> dict[str, Any]:
    return {
        "accountId": account.account_id,
        "externalId": account.external_id,
        "username": account.username,
        "displayName": account.display_name,
        "avatarUrl": account.avatar_url,
        "isConnected": account.is_connected,
        "ownToken": account.own_token,
    }


def _account_from(fields: Mapping[str, Any]) -> OfferedAccount:
    return OfferedAccount(
        account_id=fields["accountId"],
        external_id=fields["externalId"],
        username=fields["username"],
        display_name=fields["displayName"],
        avatar_url=fields["avatarUrl"],
        is_connected=fields["isConnected"],
        own_token=fields["ownToken"],
    )
