"""10,000 accounts that are due at once: how many sweeps enqueue them, and how long each takes.

A sweep has 45 seconds, since the next one begins after a minute. What it does not reach stays due.
"""

import time
from collections.abc import Mapping
from datetime import timedelta

from google.cloud import firestore, tasks_v2

from functions.sweeper.sweep import LONGEST_SECONDS, sweep
from shared import clock, config
from shared.gcp.collecting import METRICS, Collecting, note_due
from shared.gcp.messages import Batch
from shared.gcp.runs import Woken, due
from shared.gcp.tasks import TaskQueues, connect
from shared.wiring import Parts

ACCOUNTS = 10_000
PLATFORM = "threads"
_BATCH = 500
_MOST_SWEEPS = 20

Figures = dict[str, float]


def measure(environment: Mapping[str, str], db: firestore.Client) -> Figures:
    """The last part: its tasks stay in a queue that is paused."""
    settings = config.read(environment)
    queue = f"projects/{settings.project}/locations/{settings.region}/queues/collect-{PLATFORM}"
    connect(settings).pause_queue(tasks_v2.PauseQueueRequest(name=queue))
    parts = Parts(settings, db, TaskQueues(settings, connect))
    _write(db)
    longest = 0.0
    for sweeps in range(1, _MOST_SWEEPS + 1):
        started = time.perf_counter()
        sweep(parts)
        longest = max(longest, time.perf_counter() - started)
        if not due(db, Woken.COLLECTING, clock.now(), 1):
            return {"collect_sweeps": sweeps, "collect_sweep_ratio": longest / LONGEST_SECONDS}
    raise RuntimeError(f"{_MOST_SWEEPS} sweeps did not enqueue {ACCOUNTS} accounts")


def _write(db: firestore.Client) -> None:
    now = clock.now() - timedelta(minutes=1)
    for start in range(0, ACCOUNTS, _BATCH):
        batch = Batch(db)
        for number in range(start, start + _BATCH):
            owner = Collecting("bench", PLATFORM, f"threads_{number}", METRICS, now)
            note_due(batch, db, owner, METRICS, now)
        batch.commit()
