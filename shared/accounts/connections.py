"""Starting a connection, finding one, and showing its status."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared import clock
from shared.domain.accounts import Account
from shared.domain.connections import LIFETIME, Connection, ConnectionStatus
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest, Violation
from shared.gcp.connections import (
    StoredConnection,
    choosing_of,
    new_connection_id,
    read_connection,
)
from shared.platforms import registry
from shared.web.envelope import time_text
from shared.web.return_to import check_return_to
from shared.wiring import Parts

CONNECTION_ID = re.compile("[A-Za-z0-9_-]{22}")
# Of an id that does not exist, in a message.
_LONGEST_ID = 64
_PENDING = {ConnectionStatus.WAITING, ConnectionStatus.STARTED, ConnectionStatus.EXCHANGING}


@dataclass(frozen=True)
class ConnectRequest:
    """What a user wants to connect."""

    platform: str
    kind: str | None = None
    """One of the kinds of the platform's logins; None means the main one."""
    account_id: str | None = None
    """The account to reconnect."""
    return_to: str | None = None
    """Where the browser goes in the end; one of the configured origins."""


def begin(
    user_id: str, request: ConnectRequest, account: Account | None, parts: Parts
) -> Connection:
    """A new connection, to be created. `account`: the one that `request` names, if it exists.

    Raises ApiError validation_error, not_found.
    """
    if request.platform not in registry.names():
        raise _invalid("platform", f"Unknown platform. Use one of: {', '.join(registry.names())}.")
    name = registry.display_name(request.platform)
    if request.account_id is not None and account is None:
        message = f"{name} account {request.account_id} not found."
        raise ApiError(ErrorCode.NOT_FOUND, message)
    if account is not None and request.kind not in (None, account.kind):
        raise _invalid("kind", f"{name} account {account.account_id} is a {account.kind}.")
    try:
        login = registry.connecting(
            request.platform, account.kind if account else request.kind
        ).login
    except LookupError as error:
        raise _invalid("kind", str(error)) from error
    if request.return_to is not None:
        check_return_to(request.return_to, parts.settings)
    return Connection(
        connection_id=new_connection_id(),
        user_id=user_id,
        platform=request.platform,
        kind=login.kind,
        account_id=request.account_id,
        return_to=request.return_to,
        expires_at=clock.now() + LIFETIME,
    )


def start_url(connection: Connection, parts: Parts) -> str:
    """The address that the user must open in a browser."""
    return f"{parts.settings.connect_url}/start/{connection.connection_id}"


def is_connection_id(text: str) -> bool:
    """Whether a connection can have this id; Firestore reserves some that look like one."""
    is_reserved = text.startswith("__") and text.endswith("__")
    return bool(CONNECTION_ID.fullmatch(text)) and not is_reserved


def find(connection_id: str, parts: Parts) -> StoredConnection | None:
    """Raises StoreUnavailable."""
    if not is_connection_id(connection_id):
        return None
    return read_connection(parts.db, connection_id)


def half_way(user_id: str, parts: Parts) -> list[StoredConnection]:
    """The connections of a user that wait for a choice, the first to end first.

    Of several with the same authorization, only the last. Raises StoreUnavailable.
    """
    now = clock.now()
    found = [each for each in choosing_of(parts.db, user_id) if each.connection.is_open(now)]
    found.sort(key=lambda each: each.connection.expires_at)
    latest = {
        (each.connection.platform, each.connection.grant.grant_id): each
        for each in found
        if each.connection.grant is not None
    }
    return list(latest.values())


def connection_not_found(connection_id: str) -> ApiError:
    """The error for a connection that does not exist, is too old or belongs to another user."""
    return ApiError(ErrorCode.NOT_FOUND, f"Connection {connection_id[:_LONGEST_ID]} not found.")


def status_of(connection: Connection, now: datetime) -> str:
    """pending, choosing, connected, failed or expired."""
    if connection.status in (ConnectionStatus.CONNECTED, ConnectionStatus.FAILED):
        return connection.status.value
    if now >= connection.expires_at:
        return "expired"
    return "pending" if connection.status in _PENDING else "choosing"


def as_json(connection: Connection) -> dict[str, Any]:
    """A connection as the API shows it."""
    failure = connection.failure
    return {
        "connectionId": connection.connection_id,
        "platform": connection.platform,
        "kind": connection.kind,
        "status": status_of(connection, clock.now()),
        "expiresAt": time_text(connection.expires_at),
        "accounts": [
            {
                "accountId": account.account_id,
                "username": account.username,
                "displayName": account.display_name,
                "avatarUrl": account.avatar_url,
                "connected": account.is_connected,
            }
            for account in connection.accounts
        ],
        "accountIds": list(connection.account_ids),
        "error": {"code": failure.code, "message": failure.message} if failure else None,
    }


def _invalid(field: str, message: str) -> InvalidRequest:
    return InvalidRequest([Violation(field, "invalid", message)])
