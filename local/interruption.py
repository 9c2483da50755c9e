"""Handles Ctrl-C and SIGTERM once."""

import signal


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


def _do_nothing(*_: object) -> None:
    pass
