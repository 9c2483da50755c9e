"""A Cloud Tasks emulator for the unchanged production client.

    rules.py       what the real service refuses and when it retries, without state
    queues.py      one queue, with its tasks in the order of their schedule
    store.py       all queues, and the names that cannot be reused yet
    delivery.py    a task as the HTTP request that the handler receives
    chaos.py       deliveries that fail on demand
    dispatcher.py  delivers due tasks, in threads or when a test asks for it
    service.py     the gRPC methods
    oidc.py        tokens like Google's, signed with our own key
    scheduler.py   a local Cloud Scheduler
    clock_file.py  moves the clock that every local process reads
    control.py     the HTTP API: chaos, clock, tasks, stats, certificates
    emulator.py    all of it as one object

It reproduces everything that a handler can notice. It does not limit dispatch
rates: neither `max_dispatches_per_second` nor the slowdown after 429 and 503.
"""

from local.tasks_emulator.delivery import Delivery
from local.tasks_emulator.emulator import CloudTasksEmulator
from local.tasks_emulator.queues import WaitingTask

__all__ = ["CloudTasksEmulator", "Delivery", "WaitingTask"]
