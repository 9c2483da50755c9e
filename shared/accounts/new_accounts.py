"""The one commit that connects accounts, with their grant, their ids and the new status."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared import clock
from shared.accounts.leaving import leave_grant
from shared.accounts.renewal import renewal_of, warning_at
from shared.domain import connections
from shared.domain.accounts import Account, AccountStatus
from shared.domain.connections import Connection, OfferedAccount, OfferedGrant
from shared.gcp.accounts import (
    account_fields,
    account_from,
    account_path,
    own_token_path,
    reservation_path,
    reserved_id,
    write_summary,
)
from shared.gcp.collecting import INBOX, METRICS, note_due
from shared.gcp.connections import (
    StoredConnection,
    connection_from,
    connection_path,
    write_connection,
)
from shared.gcp.firestore import commit, document, read_all
from shared.gcp.grants import Grant, first_version, grant_fields, grant_from, grant_path
from shared.gcp.messages import Batch
from shared.platforms import registry


class IdTaken(Exception):
    """Another account got an offered id, or the account got another id, since it was offered."""

    def __init__(self, account: OfferedAccount) -> None:
        super().__init__(account.account_id)
        self.account = account


@dataclass(frozen=True)
class NewAccounts:
    """The one commit that connects accounts."""

    stored: StoredConnection
    grant: OfferedGrant
    offered: tuple[OfferedAccount, ...]
    account_ids: frozenset[str]
    """What the user wants. Accounts that use the grant already are renewed, too."""
    db: Any

    def read(self) -> Mapping[str, Any]:
        """The documents that change, and the grants that accounts leave.

        Raises NotNow, IdTaken.
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
        """Offered ids are reserved only now. Raises IdTaken."""
        new = {}
        for offered in chosen:
            account = account_from(snapshots[self._account_path(offered)], self._user_id)
            reservation = document(snapshots[self._reservation_path(offered)])
            if account and account.external_id != offered.external_id:
                raise IdTaken(offered)
            if reservation is None:
                new[offered.account_id] = offered
            elif reservation["accountId"] != offered.account_id:
                raise IdTaken(offered)
        taken = reserved_id(self.db, self._user_id, self._platform, list(new))
        if taken is not None:
            raise IdTaken(new[taken])

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
            wake_at=self._renewal_at() or warning_at(self.grant.tokens.ends_at),
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
        # Numbers of its posts may be overdue since it was disconnected.
        note_due(batch, self.db, account, METRICS, clock.now())
        if registry.shows_comments(account.platform):
            note_due(batch, self.db, account, INBOX, clock.now())
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

    def _account_path(self, account: OfferedAccount) -> str:
        return account_path(self._user_id, self._platform, account.account_id)

    def _reservation_path(self, account: OfferedAccount) -> str:
        return reservation_path(self._user_id, self._platform, account.external_id)

    def _grant_path(self, grant_id: str) -> str:
        return grant_path(self._user_id, self._platform, grant_id)
