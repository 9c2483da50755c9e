"""Emulators that deliver only when a test says so, and a function for their jobs."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue

import pytest
from werkzeug.wrappers import Request, Response

from local.http_server import LocalServer
from local.tasks_emulator import CloudTasksEmulator, Delivery, dispatcher, scheduler
from shared import clock
from tests.local.tasks_emulator.driving import (
    QUEUE,
    Handler,
)


@pytest.fixture
def clock_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "clock-offset"
    monkeypatch.setattr(clock, "_offset", clock._Offset(str(path)))
    return path


@pytest.fixture
def start(
    clock_file: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., CloudTasksEmulator]]:
    """Starts an emulator with one queue, and stops it after the test.

    It never checks the clock on its own, so the test causes every delivery.
    """
    monkeypatch.setattr(dispatcher, "_LOOK_AGAIN_SECONDS", 3600.0)
    monkeypatch.setattr(scheduler, "_LOOK_AGAIN_SECONDS", 3600.0)
    with contextlib.ExitStack() as running:

        def begin(deliver: Callable[[Delivery], int] | None = None, **kwargs):
            emulator = CloudTasksEmulator(clock_file=clock_file, deliver=deliver, **kwargs)
            emulator.start()
            running.callback(emulator.stop)
            emulator.create_queue(QUEUE)
            return emulator

        yield begin


@pytest.fixture
def manual(start: Callable[..., CloudTasksEmulator]) -> tuple[CloudTasksEmulator, Handler]:
    handler = Handler()
    return start(handler, manual=True), handler


@pytest.fixture
def sweeper() -> Iterator[tuple[str, Queue[Request], list[int]]]:
    """(URL, received requests, statuses still to return) of a function that jobs call."""
    received: Queue[Request] = Queue()
    statuses: list[int] = []

    @Request.application
    def application(request: Request) -> Response:
        received.put(request)
        return Response(status=statuses.pop(0) if statuses else 200)

    server = LocalServer(application)
    server.start()
    yield server.url, received, statuses
    server.stop()
