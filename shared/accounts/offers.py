"""Authorizations from which nobody chose an account in time."""

from dataclasses import replace

from shared.domain.connections import Connection
from shared.gcp.accounts import integration_from, integration_path
from shared.gcp.connections import StoredConnection, write_connection
from shared.gcp.firestore import commit, read_all
from shared.gcp.grants import Grant, grant_path
from shared.gcp.messages import Batch
from shared.gcp.revocations import write_revocation
from shared.platforms import registry
from shared.wiring import Parts


def forget_offer(stored: StoredConnection, parts: Parts) -> None:
    """Delete what the connection offers; the platform is asked to end the authorization.

    An authorization that other accounts use stays. Raises PreconditionFailed, StoreUnavailable.
    """
    connection = stored.connection
    batch = Batch(parts.db)
    write_connection(parts.db, batch, stored, replace(connection, grant=None, accounts=()))
    if not _is_used(connection, parts):
        _revoke(connection, batch, parts)
    # Written again, it says the same.
    commit(batch, landed=lambda: False)


def _is_used(connection: Connection, parts: Parts) -> bool:
    """Whether ending the authorization could end that of a connected account."""
    if connection.grant is None:
        return True
    own = integration_path(connection.user_id, connection.platform)
    grant = grant_path(connection.user_id, connection.platform, connection.grant.grant_id)
    snapshots = read_all(parts.db, [own, grant])
    platform = registry.connecting(connection.platform, connection.kind)
    has_others = integration_from(snapshots[own]) is not None
    return snapshots[grant].exists or not platform.revokes or (platform.revokes_all and has_others)


def _revoke(connection: Connection, batch: Batch, parts: Parts) -> None:
    offered = connection.grant
    if offered is None:
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
