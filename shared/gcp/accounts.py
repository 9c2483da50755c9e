"""Connected accounts and their encrypted tokens.

An account is stored in three documents: its own; below it the credential, which no client may
read; and the integration's summary, from which a post's targets are resolved without reading
every account.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from google.cloud import firestore

from shared import clock
from shared.domain.accounts import (
    Account,
    AccountStatus,
    AccountSummary,
    Credential,
    Integration,
    OfAccount,
    Tokens,
)
from shared.gcp.firestore import PreconditionFailed, commit, document
from shared.gcp.messages import Batch

REFRESH_LEASE = timedelta(seconds=60)


class Cipher(Protocol):
    """Encrypts tokens: `shared.gcp.cipher`, which loads a library that few functions need."""

    def seal(self, tokens: Tokens, *, user_id: str, platform: str, account_id: str) -> bytes: ...

    def open(self, sealed: bytes, *, user_id: str, platform: str, account_id: str) -> Tokens: ...


def integration_path(user_id: str, platform: str) -> str:
    return f"users/{user_id}/integrations/{platform}"


def account_path(user_id: str, platform: str, account_id: str) -> str:
    return f"{integration_path(user_id, platform)}/accounts/{account_id}"


def credential_path(user_id: str, platform: str, account_id: str) -> str:
    return f"{account_path(user_id, platform, account_id)}/private/credential"


def integration_from(snapshot: Any) -> Integration | None:
    fields = document(snapshot)
    if fields is None or not fields.get("accounts"):
        return None
    return Integration(
        platform=snapshot.id,
        default_account_id=fields.get("defaultAccountId"),
        accounts={
            account_id: AccountSummary(
                username=summary["username"],
                display_name=summary.get("displayName", ""),
                status=AccountStatus(summary["status"]),
            )
            for account_id, summary in fields["accounts"].items()
        },
    )


def account_from(snapshot: Any, user_id: str) -> Account | None:
    fields = document(snapshot)
    if fields is None:
        return None
    return Account(
        user_id=user_id,
        platform=fields["platform"],
        account_id=snapshot.id,
        external_id=fields["externalId"],
        username=fields["username"],
        display_name=fields.get("displayName", ""),
        avatar_url=fields.get("avatarUrl"),
        scopes=tuple(fields.get("scopes", ())),
        status=AccountStatus(fields["status"]),
        token_expires_at=fields.get("tokenExpiresAt"),
    )


@dataclass(frozen=True)
class RefreshLease:
    """The exclusive right to use an account's refresh token, until the lease expires."""

    account: Account
    credential: Credential
    owner: str


class Accounts:
    def __init__(self, db: firestore.Client, cipher: Callable[[], Cipher]) -> None:
        """`cipher` is called when a token is first needed: most requests need none."""
        self._db = db
        self._cipher = cipher

    def connect(self, account: Account, tokens: Tokens) -> None:
        """Store a new or reconnected account with its tokens, in one commit."""
        path = account_path(account.user_id, account.platform, account.account_id)
        batch = Batch(self._db)
        batch.set(
            self._db.document(path),
            {
                "platform": account.platform,
                "username": account.username,
                "displayName": account.display_name,
                "avatarUrl": account.avatar_url,
                "externalId": account.external_id,
                "scopes": list(account.scopes),
                "status": account.status,
                "tokenExpiresAt": tokens.expires_at,
                "connectedAt": clock.now(),
            },
        )
        batch.set(
            self._credential(account),
            {"sealed": self._seal(account, tokens), "version": 1, "refreshOwner": None},
        )
        batch.set(
            self._db.document(integration_path(account.user_id, account.platform)),
            {
                "accounts": {
                    account.account_id: {
                        "username": account.username,
                        "displayName": account.display_name,
                        "status": account.status,
                    }
                }
            },
            merge=True,
        )
        batch.commit()

    def make_default(self, user_id: str, platform: str, account_id: str) -> None:
        """Let the platform's name alone mean this account."""
        self._db.document(integration_path(user_id, platform)).update(
            {"defaultAccountId": account_id}
        )

    def credential_from(self, snapshot: Any, account: Account) -> Credential | None:
        """The account's tokens from its credential document. Raises cipher.CannotOpen."""
        fields = document(snapshot)
        if fields is None:
            return None
        tokens = self._cipher().open(
            fields["sealed"],
            user_id=account.user_id,
            platform=account.platform,
            account_id=account.account_id,
        )
        return Credential(tokens=tokens, version=fields["version"])

    def lease_refresh(self, account: Account, refused: int) -> RefreshLease | Credential | None:
        """Acquire the right to refresh the tokens of version `refused`.

        Returns a Credential when another task has refreshed them already, None when one is
        refreshing them now or there are none.
        """
        reference = self._credential(account)
        snapshot = reference.get()
        credential = self.credential_from(snapshot, account)
        if credential is None or credential.version != refused:
            return credential
        fields = snapshot.to_dict()
        leased_until: datetime | None = fields.get("refreshLeaseUntil")
        if fields.get("refreshOwner") and leased_until and leased_until > clock.now():
            return None
        owner = secrets.token_hex(8)
        batch = Batch(self._db)
        batch.update(
            reference,
            {"refreshOwner": owner, "refreshLeaseUntil": clock.now() + REFRESH_LEASE},
            option=self._db.write_option(last_update_time=snapshot.update_time),
        )
        try:
            commit(batch, landed=lambda: reference.get().get("refreshOwner") == owner)
        except PreconditionFailed:
            return None
        return RefreshLease(account, credential, owner)

    def complete_refresh(self, lease: RefreshLease, tokens: Tokens) -> Credential:
        """Store the tokens that the platform returned, and release the lease."""
        renewed = Credential(tokens, lease.credential.version + 1)
        account = lease.account
        reference = self._credential(account)
        batch = Batch(self._db)
        batch.update(
            reference,
            {
                "sealed": self._seal(account, tokens),
                "version": renewed.version,
                "refreshOwner": None,
                "refreshLeaseUntil": None,
            },
        )
        batch.update(
            self._db.document(account_path(account.user_id, account.platform, account.account_id)),
            {"tokenExpiresAt": tokens.expires_at},
        )
        commit(batch, landed=lambda: reference.get().get("version") == renewed.version)
        return renewed

    def release_refresh(self, lease: RefreshLease) -> None:
        """Release the lease without new tokens."""
        self._credential(lease.account).update({"refreshOwner": None, "refreshLeaseUntil": None})

    def require_reconnect(self, owner: OfAccount) -> None:
        """The authorization of `owner`'s account has ended: only the user can give a new one."""
        status = AccountStatus.RECONNECT_REQUIRED
        batch = Batch(self._db)
        batch.update(
            self._db.document(account_path(owner.user_id, owner.platform, owner.account_id)),
            {"status": status},
        )
        batch.update(
            self._db.document(integration_path(owner.user_id, owner.platform)),
            {self._db.field_path("accounts", owner.account_id, "status"): status},
        )
        batch.commit()

    def _credential(self, account: Account) -> Any:
        return self._db.document(
            credential_path(account.user_id, account.platform, account.account_id)
        )

    def _seal(self, account: Account, tokens: Tokens) -> bytes:
        return self._cipher().seal(
            tokens,
            user_id=account.user_id,
            platform=account.platform,
            account_id=account.account_id,
        )
