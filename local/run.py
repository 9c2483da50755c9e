"""`make run`: the local stack until Ctrl-C, as the environment asks for it."""

import os
import signal
import sys
import time
from functools import partial

from local.failures import StackError, WrongSetting
from local.ports import DEFAULT_BASE, Ports
from local.stack import Stack
from local.welcome import welcome

_LOOK_SECONDS = 0.2


def main() -> int:
    """Run until Ctrl-C or SIGTERM; return 1 if a part could not start or ended unexpectedly."""
    _interrupt_once()
    try:
        stack = _from_environment()
        started = time.monotonic()
        with stack:
            print(welcome(stack.info, stack.state.path, time.monotonic() - started), flush=True)
            while True:
                stack.check()
                time.sleep(_LOOK_SECONDS)
    except KeyboardInterrupt:
        print("\nStopped. All processes have ended.", flush=True)
        return 0
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:  # such as a full disk
        print(f"The local stack cannot continue: {error}", file=sys.stderr)
        return 1


def _from_environment() -> Stack:
    """Raises WrongSetting."""
    base = os.environ.get("PORT_BASE", "")
    if base and not (base.isascii() and base.isdigit() and 1024 <= int(base) <= 65000):
        raise WrongSetting(
            "PORT_BASE must be a port from 1024 to 65000, for example: PORT_BASE=9000 make run"
        )
    keep = os.environ.get("KEEP", "")
    if keep not in ("", "0", "1"):
        raise WrongSetting("KEEP must be 1 or 0, for example: KEEP=1 make run")
    return Stack(
        ports=Ports(int(base)) if base else Ports(DEFAULT_BASE, strict=False),
        keep=keep == "1",
        save=True,
        fetch_allowed_origins=os.environ.get("FETCH_ALLOWED_ORIGINS", ""),
        report=partial(print, flush=True),
    )


def _interrupt_once() -> None:
    """The first signal raises KeyboardInterrupt; later ones do not interrupt the shutdown.

    Unlike SIG_IGN, a handler that does nothing is not inherited by new processes.
    """
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # for example under nohup
        numbers.append(signal.SIGHUP)

    def interrupt(*_: object) -> None:
        for number in numbers:
            signal.signal(number, lambda *_: None)
        raise KeyboardInterrupt

    for number in numbers:
        signal.signal(number, interrupt)
