"""`rateLimits/{uid}`: a user's requests by minute and scope, and the last use of each API key.

Requests are counted with blind increments. There is one document for each user, so that the window
costs one read. Each count also removes the past minutes that were read, so the document stays
small. The last use of a key is here, because a write to the key itself could bring back a key that
was removed at the same time.

`users/{uid}/usage/{yyyy-mm}`: the posts of a month, where plans limit them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from google.cloud import firestore

from shared.domain.rate_limit import OVERALL, start_of, window_of
from shared.gcp.firestore import document
from shared.gcp.messages import REMOVED

# The counters are needed for two minutes. The last uses are kept for more than a year, so that they
# also show a key that a job uses once a year.
_STORED_FOR = timedelta(days=400)
LAST_USE_EVERY = timedelta(hours=1)
"""How old a stored last use is at most, so that not every request writes one."""
_MINUTES, _LAST_USED = "minutes", "lastUsed"
_POSTS = "posts"


@dataclass(frozen=True)
class Usage:
    minutes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Minute -> scope -> requests."""
    last_used: Mapping[str, datetime] = field(default_factory=dict)
    """Key hash -> time, for the keys that are not revoked."""


def usage_path(user_id: str) -> str:
    return f"rateLimits/{user_id}"


def usage_from(snapshot: Any) -> Usage:
    fields = document(snapshot) or {}
    return Usage(fields.get(_MINUTES) or {}, fields.get(_LAST_USED) or {})


def in_window(usage: Usage, now: datetime) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Requests by scope in the minute before that of `now`, and in that of `now`."""
    window = window_of(now)
    return usage.minutes.get(_name(window - 1), {}), usage.minutes.get(_name(window), {})


def count_request(
    batch: firestore.WriteBatch,
    db: firestore.Client,
    user_id: str,
    scope: str | None,
    *,
    key_hash: str | None,
    usage: Usage,
    now: datetime,
) -> None:
    """Add one request to this minute's counters, and note the use of its key at most once an hour.

    `usage` is the usage that was read.
    """
    window = window_of(now)
    recent = (_name(window), _name(window - 1))
    minutes: dict[str, Any] = {minute: REMOVED for minute in usage.minutes if minute not in recent}
    minutes[_name(window)] = {name: firestore.Increment(1) for name in (OVERALL, scope) if name}
    counted = {_MINUTES: minutes, "expiresAt": start_of(window) + _STORED_FOR}
    if key_hash is not None and _is_new_use(usage.last_used.get(key_hash), now):
        counted[_LAST_USED] = {key_hash: now}
    batch.set(db.document(usage_path(user_id)), counted, merge=True)


def forget_key(
    batch: firestore.WriteBatch, db: firestore.Client, user_id: str, key_hash: str
) -> None:
    """Remove the last use of a key that is revoked, from a usage that exists."""
    path = f"{_LAST_USED}.`{key_hash}`"
    batch.update(db.document(usage_path(user_id)), {path: REMOVED})


def months_path(user_id: str) -> str:
    return f"users/{user_id}/usage/"


def month_path(user_id: str, now: datetime) -> str:
    """The document of the month of `now`, in UTC."""
    return f"{months_path(user_id)}{now.astimezone(UTC):%Y-%m}"


def posts_of(month: Any) -> int:
    """The posts that were counted in the snapshot of a month."""
    counted: int = (document(month) or {}).get(_POSTS, 0)
    return counted


def count_post(
    batch: firestore.WriteBatch, db: firestore.Client, month: Any, *, exactly: bool
) -> None:
    """Count one more post. `exactly`: only if no other post was counted since `month` was read."""
    if not exactly:
        batch.set(month.reference, {_POSTS: firestore.Increment(1)}, merge=True)
    elif not month.exists:
        batch.create(month.reference, {_POSTS: 1})
    else:
        option = db.write_option(last_update_time=month.update_time)
        batch.update(month.reference, {_POSTS: posts_of(month) + 1}, option=option)


def _is_new_use(known: datetime | None, now: datetime) -> bool:
    return known is None or now - known >= LAST_USE_EVERY


def _name(window: int) -> str:
    return f"m{window}"
