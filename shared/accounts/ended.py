"""An authorization has ended: its accounts need a new one, and their posts are at risk."""

from shared import logs
from shared.domain.accounts import OfAccount
from shared.gcp.firestore import PreconditionFailed, StoreUnavailable
from shared.wiring import Parts

log = logs.logger("access")


def require_reconnect(owner: OfAccount, refused: int | None, reason: str, parts: Parts) -> None:
    """Mark the accounts of an authorization, and their scheduled posts.

    Nothing changes if the tokens are not those of version `refused` any more; None: whichever they
    are. Raises PreconditionFailed, StoreUnavailable.
    """
    for account in parts.grants.require_reconnect(owner, refused, reason):
        _note_risks(account, parts)


def _note_risks(account: OfAccount, parts: Parts) -> None:
    """Without the warning, the posts are checked before they are due."""
    # Most calls mark nothing.
    from shared.posts.risks import note_ended

    try:
        note_ended(account, parts)
    except (PreconditionFailed, StoreUnavailable) as error:
        log.warning("scheduled posts not marked as at risk: %s", error)
