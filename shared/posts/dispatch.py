"""Enqueueing after a commit whose `wakeAt` makes up for a task that never comes."""

from collections.abc import Callable

from shared import logs
from shared.gcp.tasks import DispatchFailed

log = logs.logger("dispatch")


def dispatch(enqueue: Callable[[], None]) -> None:
    """Let `enqueue` create a task; where it cannot, the sweeper does within minutes."""
    try:
        enqueue()
    except DispatchFailed as error:
        log.error("the change is stored, but not enqueued; the sweeper will: %s", error)
