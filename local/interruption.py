"""What Ctrl-C and SIGTERM do to the processes of the local stack."""

import signal
import threading


def interrupt_once() -> None:
    """The first signal raises KeyboardInterrupt; later ones do not interrupt the shutdown.

    Unlike SIG_IGN, a handler that does nothing is not inherited by new processes.
    """
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # for example under nohup
        numbers.append(signal.SIGHUP)

    def interrupt(*_: object) -> None:
        for number in numbers:
            signal.signal(number, _do_nothing)
        raise KeyboardInterrupt

    for number in numbers:
        signal.signal(number, interrupt)


def stop_signal() -> threading.Event:
    """An event that SIGTERM and SIGINT set from now on."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return stopped


def _do_nothing(*_: object) -> None:
    pass
