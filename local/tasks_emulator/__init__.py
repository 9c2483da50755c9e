"""A Cloud Tasks emulator that the production client talks to unchanged.

    rules.py       what the real service refuses, and when it retries: no state
    queues.py      one queue: its tasks in the order of their schedule
    store.py       all queues, and the names that may not be used again
    delivery.py    a task as the HTTP request that the handler receives
    chaos.py       deliveries that go wrong on demand
    dispatcher.py  hands over what is due, by threads or when a test says so
    service.py     the gRPC methods
    oidc.py        tokens as Google signs them, with a key of our own
    scheduler.py   a local Cloud Scheduler
    clock_file.py  moves the clock that every local process reads
    control.py     the HTTP side: chaos, clock, tasks, stats, certificates
    emulator.py    all of it as one object

It keeps what a handler can notice. It does not keep dispatch rates: neither
`max_dispatches_per_second` nor the slowing down after 429 and 503.
"""

from local.tasks_emulator.delivery import Delivery
from local.tasks_emulator.emulator import CloudTasksEmulator
from local.tasks_emulator.queues import WaitingTask

__all__ = ["CloudTasksEmulator", "Delivery", "WaitingTask"]
