"""How the system is doing, for the page /status.

`platformHealth/{platform}-{minute}-{0..15}`: runs that ended on a platform within a minute. Each
count is a blind increment in a commit of its own, spread over 16 documents, so that no document is
written by every run, and no run fails or waits because of it.

`sweeps/latest`: when the sweeper last came to its end.
"""

import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from google.api_core.exceptions import GoogleAPIError
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared import clock, logs
from shared.domain.platform_health import Counts, minute_of
from shared.domain.run import Run
from shared.gcp.firestore import document, query_all, read_all
from shared.gcp.messages import Batch

log = logs.logger("health")

SHARDS = 16
_STORED_FOR = timedelta(hours=2)
_LATEST_SWEEP = "sweeps/latest"
# It is tried once, with a short timeout.
_COMMIT_SECONDS = 2.0


def count_success(db: firestore.Client, run: Run) -> None:
    """The post of a run went live."""
    _count(db, run, "succeeded")


def count_failure(db: firestore.Client, run: Run) -> None:
    """A run failed, or is held up, because of its platform."""
    _count(db, run, "failed")


def note_sweep(db: firestore.Client) -> None:
    """A sweep has finished."""
    batch = Batch(db)
    batch.set(db.document(_LATEST_SWEEP), {"at": clock.now()})
    _commit(batch, "sweep not noted")


def latest_sweep(db: firestore.Client) -> datetime | None:
    """When a sweep last finished; None before the first. Raises StoreUnavailable."""
    fields = document(read_all(db, [_LATEST_SWEEP])[_LATEST_SWEEP]) or {}
    return fields.get("at")


def counts_since(db: firestore.Client, minute: int) -> Mapping[tuple[str, int], Counts]:
    """The counts by platform and minute, from `minute` on. Raises StoreUnavailable."""
    found: dict[tuple[str, int], Counts] = {}
    later = FieldFilter("minute", ">=", minute)
    for snapshot in query_all(db.collection("platformHealth").where(filter=later)):
        fields = snapshot.to_dict()
        key = (fields["platform"], fields["minute"])
        shard = Counts(fields.get("succeeded", 0), fields.get("failed", 0))
        found[key] = found.get(key, Counts()) + shard
    return found


def _count(db: firestore.Client, run: Run, what: str) -> None:
    """Test posts do not count: they do not reach the platform."""
    if run.mode == "test":
        return
    now = clock.now()
    minute = minute_of(now)
    # Runs of different posts can have the same id.
    shard = zlib.crc32(f"{run.submission_id}/{run.run_id}".encode()) % SHARDS
    fields: dict[str, Any] = {
        "platform": run.platform,
        "minute": minute,
        what: firestore.Increment(1),
        "expiresAt": now + _STORED_FOR,
    }
    batch = Batch(db)
    path = f"platformHealth/{run.platform}-{minute}-{shard}"
    batch.set(db.document(path), fields, merge=True)
    _commit(batch, "health of the platform not counted")


def _commit(batch: firestore.WriteBatch, fault: str) -> None:
    """A commit that nothing depends on: a failure is only logged."""
    try:
        batch.commit(retry=None, timeout=_COMMIT_SECONDS)
    except GoogleAPIError as error:
        log.warning("%s: %s", fault, error)
