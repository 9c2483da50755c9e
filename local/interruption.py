"""Ctrl-C and SIGTERM, once."""

import signal


def interrupt_once() -> None:
    """The first signal raises KeyboardInterrupt; more of them do not disturb the stopping.

    A handler that does nothing is, unlike SIG_IGN, not inherited by new processes.
    """
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as under nohup
        numbers.append(signal.SIGHUP)

    def interrupt(*_: object) -> None:
        for number in numbers:
            signal.signal(number, _do_nothing)
        raise KeyboardInterrupt

    for number in numbers:
        signal.signal(number, interrupt)


def _do_nothing(*_: object) -> None:
    pass
