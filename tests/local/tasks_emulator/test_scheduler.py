"""The jobs of the scheduler."""

from datetime import timedelta
from queue import Empty

import pytest

from local.tasks_emulator import dispatcher, scheduler
from local.tasks_emulator.clock_file import ClockFile
from shared import clock
from tests.local.tasks_emulator.driving import (
    LIMIT_SECONDS,
    Handler,
    create,
    verify,
)


def test_a_clock_moved_by_another_process_is_noticed(start, clock_file, monkeypatch, sweeper):
    handler = Handler()
    url, received, _ = sweeper
    monkeypatch.setattr(dispatcher, "_LOOK_AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(scheduler, "_LOOK_AGAIN_SECONDS", 0.05)
    emulator = start(handler, jobs=[(url, url, 86400)])
    create(emulator, schedule_time=clock.now() + timedelta(days=1))
    ClockFile(clock_file).advance(86400)
    handler.next()
    received.get(timeout=LIMIT_SECONDS)


def test_a_jump_over_many_boundaries_runs_a_job_once(start, sweeper):
    url, received, _ = sweeper
    emulator = start(
        Handler(), jobs=[(url, "https://sweep.test", 86400)], scheduler_email="s@d.test"
    )
    assert received.empty()
    emulator.advance(3 * 365 * 86400)
    request = received.get(timeout=LIMIT_SECONDS)
    assert (request.method, request.headers["User-Agent"]) == ("POST", "Google-Cloud-Scheduler")
    claims = verify(emulator, request.headers["Authorization"], "https://sweep.test")
    assert claims["email"] == "s@d.test"
    with pytest.raises(Empty):
        received.get(timeout=0.3)
    emulator.advance(86400)
    received.get(timeout=LIMIT_SECONDS)


def test_a_failed_job_is_reported_and_runs_again_at_the_next_boundary(start, sweeper, capfd):
    url, received, statuses = sweeper
    statuses.append(500)
    emulator = start(Handler(), jobs=[(url, url, 86400)])
    emulator.advance(86400)
    received.get(timeout=LIMIT_SECONDS)
    emulator.advance(86400)
    received.get(timeout=LIMIT_SECONDS)
    assert f"The scheduled POST to {url} got the response 500" in capfd.readouterr().err
