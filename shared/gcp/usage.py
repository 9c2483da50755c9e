"""`rateLimits/{uid}:{minute}`: a user's requests by scope, counted blindly, read as a window."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from google.cloud import firestore

from shared.domain.rate_limit import OVERALL, start_of, window_of
from shared.gcp.firestore import document

_KEPT = timedelta(hours=1)


def usage_paths(user_id: str, now: datetime) -> tuple[str, str]:
    """The counters of the minute before and of this one."""
    window = window_of(now)
    return f"rateLimits/{user_id}:{window - 1}", f"rateLimits/{user_id}:{window}"


def usage_from(
    found: Mapping[str, Any], user_id: str, now: datetime
) -> tuple[dict[str, int], dict[str, int]]:
    """Requests by scope of the minute before and of this one."""
    previous, current = (
        # The minute may have ended since the read: what was not read counts as empty.
        (document(found[path]) if path in found else None) or {}
        for path in usage_paths(user_id, now)
    )
    return previous, current


def count_request(
    batch: firestore.WriteBatch,
    db: firestore.Client,
    user_id: str,
    scope: str | None,
    now: datetime,
) -> None:
    """Add one request to this minute's counters."""
    _, path = usage_paths(user_id, now)
    counts = {name: firestore.Increment(1) for name in (OVERALL, scope) if name}
    expiry = {"expiresAt": start_of(window_of(now)) + _KEPT}
    batch.set(db.document(path), {**counts, **expiry}, merge=True)
