"""Stops a process of the local stack on Ctrl-C or SIGTERM."""

import signal
import threading


def stop_signal() -> threading.Event:
    """An event that SIGTERM and SIGINT set from now on."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return stopped
