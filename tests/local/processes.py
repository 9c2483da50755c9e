"""Processes of the local stack: which exist, and waiting for them."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

LIMIT_SECONDS = 20.0


def wait_until(condition: Callable[[], bool]) -> None:
    """Return once `condition` is true; fail after the limit."""
    pause = threading.Event()
    for _ in range(int(LIMIT_SECONDS / 0.02)):
        if condition():
            return
        pause.wait(0.02)
    pytest.fail("the condition did not come true")


def exists(pid: int) -> bool:
    """Whether a process exists and is not a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in tasks.read_text().split()]
