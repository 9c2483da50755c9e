"""`rateLimits/{uid}`: a user's requests by minute and scope, counted with blind increments.

There is one document for each user, so that the window costs one read. Each count also removes the
past minutes that were read, so the document stays small.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from google.cloud import firestore

from shared.domain.rate_limit import OVERALL, start_of, window_of
from shared.gcp.firestore import document

_STORED_FOR = timedelta(hours=1)
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
    """Requests by scope in the minute before that of `now`, and in that of `now`."""
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
    """Add one request to this minute's counters; `usage` is the usage that was read."""
    window = window_of(now)
    recent = (_name(window), _name(window - 1))
    minutes: dict[str, Any] = {
        minute: firestore.DELETE_FIELD for minute in usage if minute not in recent
    }
    minutes[_name(window)] = {name: firestore.Increment(1) for name in (OVERALL, scope) if name}
    counted = {_MINUTES: minutes, "expiresAt": start_of(window) + _STORED_FOR}
    batch.set(db.document(usage_path(user_id)), counted, merge=True)


def _name(window: int) -> str:
    return f"m{window}"
