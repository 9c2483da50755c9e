"""What becomes of a grant when accounts leave it."""

from collections.abc import Collection
from typing import Any

from shared.gcp.grants import Grant, grant_from
from shared.gcp.revocations import write_revocation
from shared.platforms import registry


def leave_grant(
    batch: Any,
    db: Any,
    snapshot: Any,
    leaving: Collection[str],
) -> None:
    """Add to `batch` that accounts leave the grant of `snapshot`.

    With its last account, the grant goes, and the platform is asked to end the authorization. The
    commit fails if the grant has changed meanwhile.
    """
    grant = grant_from(snapshot)
    if grant is None:
        return
    unchanged = db.write_option(last_update_time=snapshot.update_time)
    remaining = [account_id for account_id in grant.account_ids if account_id not in leaving]
    if remaining:
        batch.update(snapshot.reference, {"accountIds": remaining}, option=unchanged)
        return
    batch.delete(snapshot.reference, option=unchanged)
    revoke_later(batch, db, grant)


def revoke_later(batch: Any, db: Any, grant: Grant) -> None:
    """Add to `batch` that the platform is asked to end an authorization, if it can."""
    if registry.connecting(grant.platform, grant.kind).revokes:
        write_revocation(batch, db, grant)
