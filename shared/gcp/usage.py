"""`rateLimits/{uid}`: a user's requests by minute and scope, counted blindly, read as a window.

One document for each user, so that the window costs one read. Each count takes
away the minutes that were read and are over, so the document stays small.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from google.cloud import firestore

from shared.domain.rate_limit import OVERALL, start_of, window_of
from shared.gcp.firestore import document

_KEPT = timedelta(hours=1)
_MINUTES = "minutes"

Usage = Mapping[str, Mapping[str, int]]
"""Minute -> scope -> requests."""


def usage_path(user_id: str) -> str:
    return f"rateLimits/{user_id}"


def usage_from(snapshot: Any) -> Usage:
    fields = document(snapshot) or {}
    usage: Usage = fields.get(_MINUTES) or {}
    return usage


def in_window(usage: Usage, now: datetime) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Requests by scope of the minute before `now` and of the one it lies in."""
    window = window_of(now)
    return usage.get(_name(window - 1), {}), usage.get(_name(window), {})


def count_request(
    batch: firestore.WriteBatch,
    db: firestore.Client,
    user_id: str,
    scope: str | None,
    *,
    usage: Usage,
    now: datetime,
) -> None:
    """Add one request to this minute's counters; `usage` is what was read before."""
    window = window_of(now)
    kept = (_name(window), _name(window - 1))
    minutes: dict[str, Any] = {
        minute: firestore.DELETE_FIELD for minute in usage if minute not in kept
    }
    minutes[_name(window)] = {name: firestore.Increment(1) for name in (OVERALL, scope) if name}
    counted = {_MINUTES: minutes, "expiresAt": start_of(window) + _KEPT}
    batch.set(db.document(usage_path(user_id)), counted, merge=True)


def _name(window: int) -> str:
    return f"m{window}"
