"""Connected accounts: a user's identity on a platform, and the tokens that act for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class OfAccount(Protocol):
    """Anything that belongs to one account: the account itself, or a run."""

    @property
    def user_id(self) -> str: ...

    @property
    def platform(self) -> str: ...

    @property
    def account_id(self) -> str: ...


class AccountStatus(StrEnum):
    CONNECTED = "connected"
    EXPIRING = "expiring"
    RECONNECT_REQUIRED = "reconnect_required"


@dataclass(frozen=True)
class Account:
    """One account on one platform, as `users/{uid}/integrations/{platform}/accounts/{id}`."""

    user_id: str
    platform: str
    account_id: str
    external_id: str
    """The platform's own id of the account."""
    username: str
    display_name: str = ""
    avatar_url: str | None = None
    scopes: tuple[str, ...] = ()
    status: AccountStatus = AccountStatus.CONNECTED
    token_expires_at: datetime | None = None


@dataclass(frozen=True)
class Tokens:
    """The tokens of an account, decrypted. Never logged, never stored unencrypted."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Credential:
    """An account's tokens, with the version that each refresh increments."""

    tokens: Tokens
    version: int


@dataclass(frozen=True)
class AccountSummary:
    username: str
    display_name: str
    status: AccountStatus


@dataclass(frozen=True)
class Integration:
    """All of a user's accounts on one platform: `users/{uid}/integrations/{platform}`."""

    platform: str
    accounts: Mapping[str, AccountSummary]
    default_account_id: str | None = None
