"""Authorizations that no account uses: Soku asks the platform to end them."""

from dataclasses import replace

from shared.accounts.leaving import revoke_later
from shared.domain import connections
from shared.domain.connections import Connection, ConnectionStatus, Failure, OfferedGrant
from shared.gcp.connections import StoredConnection, choosing_of, write_connection
from shared.gcp.firestore import commit
from shared.gcp.grants import Grant
from shared.gcp.messages import Batch
from shared.wiring import Parts

_DECLINED = Failure("declined", "You dropped this choice. To connect accounts, start again.")


def forget_offer(stored: StoredConnection, parts: Parts) -> None:
    """Delete what the connection offers; the platform is asked to end the authorization.

    Raises PreconditionFailed, StoreUnavailable.
    """
    _forget(stored, replace(stored.connection, grant=None, accounts=()), parts)


def refuse_offer(
    stored: StoredConnection, offered: OfferedGrant, failure: Failure, parts: Parts
) -> Connection:
    """The authorization is not what the user came for: returns the failed connection.

    Raises NotNow, PreconditionFailed, StoreUnavailable.
    """
    offering = replace(stored, connection=replace(stored.connection, grant=offered))
    failed = connections.fail(stored.connection, failure)
    _forget(offering, failed, parts)
    return failed


def decline_offer(stored: StoredConnection, parts: Parts) -> None:
    """The user wants none of the offered accounts.

    Other connections of the user that wait with the same authorization fail, too: it ends on the
    platform. Raises NotNow, PreconditionFailed, StoreUnavailable.
    """
    connection = stored.connection
    if connection.status is not ConnectionStatus.CHOOSING or connection.grant is None:
        raise connections.NotNow(f"{connection.status} -> failed")
    for each in choosing_of(parts.db, connection.user_id):
        offered = each.connection.grant
        if each.connection.platform != connection.platform or offered is None:
            continue
        if offered.grant_id == connection.grant.grant_id:
            refuse_offer(each, offered, _DECLINED, parts)


def _forget(stored: StoredConnection, after: Connection, parts: Parts) -> None:
    batch = Batch(parts.db)
    landed = write_connection(parts.db, batch, stored, after)
    if stored.connection.grant is not None:
        revoke_later(batch, parts.db, _grant_of(stored.connection, stored.connection.grant))
    commit(batch, landed)


def _grant_of(connection: Connection, offered: OfferedGrant) -> Grant:
    return Grant(
        user_id=connection.user_id,
        platform=connection.platform,
        grant_id=offered.grant_id,
        kind=connection.kind,
        platform_user_id=offered.platform_user_id,
        scopes=offered.scopes,
        account_ids=(),
        tokens=offered.tokens,
    )
