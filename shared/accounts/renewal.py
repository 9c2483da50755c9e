"""When unused tokens of a grant are renewed: before the platform ends them.

Platforms end a refresh token that is not used for a while, or an access token that is not exchanged
in time. Renewals are spread, so that accounts that were connected in the same minute do not all
come due in the same minute.
"""

import hashlib
from datetime import datetime, timedelta

from shared import clock
from shared.domain.accounts import EXPIRING_BEFORE, SealedTokens
from shared.platforms import registry

# Of the time until a renewal, the part over which renewals are spread.
_SPREAD = 0.1
RETRY_AFTER = timedelta(hours=6)
"""When a renewal is tried again that the platform did not answer."""


def renewal_at(
    platform: str,
    kind: str,
    grant_id: str,
    *,
    has_refresh_token: bool,
    refresh_expires_at: datetime | None,
) -> datetime | None:
    """When tokens that were stored now should be renewed; None if they cannot or need not be."""
    now = clock.now()
    remaining = refresh_expires_at - now if refresh_expires_at else None
    wait = registry.connecting(platform, kind).renew_after(
        has_refresh_token=has_refresh_token, refresh_lifetime=remaining
    )
    return None if wait is None else now + wait * (1 - _SPREAD * _part(grant_id))


def renewal_of(tokens: SealedTokens, platform: str, kind: str, grant_id: str) -> datetime | None:
    """The same for tokens that were just given."""
    return renewal_at(
        platform,
        kind,
        grant_id,
        has_refresh_token=tokens.refresh is not None,
        refresh_expires_at=tokens.refresh_expires_at,
    )


def warning_at(ends_at: datetime | None) -> datetime | None:
    """When to say that only its user can renew an authorization, which ends at `ends_at`.

    None if it has no end, or ends too soon for a warning.
    """
    at = ends_at - EXPIRING_BEFORE if ends_at else None
    return at if at and at > clock.now() else None


def _part(grant_id: str) -> float:
    """A number from 0 to 1 that is always the same for a grant."""
    return hashlib.sha256(grant_id.encode()).digest()[0] / 255
