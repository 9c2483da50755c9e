"""A Cloud Tasks emulator for the unchanged production client.

It reproduces everything that a handler can notice. It does not limit dispatch
rates: neither `max_dispatches_per_second` nor the slowdown after 429 and 503.
"""

from local.tasks_emulator.delivery import Delivery
from local.tasks_emulator.emulator import CloudTasksEmulator
from local.tasks_emulator.queues import WaitingTask

__all__ = ["CloudTasksEmulator", "Delivery", "WaitingTask"]
