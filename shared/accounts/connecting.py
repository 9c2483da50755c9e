"""Connecting the accounts of an authorization: at once, or after the user has chosen.

One commit writes the accounts, the grant, the reserved ids and the connection's new status. So
there is never an account without tokens, never tokens of nobody, and never half of a choice.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared import clock, logs
from shared.accounts.leaving import leave_grant
from shared.accounts.offers import refuse_offer
from shared.accounts.renewal import renewal_of
from shared.domain import connections
from shared.domain.accounts import Account, AccountStatus, Integration, new_account_id
from shared.domain.connections import (
    Connection,
    ConnectionStatus,
    Failure,
    OfferedAccount,
    OfferedGrant,
)
from shared.domain.errors import InvalidRequest, Violation
from shared.gcp import sealed_tokens
from shared.gcp.accounts import (
    account_fields,
    account_from,
    account_path,
    integration_from,
    integration_path,
    own_token_path,
    reservation_path,
    reserved_id,
    write_summary,
)
from shared.gcp.connections import (
    StoredConnection,
    connection_from,
    connection_path,
    save_connection,
    write_connection,
)
from shared.gcp.firestore import (
    PreconditionFailed,
    StoreUnavailable,
    commit,
    document,
    query_all,
    read_all,
    retry_conflicts,
)
from shared.gcp.grants import Grant, first_version, grant_fields, grant_from, grant_path
from shared.gcp.messages import Batch
from shared.platforms import registry
from shared.platforms.connecting import MAX_CANDIDATES, Candidate, Listing
from shared.wiring import Parts

log = logs.logger("connect")

MAX_ACCOUNTS = 1000
"""Accounts that a user can have had on one platform: their ids stay reserved."""


def offer(
    stored: StoredConnection, grant: OfferedGrant, listing: Listing, parts: Parts
) -> Connection:
    """Connect what the user came to connect, or let them choose.

    Returns the connection: connected, choosing, or failed. Raises PreconditionFailed,
    StoreUnavailable.
    """
    connection = stored.connection
    known = _Known.read(connection, grant, parts.db)
    accounts = _offered(connection, grant, listing, known, parts)
    if failure := _unusable(connection, accounts, known):
        return refuse_offer(stored, grant, failure, parts)
    chosen = _obvious(connection, accounts)
    if chosen is None:
        offering = connections.offer(connection, grant, accounts, clock.now())
        return save_connection(parts.db, stored, offering).connection
    return _connect(stored, grant, accounts, [account.account_id for account in chosen], parts)


def choose(stored: StoredConnection, account_ids: Collection[str], parts: Parts) -> Connection:
    """Connect the accounts that the user has chosen. Accounts of the same grant are renewed, too.

    Raises NotNow, InvalidRequest, PreconditionFailed, StoreUnavailable.
    """
    connection = stored.connection
    if connection.status is not ConnectionStatus.CHOOSING or connection.grant is None:
        raise connections.NotNow(f"{connection.status} -> connected")
    unknown = sorted(set(account_ids) - {account.account_id for account in connection.accounts})
    if unknown or not account_ids:
        message = (
            f"{unknown[0][:100]} is not one of the accounts of this connection."
            if unknown
            else "Choose at least one account."
        )
        raise InvalidRequest([Violation("accountIds", "invalid", message)])
    return _connect(stored, connection.grant, connection.accounts, account_ids, parts)


@dataclass(frozen=True)
class _Known:
    """What the user already has on the platform."""

    integration: Integration | None
    reserved: Mapping[str, str]
    """SHA-256 of an external id -> its account id."""
    of_grant: frozenset[str]

    @classmethod
    def read(cls, connection: Connection, grant: OfferedGrant, db: Any) -> "_Known":
        own = integration_path(connection.user_id, connection.platform)
        own_grant = grant_path(connection.user_id, connection.platform, grant.grant_id)
        snapshots = read_all(db, [own, own_grant])
        reservations = query_all(db.collection(f"{own}/externalIds").limit(MAX_ACCOUNTS))
        stored_grant = grant_from(snapshots[own_grant])
        return cls(
            integration_from(snapshots[own]),
            {snapshot.id: snapshot.get("accountId") for snapshot in reservations},
            frozenset(stored_grant.account_ids if stored_grant else ()),
        )


def _offered(
    connection: Connection, grant: OfferedGrant, listing: Listing, known: _Known, parts: Parts
) -> tuple[OfferedAccount, ...]:
    """The candidates, each with the id that it has or will have."""
    prefix = registry.about(connection.platform).account_prefix
    taken = {*known.reserved.values(), *(known.integration.accounts if known.integration else ())}
    offered = []
    for candidate in _distinct(listing.candidates):
        digest = hashlib.sha256(candidate.external_id.encode()).hexdigest()
        account_id = known.reserved.get(digest) or new_account_id(prefix, candidate.username, taken)
        taken.add(account_id)
        owner = (connection.user_id, connection.platform, account_id)
        own = candidate.own_token
        offered.append(
            OfferedAccount(
                account_id=account_id,
                external_id=candidate.external_id,
                username=candidate.username,
                display_name=candidate.display_name,
                avatar_url=candidate.avatar_url,
                is_connected=account_id in known.of_grant,
                own_token=sealed_tokens.sealed_own_token(own, parts.sealer, *owner)
                if own
                else None,
            )
        )
    return tuple(offered)


def _distinct(candidates: Collection[Candidate]) -> list[Candidate]:
    return list({candidate.external_id: candidate for candidate in candidates}.values())[
        :MAX_CANDIDATES
    ]


def _unusable(
    connection: Connection, accounts: tuple[OfferedAccount, ...], known: _Known
) -> Failure | None:
    name = registry.display_name(connection.platform)
    if connection.account_id not in (None, *(account.account_id for account in accounts)):
        authorized = ", ".join(account.username for account in accounts[:3])
        summaries = known.integration.accounts if known.integration else {}
        wanted = summaries.get(connection.account_id or "")
        wanted_name = wanted.username if wanted else "another account"
        return Failure(
            "other_account",
            f"You authorized {authorized} instead of {wanted_name}. "
            f"Sign in to {name} with that account, then start again.",
        )
    if len({*known.reserved.values(), *(a.account_id for a in accounts)}) > MAX_ACCOUNTS:
        return Failure("too_many", f"You have reached the limit of {MAX_ACCOUNTS} {name} accounts.")
    return None


def _obvious(
    connection: Connection, accounts: tuple[OfferedAccount, ...]
) -> tuple[OfferedAccount, ...] | None:
    """The accounts to connect, if there is nothing to choose."""
    if connection.account_id is not None:
        return tuple(a for a in accounts if a.is_connected or a.account_id == connection.account_id)
    is_clear = len(accounts) == 1 or all(account.is_connected for account in accounts)
    return accounts if is_clear else None


def _connect(
    stored: StoredConnection,
    grant: OfferedGrant,
    offered: tuple[OfferedAccount, ...],
    account_ids: Collection[str],
    parts: Parts,
) -> Connection:
    """Raises NotNow, PreconditionFailed, StoreUnavailable."""
    commit_of = _Commit(stored, grant, offered, frozenset(account_ids), parts.db)
    name = f"connection {stored.connection.connection_id}"
    try:
        after = retry_conflicts(name, commit_of.read, commit_of.write)
    except _IdTaken as error:
        return refuse_offer(stored, grant, _overtaken(error), parts)
    log.info("accounts connected", extra=logs.fields(accountIds=list(after.account_ids)))
    _forget_risks(after, parts)
    return after


class _IdTaken(Exception):
    """Another account got an offered id, or the account got another id, since it was offered."""

    def __init__(self, account: OfferedAccount) -> None:
        super().__init__(account.account_id)
        self.account = account


def _overtaken(error: _IdTaken) -> Failure:
    return Failure(
        "overtaken",
        f"Other accounts were connected in the meantime, and the ID {error.account.account_id} is "
        f"no longer free for {error.account.username}. Start again.",
    )


def _forget_risks(connection: Connection, parts: Parts) -> None:
    """The accounts are connected already: a failure here only leaves a warning on posts."""
    from shared.posts.risks import forget_risks

    try:
        forget_risks(connection.user_id, connection.platform, connection.account_ids, parts)
    except (PreconditionFailed, StoreUnavailable) as error:
        log.warning("risks of posts not removed: %s", error)


@dataclass(frozen=True)
class _Commit:
    """The one commit that connects accounts."""

    stored: StoredConnection
    grant: OfferedGrant
    offered: tuple[OfferedAccount, ...]
    account_ids: frozenset[str]
    """What the user wants. Accounts that use the grant already are renewed, too."""
    db: Any

    def read(self) -> Mapping[str, Any]:
        """The documents that change, and the grants that accounts leave.

        Raises NotNow, _IdTaken.
        """
        connection, own_grant = self.stored.connection, self._grant_path(self.grant.grant_id)
        own = connection_path(connection.connection_id)
        snapshots = read_all(self.db, [own, own_grant])
        current = connection_from(snapshots.pop(own))
        if current is None or current.update_time != self.stored.update_time:
            raise connections.NotNow("the connection was used by another request")
        chosen = self._chosen(snapshots)
        accounts = [self._account_path(account) for account in chosen]
        reservations = [self._reservation_path(account) for account in chosen]
        snapshots |= read_all(self.db, [*accounts, *reservations])
        self._check_ids(chosen, snapshots)
        stored = [account_from(snapshots[path], connection.user_id) for path in accounts]
        left = {account.grant_id for account in stored if account} - {self.grant.grant_id}
        return (
            {**snapshots, **read_all(self.db, map(self._grant_path, left))} if left else snapshots
        )

    def write(self, snapshots: Mapping[str, Any]) -> Connection:
        """The connection as it is then. Raises NotNow, PreconditionFailed, StoreUnavailable."""
        batch, chosen = Batch(self.db), self._chosen(snapshots)
        accounts = {offered.account_id: self._account(offered, snapshots) for offered in chosen}
        after = connections.finish(self.stored.connection, tuple(accounts), clock.now())
        self._write_grant(batch, after, snapshots)
        for offered in chosen:
            self._write_account(batch, offered, accounts[offered.account_id], snapshots)
        self._leave_other_grants(batch, after, snapshots)
        write_summary(batch, self.db, after.user_id, after.platform, accounts)
        commit(batch, landed=write_connection(self.db, batch, self.stored, after))
        return after

    def _chosen(self, snapshots: Mapping[str, Any]) -> list[OfferedAccount]:
        """Not what used the grant when it was offered, and was disconnected since."""
        grant = grant_from(snapshots[self._grant_path(self.grant.grant_id)])
        ids = {*self.account_ids, *(grant.account_ids if grant else ())}
        return [account for account in self.offered if account.account_id in ids]

    def _check_ids(self, chosen: list[OfferedAccount], snapshots: Mapping[str, Any]) -> None:
        """Offered ids are reserved only now. Raises _IdTaken."""
        new = {}
        for offered in chosen:
            account = account_from(snapshots[self._account_path(offered)], self._user_id)
            reservation = document(snapshots[self._reservation_path(offered)])
            if account and account.external_id != offered.external_id:
                raise _IdTaken(offered)
            if reservation is None:
                new[offered.account_id] = offered
            elif reservation["accountId"] != offered.account_id:
                raise _IdTaken(offered)
        taken = reserved_id(self.db, self._user_id, self._platform, list(new))
        if taken is not None:
            raise _IdTaken(new[taken])

    def _account(self, offered: OfferedAccount, snapshots: Mapping[str, Any]) -> Account:
        stored = account_from(snapshots[self._account_path(offered)], self._user_id)
        has_end = offered.own_token is None and self._renewal_at() is None
        return Account(
            user_id=self._user_id,
            platform=self._platform,
            account_id=offered.account_id,
            external_id=offered.external_id,
            username=offered.username,
            display_name=offered.display_name,
            avatar_url=offered.avatar_url,
            label=stored.label if stored else None,
            kind=self.stored.connection.kind,
            grant_id=self.grant.grant_id,
            has_own_token=offered.own_token is not None,
            missing_scopes=self.grant.missing_scopes,
            status=AccountStatus.CONNECTED,
            ends_at=self.grant.tokens.ends_at if has_end else None,
            connected_at=clock.now(),
        )

    def _renewal_at(self) -> datetime | None:
        kind, tokens = self.stored.connection.kind, self.grant.tokens
        return renewal_of(tokens, self._platform, kind, self.grant.grant_id)

    def _write_grant(self, batch: Batch, after: Connection, snapshots: Mapping[str, Any]) -> None:
        snapshot = snapshots[self._grant_path(self.grant.grant_id)]
        before = grant_from(snapshot)
        ids = [*(before.account_ids if before else ()), *after.account_ids]
        grant = Grant(
            user_id=self._user_id,
            platform=self._platform,
            grant_id=self.grant.grant_id,
            kind=self.stored.connection.kind,
            platform_user_id=self.grant.platform_user_id,
            scopes=self.grant.scopes,
            account_ids=tuple(dict.fromkeys(ids)),
            tokens=self.grant.tokens,
            version=before.version + 1 if before else first_version(),
            connected_at=clock.now(),
            wake_at=self._renewal_at(),
        )
        self._put(batch, snapshot, grant_fields(grant))

    def _write_account(
        self,
        batch: Batch,
        offered: OfferedAccount,
        account: Account,
        snapshots: Mapping[str, Any],
    ) -> None:
        self._put(batch, snapshots[self._account_path(offered)], account_fields(account))
        reservation = snapshots[self._reservation_path(offered)]
        if not reservation.exists:
            batch.create(reservation.reference, {"accountId": offered.account_id})
        if offered.own_token is not None:
            owner = (account.user_id, account.platform, account.account_id)
            batch.set(self.db.document(own_token_path(*owner)), {"sealed": offered.own_token})

    def _leave_other_grants(
        self, batch: Batch, after: Connection, snapshots: Mapping[str, Any]
    ) -> None:
        """An account that another person had authorized belongs to this grant from now on."""
        others = {path for path in snapshots if "/grants/" in path}
        for path in others - {self._grant_path(self.grant.grant_id)}:
            leave_grant(batch, self.db, snapshots[path], after.account_ids)

    def _put(self, batch: Batch, snapshot: Any, fields: dict[str, Any]) -> None:
        """Create the document, or replace all its fields if it is still as it was read."""
        if not snapshot.exists:
            batch.create(snapshot.reference, fields)
            return
        option = self.db.write_option(last_update_time=snapshot.update_time)
        batch.update(snapshot.reference, fields, option=option)

    @property
    def _user_id(self) -> str:
        return self.stored.connection.user_id

    @property
    def _platform(self) -> str:
        return self.stored.connection.platform

    @property
    def _integration_path(self) -> str:
        return integration_path(self._user_id, self._platform)

    def _account_path(self, account: OfferedAccount) -> str:
        return account_path(self._user_id, self._platform, account.account_id)

    def _reservation_path(self, account: OfferedAccount) -> str:
        return reservation_path(self._user_id, self._platform, account.external_id)

    def _grant_path(self, grant_id: str) -> str:
        return grant_path(self._user_id, self._platform, grant_id)
