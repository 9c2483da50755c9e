"""Authorizations from which nobody chose an account in time."""

from dataclasses import replace

from shared.domain.connections import Connection
from shared.gcp.connections import StoredConnection, write_connection
from shared.gcp.firestore import commit
from shared.gcp.grants import Grant
from shared.gcp.messages import Batch
from shared.gcp.revocations import write_revocation
from shared.platforms import registry
from shared.wiring import Parts


def forget_offer(stored: StoredConnection, parts: Parts) -> None:
    """Delete what the connection offers; the platform is asked to end the authorization.

    Raises PreconditionFailed, StoreUnavailable.
    """
    connection = stored.connection
    batch = Batch(parts.db)
    write_connection(parts.db, batch, stored, replace(connection, grant=None, accounts=()))
    _revoke(connection, batch, parts)
    # Written again, it says the same.
    commit(batch, landed=lambda: False)


def _revoke(connection: Connection, batch: Batch, parts: Parts) -> None:
    offered = connection.grant
    if offered is None or not registry.connecting(connection.platform, connection.kind).revokes:
        return
    grant = Grant(
        user_id=connection.user_id,
        platform=connection.platform,
        grant_id=offered.grant_id,
        kind=connection.kind,
        platform_user_id=offered.platform_user_id,
        scopes=offered.scopes,
        account_ids=(),
        tokens=offered.tokens,
    )
    write_revocation(batch, parts.db, grant)
