"""`collectBudgets/{platform}-{day}`: what the collector spent on a platform within a UTC day.

Written blindly before each request that costs something. Tasks that run at the same time can
overspend by one request each.
"""

from datetime import datetime, timedelta

from google.cloud import firestore

from shared.gcp.firestore import commit, document, read_all
from shared.gcp.messages import Batch
from shared.gcp.readings import day_of

_STORED_FOR = timedelta(days=3)


def spent(db: firestore.Client, platform: str, now: datetime) -> int:
    """What was spent on the day of `now`. Raises StoreUnavailable."""
    path = _path(platform, now)
    used: int = (document(read_all(db, [path])[path]) or {}).get("spent", 0)
    return used


def spend(db: firestore.Client, platform: str, cost: int, now: datetime) -> None:
    """Count `cost` for the day of `now`. Raises StoreUnavailable."""
    batch = Batch(db)
    fields = {"spent": firestore.Increment(cost), "expiresAt": now + _STORED_FOR}
    batch.set(db.document(_path(platform, now)), fields, merge=True)
    commit(batch, landed=lambda: False)


def _path(platform: str, now: datetime) -> str:
    return f"collectBudgets/{platform}-{day_of(now)}"
