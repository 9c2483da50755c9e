"""Enqueueing after a commit whose `wakeAt` makes up for a task that never comes."""

from collections.abc import Callable, Iterable
from functools import partial

from shared import logs
from shared.domain.run import Run
from shared.gcp.tasks import DispatchFailed
from shared.wiring import Parts

log = logs.logger("dispatch")


def dispatch(enqueue: Callable[[], None]) -> None:
    """Let `enqueue` create a task; where it cannot, the sweeper does within minutes."""
    try:
        enqueue()
    except DispatchFailed as error:
        log.error("the change is stored, but not enqueued; the sweeper will: %s", error)


def dispatch_runs(changed: Iterable[Run], parts: Parts) -> None:
    """A task for each of the runs."""
    for run in changed:
        dispatch(partial(parts.queues.dispatch_run, run))
