"""The time zone of the machine."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def machine_in(zone: str) -> Iterator[None]:
    """This process runs where the clock is that of `zone`, such as Asia/Kolkata."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TZ", zone)
        time.tzset()
        try:
            yield
        finally:
            environment.undo()
            time.tzset()
