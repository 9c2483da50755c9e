"""Connecting the accounts of an authorization: at once, or after the user has chosen.

One commit writes the accounts, the grant, the reserved ids and the connection's new status. So
there is never an account without tokens, never tokens of nobody, and never half of a choice.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from shared import clock, logs
from shared.accounts.new_accounts import IdTaken, NewAccounts
from shared.accounts.offers import refuse_offer
from shared.domain import connections
from shared.domain.accounts import Integration, new_account_id
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
    integration_from,
    integration_path,
)
from shared.gcp.connections import (
    StoredConnection,
    save_connection,
)
from shared.gcp.firestore import (
    PreconditionFailed,
    StoreUnavailable,
    query_all,
    read_all,
    retry_conflicts,
)
from shared.gcp.grants import grant_from, grant_path
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
    new = NewAccounts(stored, grant, offered, frozenset(account_ids), parts.db)
    name = f"connection {stored.connection.connection_id}"
    try:
        after = retry_conflicts(name, new.read, new.write)
    except IdTaken as error:
        return refuse_offer(stored, grant, _overtaken(error), parts)
    log.info("accounts connected", extra=logs.fields(accountIds=list(after.account_ids)))
    _forget_risks(after, parts)
    return after


def _overtaken(error: IdTaken) -> Failure:
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
