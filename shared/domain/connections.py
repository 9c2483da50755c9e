"""A connection: one attempt of a user to connect accounts of a platform, and its states.

    waiting ─> started ─> exchanging ─> choosing ─> connected
       └──────────┴───────────┴────────────┴──────> failed

`waiting` until a browser has agreed to hand over an account, `started` until that browser comes
back from the platform, `exchanging` while Soku exchanges the code, which it does once. Each change
is committed with the version that was read, so a state is used once.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.domain.accounts import SealedTokens

LIFETIME = timedelta(minutes=15)


class ConnectionStatus(StrEnum):
    WAITING = "waiting"
    STARTED = "started"
    EXCHANGING = "exchanging"
    CHOOSING = "choosing"
    CONNECTED = "connected"
    FAILED = "failed"


_S = ConnectionStatus
_BEFORE = {
    _S.STARTED: {_S.WAITING, _S.STARTED},
    _S.EXCHANGING: {_S.STARTED},
    _S.CHOOSING: {_S.EXCHANGING},
    _S.CONNECTED: {_S.EXCHANGING, _S.CHOOSING},
    _S.FAILED: {_S.WAITING, _S.STARTED, _S.EXCHANGING, _S.CHOOSING},
}


class NotNow(Exception):
    """The connection is not in a status that allows the change."""


@dataclass(frozen=True)
class Failure:
    """Why no account was connected. `code` is for programs, `message` for people."""

    code: str
    message: str


@dataclass(frozen=True)
class OfferedGrant:
    """What the platform gave, until accounts are connected with it."""

    grant_id: str
    platform_user_id: str
    scopes: tuple[str, ...]
    missing_scopes: tuple[str, ...]
    tokens: SealedTokens


@dataclass(frozen=True)
class OfferedAccount:
    """An account that can be connected, with the id that it will have."""

    account_id: str
    external_id: str
    username: str
    display_name: str
    avatar_url: str | None = None
    is_connected: bool = False
    """The user has this account already: its authorization is renewed with any other's."""
    own_token: bytes | None = field(default=None, repr=False)
    """Its own access token, encrypted."""


@dataclass(frozen=True)
class Connection:
    """`connections/{id}`; knowing the id is enough to see it, so it has 128 random bits."""

    connection_id: str
    user_id: str
    platform: str
    kind: str
    expires_at: datetime
    account_id: str | None = None
    """The account that must be reconnected; None to connect any."""
    return_to: str | None = None
    status: ConnectionStatus = _S.WAITING
    nonce_hash: str | None = None
    """Which browser agreed: SHA-256 of its nonce."""
    failure: Failure | None = None
    grant: OfferedGrant | None = None
    accounts: tuple[OfferedAccount, ...] = ()
    """What can be chosen; once connected, nothing."""
    account_ids: tuple[str, ...] = ()
    """The connected accounts."""

    def is_open(self, now: datetime) -> bool:
        """Whether it can still lead to an account."""
        return self.status not in (_S.CONNECTED, _S.FAILED) and now < self.expires_at

    def is_of_browser(self, nonce: str) -> bool:
        """Whether the browser with this nonce agreed to hand over an account."""
        return self.nonce_hash is not None and self.nonce_hash == _hash(nonce)

    @property
    def missing_account(self) -> bool:
        """Whether another account than the one to reconnect was authorized."""
        offered = {account.account_id for account in self.accounts}
        return self.account_id is not None and self.account_id not in offered


def start(connection: Connection, nonce: str, now: datetime) -> Connection:
    """A browser agrees to hand over an account. Raises NotNow."""
    return _move(connection, _S.STARTED, now, nonce_hash=_hash(nonce))


def exchange(connection: Connection, now: datetime) -> Connection:
    """The browser came back from the platform: from here on, its state is used. Raises NotNow."""
    return _move(connection, _S.EXCHANGING, now)


def offer(
    connection: Connection, grant: OfferedGrant, accounts: tuple[OfferedAccount, ...], now: datetime
) -> Connection:
    """The user must choose among several accounts. Raises NotNow."""
    return _move(connection, _S.CHOOSING, now, grant=grant, accounts=accounts)


def finish(connection: Connection, account_ids: tuple[str, ...], now: datetime) -> Connection:
    """Accounts were connected: what was not chosen is forgotten. Raises NotNow."""
    return _move(connection, _S.CONNECTED, now, grant=None, accounts=(), account_ids=account_ids)


def fail(connection: Connection, failure: Failure) -> Connection:
    """No account is connected; also after the time is over. Raises NotNow."""
    return _move(connection, _S.FAILED, None, grant=None, accounts=(), failure=failure)


def _move(
    connection: Connection, status: ConnectionStatus, now: datetime | None, **changes: Any
) -> Connection:
    is_late = now is not None and now >= connection.expires_at
    if is_late or connection.status not in _BEFORE[status]:
        raise NotNow(f"{connection.status} -> {status}")
    return replace(connection, status=status, **changes)


def _hash(nonce: str) -> str:
    return hashlib.sha256(nonce.encode()).hexdigest()
