"""Connected accounts and their sealed tokens.

Three documents for an account: its own, the credential below it that no client
may read, and its line in the integration's summary, from which a post's targets
are resolved without reading every account.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from google.cloud import firestore

from shared import clock
from shared.domain.accounts import (
    Account,
    AccountStatus,
    AccountSummary,
    Credential,
    Integration,
    Tokens,
)
from shared.gcp.firestore import PreconditionFailed, commit, document

if TYPE_CHECKING:
    # The api reads summaries of accounts and opens no token: it shall not load the library.
    from shared.gcp.cipher import TokenCipher

REFRESH_LEASE = timedelta(seconds=60)


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
    """The sole right to spend an account's refresh token, until it runs out."""

    account: Account
    credential: Credential
    owner: str


class Accounts:
    def __init__(self, db: firestore.Client, cipher: "Callable[[], TokenCipher]") -> None:
        """`cipher` is built when a token is first needed: most requests need none."""
        self._db = db
        self._cipher = cipher

    def connect(self, account: Account, tokens: Tokens) -> None:
        """Store an account with its tokens, new or connected again, as one commit."""
        path = account_path(account.user_id, account.platform, account.account_id)
        batch = self._db.batch()
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
        self._db.document(integration_path(user_id, platform)).update(
            {"defaultAccountId": account_id}
        )

    def credential_from(self, snapshot: Any, account: Account) -> Credential | None:
        """The account's tokens from its credential document. Raises CannotOpen."""
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
        """Take the right to refresh the tokens of version `refused`.

        A Credential when somebody has refreshed them already; None when somebody is at it.
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
        batch = self._db.batch()
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
        """Store the tokens that the platform gave in exchange, and let the lease go."""
        renewed = Credential(tokens, lease.credential.version + 1)
        account = lease.account
        reference = self._credential(account)
        batch = self._db.batch()
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
        """Let the lease go without new tokens: the platform could not be reached."""
        self._credential(lease.account).update({"refreshOwner": None, "refreshLeaseUntil": None})

    def require_reconnect(self, account: Account) -> None:
        """The platform ended this authorization: only the person can give a new one."""
        status = AccountStatus.RECONNECT_REQUIRED
        batch = self._db.batch()
        batch.update(
            self._db.document(account_path(account.user_id, account.platform, account.account_id)),
            {"status": status},
        )
        batch.update(
            self._db.document(integration_path(account.user_id, account.platform)),
            {self._db.field_path("accounts", account.account_id, "status"): status},
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
