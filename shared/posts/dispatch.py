"""Enqueueing after a commit. Its `wakeAt` covers a task that is never created."""

from collections.abc import Callable, Iterable
from functools import partial

from shared import logs
from shared.domain.run import Run
from shared.gcp.tasks import DispatchFailed
from shared.wiring import Parts

log = logs.logger("dispatch")


def dispatch(enqueue: Callable[[], None]) -> None:
    """Call `enqueue` to create a task. If it fails, the sweeper creates one within minutes."""
    try:
        enqueue()
    except DispatchFailed as error:
        log.error("change stored, but not enqueued; the sweeper will: %s", error)


def dispatch_runs(changed: Iterable[Run], parts: Parts) -> None:
    """Create a task for each of the runs."""
    for run in changed:
        dispatch(partial(parts.queues.dispatch_run, run))
