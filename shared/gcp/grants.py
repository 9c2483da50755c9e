"""Grants: one authorization each, with the encrypted tokens that act for its accounts.

`users/{uid}/integrations/{platform}/grants/{grantId}`; no client can read it. Whoever refreshes the
tokens holds the grant's lease, because platforms let a refresh token be used once. Each change of
the tokens increments `version`, and a refresh is stored only if the version is still the one that
it began with: it cannot overwrite the tokens of a reconnection. The first version is a random
number, because an authorization that is given again has the same grant id.
"""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared import clock
from shared.domain.accounts import (
    Account,
    AccountStatus,
    Credential,
    OfAccount,
    SealedTokens,
    Tokens,
    grant_id_of,
)
from shared.domain.webhooks import EventType
from shared.gcp import sealed_tokens
from shared.gcp.accounts import (
    account_from,
    account_path,
    integration_path,
    own_token_path,
    write_account,
)
from shared.gcp.cipher import TokenCipher
from shared.gcp.firestore import (
    PreconditionFailed,
    commit,
    document,
    query_all,
    read_all,
    retry_conflicts,
)
from shared.gcp.messages import Batch

if TYPE_CHECKING:
    from shared.webhooks.outbox import Outbox

REFRESH_LEASE = timedelta(seconds=60)
# Users of this Soku who use the authorization of one person.
_MOST_OF_PERSON = 100


@dataclass(frozen=True)
class Grant:
    """An authorization that a person gave to one of our apps."""

    user_id: str
    platform: str
    grant_id: str
    kind: str
    """The `Login` through which it was given."""
    platform_user_id: str
    """The platform's own id of the person."""
    scopes: tuple[str, ...]
    """What was granted; empty where the platform does not say."""
    account_ids: tuple[str, ...]
    tokens: SealedTokens
    version: int = 1
    connected_at: datetime | None = None
    wake_at: datetime | None = None
    """When the tokens should be renewed even if they are not used."""

    @property
    def owner(self) -> tuple[str, str, str]:
        """What its tokens are bound to."""
        return (self.user_id, self.platform, self.grant_id)


@dataclass(frozen=True)
class RefreshLease:
    """The exclusive right to use a grant's refresh token, until the lease expires."""

    account: Account
    credential: Credential
    owner: str
    grant: Grant
    """As it was before the refresh."""


def first_version() -> int:
    """The version of a new grant: not one that the same grant had before it was disconnected."""
    return secrets.randbelow(2**40) + 1


def grant_path(user_id: str, platform: str, grant_id: str) -> str:
    return f"{integration_path(user_id, platform)}/grants/{grant_id}"


def path_of(account: Account) -> str:
    """The grant of an account."""
    return grant_path(account.user_id, account.platform, account.grant_id)


def credential_paths(account: Account) -> list[str]:
    """The documents that `Grants.credential_from` needs for the account's tokens."""
    owner = (account.user_id, account.platform, account.account_id)
    return [path_of(account), *([own_token_path(*owner)] if account.has_own_token else [])]


def grant_from(snapshot: Any) -> Grant | None:
    fields = document(snapshot)
    if fields is None:
        return None
    return Grant(
        user_id=fields["userId"],
        platform=fields["platform"],
        grant_id=snapshot.id,
        kind=fields["kind"],
        platform_user_id=fields["platformUserId"],
        scopes=tuple(fields["scopes"]),
        account_ids=tuple(fields["accountIds"]),
        tokens=sealed_tokens.read(fields),
        version=fields["version"],
        connected_at=fields["connectedAt"],
        wake_at=fields.get("wakeAt"),
    )


def grant_fields(grant: Grant) -> dict[str, Any]:
    """The fields of a grant's document while no refresh is in progress."""
    return {
        "userId": grant.user_id,
        "platform": grant.platform,
        "kind": grant.kind,
        "platformUserId": grant.platform_user_id,
        "scopes": list(grant.scopes),
        "accountIds": list(grant.account_ids),
        **sealed_tokens.fields_of(grant.tokens),
        "version": grant.version,
        "connectedAt": grant.connected_at,
        "wakeAt": grant.wake_at,
        "refreshOwner": None,
        "refreshLeaseUntil": None,
    }


def grants_of_person(db: firestore.Client, platform: str, platform_user_id: str) -> list[Grant]:
    """All users' grants by the same person on a platform. Raises StoreUnavailable."""
    query = (
        db.collection_group("grants")
        .where(filter=FieldFilter("platform", "==", platform))
        .where(filter=FieldFilter("platformUserId", "==", platform_user_id))
        .limit(_MOST_OF_PERSON)
    )
    return list(filter(None, map(grant_from, query_all(query))))


def has_grant(db: firestore.Client, user_id: str, platform: str) -> bool:
    """Whether the user has an authorization on the platform. Raises StoreUnavailable."""
    grants = db.collection(f"{integration_path(user_id, platform)}/grants")
    return bool(query_all(grants.limit(1)))


class Grants:
    def __init__(
        self, db: firestore.Client, outbox: "Outbox", cipher: Callable[[], TokenCipher]
    ) -> None:
        """`cipher` is called when a token is first needed: most requests need none."""
        self._db = db
        self._outbox = outbox
        self._cipher = cipher

    def credential_from(self, snapshots: dict[str, Any], account: Account) -> Credential | None:
        """The tokens that act for an account, from `credential_paths`. Raises CannotOpen."""
        grant = grant_from(snapshots[path_of(account)])
        if grant is None:
            return None
        tokens = sealed_tokens.opened(grant.tokens, self._cipher(), *grant.owner)
        if account.has_own_token:
            owner = (account.user_id, account.platform, account.account_id)
            own = document(snapshots[own_token_path(*owner)])
            if own is None:
                return None
            token = sealed_tokens.opened_own_token(own["sealed"], self._cipher(), *owner)
            tokens = Tokens(access_token=token)
        return Credential(tokens, grant.version)

    def lease_refresh(self, account: Account, refused: int) -> RefreshLease | Credential | None:
        """Acquire the right to refresh the tokens of version `refused`.

        Returns a Credential when another task has refreshed them already, None when one is
        refreshing them now or there are none.
        """
        paths = credential_paths(account)
        snapshots = read_all(self._db, paths)
        credential = self.credential_from(snapshots, account)
        if credential is None or credential.version != refused:
            return credential
        snapshot = snapshots[paths[0]]
        fields = snapshot.to_dict()
        leased_until: datetime | None = fields.get("refreshLeaseUntil")
        if fields.get("refreshOwner") and leased_until and leased_until > clock.now():
            return None
        owner = secrets.token_hex(8)
        batch = Batch(self._db)
        batch.update(
            snapshot.reference,
            {"refreshOwner": owner, "refreshLeaseUntil": clock.now() + REFRESH_LEASE},
            option=self._db.write_option(last_update_time=snapshot.update_time),
        )
        try:
            commit(batch, landed=lambda: self._read(account).get("refreshOwner") == owner)
        except PreconditionFailed:
            return None
        grant = grant_from(snapshot)
        assert grant is not None, "it has a credential"
        return RefreshLease(account, credential, owner, grant)

    def complete_refresh(
        self, lease: RefreshLease, tokens: Tokens, wake_at: datetime | None = None
    ) -> Credential | None:
        """Store the tokens that the platform returned, and release the lease.

        `wake_at`: when they should be renewed although nobody needs them.
        Returns the stored tokens instead if the account was reconnected meanwhile, None if it was
        disconnected. Raises PreconditionFailed, StoreUnavailable.
        """
        path = path_of(lease.account)
        return retry_conflicts(
            path,
            lambda: read_all(self._db, credential_paths(lease.account)),
            lambda snapshots: self._complete(snapshots, lease, tokens, wake_at),
        )

    def _complete(
        self,
        snapshots: dict[str, Any],
        lease: RefreshLease,
        tokens: Tokens,
        wake_at: datetime | None,
    ) -> Credential | None:
        account = lease.account
        current = self.credential_from(snapshots, account)
        if current is None or current.version != lease.credential.version:
            return current
        snapshot = snapshots[path_of(account)]
        renewed = Credential(tokens, current.version + 1)
        owner = (account.user_id, account.platform, account.grant_id)
        batch = Batch(self._db)
        batch.update(
            snapshot.reference,
            {
                **sealed_tokens.fields_of(sealed_tokens.sealed(tokens, self._cipher(), *owner)),
                "version": renewed.version,
                "wakeAt": wake_at,
                "refreshOwner": None,
                "refreshLeaseUntil": None,
            },
            option=self._db.write_option(last_update_time=snapshot.update_time),
        )
        commit(batch, landed=lambda: self._read(account).get("version") == renewed.version)
        return renewed

    def release_refresh(self, lease: RefreshLease) -> None:
        """Release the lease without new tokens, unless it is over, and another task's by now.

        Raises StoreUnavailable.
        """
        path = path_of(lease.account)
        snapshot = read_all(self._db, [path])[path]
        if (document(snapshot) or {}).get("refreshOwner") != lease.owner:
            return
        batch = Batch(self._db)
        batch.update(
            snapshot.reference,
            {"refreshOwner": None, "refreshLeaseUntil": None},
            option=self._db.write_option(last_update_time=snapshot.update_time),
        )
        # If the grant was disconnected or changed in the meantime, the lease has also ended.
        with suppress(PreconditionFailed):
            commit(batch, landed=lambda: False)

    def require_reconnect(
        self, owner: OfAccount, refused: int | None, reason: str
    ) -> list[Account]:
        """An authorization has ended: only the user can give a new one.

        Returns the accounts that need it now and did not before.

        It concerns every account of the grant, or one account if that has a token of its own.
        Nothing changes if the tokens are not those of version `refused` any more. Raises
        PreconditionFailed, StoreUnavailable.
        """
        path = account_path(owner.user_id, owner.platform, owner.account_id)
        return retry_conflicts(
            path,
            lambda: self._accounts_like(owner, refused),
            lambda snapshots: self._end(snapshots, owner.user_id, reason),
        )

    def _accounts_like(self, owner: OfAccount, version: int | None) -> list[Any]:
        """The accounts that use the tokens of `owner`'s account, if they have this version."""
        path = account_path(owner.user_id, owner.platform, owner.account_id)
        snapshot = read_all(self._db, [path])[path]
        account = account_from(snapshot, owner.user_id)
        if account is None:
            return []
        grant = grant_from(read_all(self._db, [path_of(account)])[path_of(account)])
        if grant is None or version not in (None, grant.version):
            return []
        if account.has_own_token:
            return [snapshot]
        paths = [
            account_path(owner.user_id, owner.platform, account_id)
            for account_id in grant.account_ids
        ]
        return list(read_all(self._db, paths).values())

    def _end(self, snapshots: list[Any], user_id: str, reason: str) -> list[Account]:
        batch = Batch(self._db)
        status = AccountStatus.RECONNECT_REQUIRED
        ended = []
        for snapshot in snapshots:
            account = account_from(snapshot, user_id)
            if account is None:
                continue
            batch.update(
                snapshot.reference,
                {"status": status, "statusReason": reason},
                option=self._db.write_option(last_update_time=snapshot.update_time),
            )
            batch.update(
                self._db.document(integration_path(user_id, account.platform)),
                {self._db.field_path("accounts", account.account_id, "status"): status},
            )
            if account.status is not status:
                ended.append(replace(account, status=status, status_reason=reason))
        told = self._outbox.add_accounts(
            batch, user_id, EventType.ACCOUNT_RECONNECT_REQUIRED, ended
        )
        paths = [snapshot.reference.path for snapshot in snapshots if snapshot.exists]
        commit(batch, landed=lambda: self._are_ended(paths, reason))
        self._outbox.deliver(told)
        return ended

    def _are_ended(self, paths: list[str], reason: str) -> bool:
        """Whether these accounts need a reconnection for this reason."""
        status = AccountStatus.RECONNECT_REQUIRED
        found = [document(each) or {} for each in read_all(self._db, paths).values()]
        return all(
            (each.get("status"), each.get("statusReason")) == (status, reason) for each in found
        )

    def _read(self, account: Account) -> dict[str, Any]:
        path = path_of(account)
        return document(read_all(self._db, [path])[path]) or {}


def write_connected(
    batch: Any, db: firestore.Client, account: Account, tokens: Tokens, cipher: TokenCipher
) -> Account:
    """Add an account with its own authorization to `batch`, for seeds and tests.

    The account's external id stands for the person. Returns the account as it is stored.
    """
    kind = account.kind or "profile"
    stored = replace(account, kind=kind, grant_id=grant_id_of(kind, account.external_id))
    owner = (stored.user_id, stored.platform, stored.grant_id)
    grant = Grant(
        *owner,
        kind=kind,
        platform_user_id=account.external_id,
        scopes=(),
        account_ids=(account.account_id,),
        tokens=sealed_tokens.sealed(tokens, cipher, *owner),
        connected_at=account.connected_at,
    )
    batch.set(db.document(grant_path(*owner)), grant_fields(grant))
    write_account(batch, db, stored)
    return stored
