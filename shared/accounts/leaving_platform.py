"""What a platform tells us about a person: they removed our app, or want their data deleted."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared import clock
from shared.accounts.disconnecting import disconnect
from shared.accounts.ended import require_reconnect
from shared.domain.errors import ApiError
from shared.gcp.accounts import account_from, account_path
from shared.gcp.firestore import document, read_all
from shared.gcp.grants import grants_of_person
from shared.platforms import registry
from shared.platforms.meta.callbacks import Notice
from shared.wiring import Parts

# How long a person can ask about a deletion.
KEPT_FOR = timedelta(days=90)
_CODE_BYTES = 16
_CODE = re.compile("[A-Za-z0-9_-]{22}")


@dataclass(frozen=True)
class Deletion:
    platform: str
    at: datetime


def end_authorizations(platform: str, notice: Notice, parts: Parts) -> int:
    """Mark all accounts of a person as ended; returns their number.

    What the person gave after the notice is not meant: it may be late, or come again. Raises
    StoreUnavailable.
    """
    accounts = 0
    reason = registry.about(platform).reconnect
    for grant in grants_of_person(parts.db, platform, notice.user_id):
        if not notice.concerns(grant.connected_at):
            continue
        for account_id in grant.account_ids:
            path = account_path(grant.user_id, platform, account_id)
            account = account_from(read_all(parts.db, [path])[path], grant.user_id)
            if account is not None:
                require_reconnect(account, None, reason, parts)
                accounts += 1
    return accounts


def delete_accounts(platform: str, person: str, parts: Parts) -> str:
    """Disconnect all accounts of a person; returns the code with which to ask about it.

    Safe to repeat. Raises StoreUnavailable.
    """
    for grant in grants_of_person(parts.db, platform, person):
        for account_id in grant.account_ids:
            try:
                disconnect(grant.user_id, platform, account_id, parts)
            except ApiError:
                # Its owner has disconnected it meanwhile.
                continue
    code, now = secrets.token_urlsafe(_CODE_BYTES), clock.now()
    fields = {"platform": platform, "at": now, "deleteAt": now + KEPT_FOR}
    parts.db.document(_path(code)).set(fields)
    return code


def deletion_of(code: str, parts: Parts) -> Deletion | None:
    """Raises StoreUnavailable."""
    is_reserved = code.startswith("__") and code.endswith("__")
    if not _CODE.fullmatch(code) or is_reserved:
        return None
    fields: dict[str, Any] | None = document(read_all(parts.db, [_path(code)])[_path(code)])
    return Deletion(fields["platform"], fields["at"]) if fields else None


def _path(code: str) -> str:
    return f"platformDeletions/{code}"
