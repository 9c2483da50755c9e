"""Connected accounts: a user's identity on a platform, and the tokens that act for it.

One authorization can bring several accounts, such as all Pages of a Facebook user, with one refresh
token. So the tokens belong to the authorization, the grant, and each account names its grant.
"""

import hashlib
import re
import unicodedata
from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

MAX_ACCOUNT_ID = 64
_ACCOUNT_ID = re.compile(r"[\w.-]{1,300}")


class OfAccount(Protocol):
    """Anything that belongs to one account: the account itself, or a run."""

    @property
    def user_id(self) -> str: ...

    @property
    def platform(self) -> str: ...

    @property
    def account_id(self) -> str: ...


EXPIRING_BEFORE = timedelta(days=7)
"""How long before its end an authorization is shown as expiring: time to react on any weekday."""


class AccountStatus(StrEnum):
    CONNECTED = "connected"
    EXPIRING = "expiring"
    RECONNECT_REQUIRED = "reconnect_required"


@dataclass(frozen=True)
class Allowed:
    """What a platform allows an account at present, where that differs between accounts."""

    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The values that an option can have, by its public name."""
    locked: tuple[str, ...] = ()
    """Switches that are on and that a post cannot turn off, by their public names."""
    longest_video: int | None = None
    """In seconds."""
    problem: str = ""
    """Why the platform did not say it, or lets the account publish nothing now."""
    read_at: datetime | None = None


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
    label: str | None = None
    """The user's own name for it."""
    kind: str = ""
    """What it is, as the platform's `Login` names it: profile, page, channel."""
    grant_id: str = ""
    has_own_token: bool = False
    """It has an access token besides the grant's, as a Facebook Page has."""
    missing_scopes: tuple[str, ...] = ()
    """Permissions that the user did not give."""
    status: AccountStatus = AccountStatus.CONNECTED
    status_reason: str | None = None
    """Why it must be reconnected, as a sentence for its owner."""
    ends_at: datetime | None = None
    """When the authorization ends and only its user can renew it; None if no end is known."""
    connected_at: datetime | None = None
    allowed: Allowed | None = None
    """As it was last read for the composer; None: never."""


@dataclass(frozen=True)
class Tokens:
    """The tokens of a grant, decrypted. Never logged, never stored unencrypted."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    """The end of the access token."""
    refresh_expires_at: datetime | None = None
    """The end of the refresh token, where the platform names it."""


@dataclass(frozen=True)
class SealedTokens:
    """The tokens of a grant as they are stored: encrypted, each by itself.

    So a function that cannot read tokens can move them, and keep an unchanged refresh token.
    """

    access: bytes = field(repr=False)
    refresh: bytes | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None

    @property
    def ends_at(self) -> datetime | None:
        """When the authorization ends unless the user renews it; None if no end is known."""
        return self.refresh_expires_at if self.refresh else self.expires_at


@dataclass(frozen=True)
class Credential:
    """The tokens that act for an account, with the version that each change increments."""

    tokens: Tokens
    version: int


@dataclass(frozen=True)
class AccountSummary:
    username: str
    display_name: str
    status: AccountStatus
    ends_at: datetime | None = None
    label: str | None = None


@dataclass(frozen=True)
class Integration:
    """All of a user's accounts on one platform: `users/{uid}/integrations/{platform}`."""

    platform: str
    accounts: Mapping[str, AccountSummary]
    default_account_id: str | None = None


def grant_id_of(kind: str, platform_user_id: str) -> str:
    """The id of a grant: a new authorization by the same person for the same app replaces it."""
    digest = hashlib.sha256(f"{kind}:{platform_user_id}".encode()).digest()
    return urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def is_account_id(text: str) -> bool:
    """Whether `text` can be an account's id, and so a part of a document's path."""
    is_reserved = text.strip(".") == "" or (text.startswith("__") and text.endswith("__"))
    return bool(_ACCOUNT_ID.fullmatch(text)) and not is_reserved


def new_account_id(prefix: str, username: str, taken: Collection[str]) -> str:
    """A readable id for a new account, such as `ig_ana_bakes`, that is not in `taken`.

    Letters without an ASCII form are left out; an id without any is numbered.
    """
    ascii_name = unicodedata.normalize("NFKD", username).encode("ascii", "ignore").decode()
    name = re.sub("[^a-z0-9]+", "_", ascii_name.lower()).strip("_")
    base = f"{prefix}_{name or 'account'}"[:MAX_ACCOUNT_ID].rstrip("_")
    if base not in taken:
        return base
    return next(numbered for numbered in _numbered(base) if numbered not in taken)


def _numbered(base: str) -> Iterable[str]:
    number = 2
    while True:
        suffix = f"_{number}"
        yield f"{base[: MAX_ACCOUNT_ID - len(suffix)]}{suffix}"
        number += 1
