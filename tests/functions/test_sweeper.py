"""Overdue work is enqueued again, and not too often."""

import itertools
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.sweeper import sweep as sweeping
from functions.sweeper.sweep import THREADS, sweep
from shared import clock
from shared.domain.run import Run, RunStatus
from shared.gcp.deliveries import Deliveries
from shared.gcp.runs import StoredRun, run_fields, submission_path
from shared.gcp.tasks import DispatchFailed, QueueDown
from tests import extent
from tests.functions.publishing import fault, stored_run
from tests.world import World

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def _tasks(world: World) -> int:
    return len(world.tasks.pending())


def test_when_nothing_is_due_nothing_is_enqueued(world: World) -> None:
    world.submit("Hello", "x")
    assert sweep(world.parts) == "enqueued 0 submissions and 0 runs"
    assert _tasks(world) == 1


def test_an_accepted_post_whose_task_was_lost_is_found_after_two_minutes(world: World) -> None:
    post = world.submit("Hello", "x")
    world.tasks.clear()
    world.advance(timedelta(minutes=1, seconds=55))
    assert sweep(world.parts) == "enqueued 0 submissions and 0 runs"
    world.advance(timedelta(seconds=6))
    assert sweep(world.parts) == "enqueued 1 submissions and 0 runs"
    world.deliver_due()
    assert world.submission(post)["status"] == "succeeded"


def test_a_run_whose_task_was_lost_is_found(world: World) -> None:
    world.submit("Hello", "x")
    world.tasks.deliver_due()
    world.tasks.clear()
    world.advance(3 * MINUTE)
    assert sweep(world.parts) == "enqueued 1 submissions and 1 runs"
    world.deliver_due()
    assert world.visible("x") == ["Hello"]


def test_a_waiting_run_is_not_found_before_its_time(world: World) -> None:
    world.submit("Hello", "x")
    fault(world, "x", "POST /2/tweets", "rate_limit", retryAfter=3600)
    world.deliver_due()
    world.tasks.clear()
    world.advance(59 * MINUTE)
    assert "and 0 runs" in sweep(world.parts)
    world.advance(4 * MINUTE)
    assert "and 1 runs" in sweep(world.parts)
    world.deliver_due()
    assert world.visible("x") == ["Hello"]


def test_a_post_that_comes_due_within_the_hour_is_enqueued_for_its_second(world: World) -> None:
    due = clock.now() + timedelta(days=90)
    post = world.submit("Hello", "x", scheduledTime=due.isoformat())
    world.advance(timedelta(days=89, hours=22))
    assert sweep(world.parts) == "enqueued 0 submissions and 0 runs"
    world.advance(HOUR + MINUTE)
    assert sweep(world.parts) == "enqueued 1 submissions and 0 runs"
    check, task = sorted(world.tasks.pending(), key=lambda task: task.schedule_time)
    assert "checkedRunId" in check.body
    assert task.schedule_time == world.submission(post)["scheduledTime"]
    assert sweep(world.parts) == "enqueued 0 submissions and 0 runs"


def test_a_post_whose_time_passed_unseen_goes_out_at_once(world: World) -> None:
    due = clock.now() + timedelta(days=90)
    world.submit("Hello", "x", scheduledTime=due.isoformat())
    world.advance(timedelta(days=91))
    sweep(world.parts)
    world.deliver_due()
    assert world.visible("x") == ["Hello"]


def test_a_stuck_document_is_enqueued_at_doubling_intervals_up_to_an_hour(world: World) -> None:
    post = world.submit("Hello", "x")
    waits = []
    for sweeps in range(8):
        before = _tasks(world)
        world.advance(world.submission(post)["wakeAt"] - clock.now() + timedelta(seconds=1))
        assert sweep(world.parts) == "enqueued 1 submissions and 0 runs"
        assert _tasks(world) == before + 1
        submission = world.submission(post)
        assert submission["sweeps"] == sweeps + 1
        waits.append(round((submission["wakeAt"] - clock.now()) / MINUTE))
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]


def test_a_document_that_moved_again_is_swept_from_two_minutes_on(world: World) -> None:
    post = world.submit("Hello", "x")
    for _ in range(3):
        world.tasks.clear()
        world.advance(10 * MINUTE)
        sweep(world.parts)
    assert world.submission(post)["sweeps"] >= 2
    world.tasks.deliver_due()
    assert not world.submission(post).get("sweeps")
    assert world.run(post, "x")["sweeps"] == 0


def test_ended_canceled_and_draft_posts_are_never_found(world: World) -> None:
    world.submit("Hello", "x")
    world.live_until_quiet()
    world.submit("Later", "x", draft=True)
    world.advance(timedelta(days=30))
    # When the numbers of the published post are read.
    world.sweep()
    world.deliver_due()
    assert sweep(world.parts) == "enqueued 0 submissions and 0 runs"


@pytest.mark.full
def test_a_thousand_due_documents_are_found_in_one_sweep(world: World) -> None:
    post = world.submit("Hello", "x")
    world.tasks.deliver_due()
    world.tasks.clear()
    run = replace(stored_run(world, post, "x"), wake_at=clock.now() - MINUTE)
    writer = world.parts.db.bulk_writer()
    for number in range(1000):
        path = f"{submission_path(f's{number}')}/runs/x"
        writer.create(world.parts.db.document(path), run_fields(run))
    writer.close()
    assert sweep(world.parts) == "enqueued 0 submissions and 1000 runs"
    assert _tasks(world) == 1000
    assert sweep(world.parts) == "enqueued 0 submissions and 0 runs"


def test_a_document_that_moves_meanwhile_is_not_changed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = world.submit("Hello", "x")
    world.tasks.deliver_due()
    world.advance(3 * MINUTE)
    reference = world.parts.db.document(f"postSubmissions/{post}/runs/x")
    wake_at = clock.now() + HOUR

    save, moved = Deliveries.save, []

    def moved_first(self: Deliveries, stored: StoredRun, after: Run) -> Any:
        moved.append(reference.update({"wakeAt": wake_at, "seq": 7}))
        return save(self, stored, after)

    monkeypatch.setattr(Deliveries, "save", moved_first)
    world.sweep()
    assert len(moved) == 1
    run = stored_run(world, post, "x")
    assert (run.wake_at, run.seq, run.sweeps) == (wake_at, 7, 0)
    assert run.status is RunStatus.QUEUED


def test_while_the_queue_is_unavailable_the_wake_up_stays(world: World) -> None:
    post = world.submit("Hello", "x")
    world.tasks.clear()
    world.advance(3 * MINUTE)
    working, before = world.parts.queues, world.submission(post)["wakeAt"]

    class Away:
        def dispatch_submission(self, submission: Any, at: Any = None) -> None:
            raise DispatchFailed("away")

    world.with_parts(queues=Away())
    assert sweep(world.parts) == "enqueued 0 submissions and 0 runs"
    assert world.submission(post)["wakeAt"] == before
    world.with_parts(queues=working)
    assert sweep(world.parts) == "enqueued 1 submissions and 0 runs"


@pytest.mark.parametrize("platform", ["x", "threads"])
def test_an_unconfirmed_run_whose_task_was_lost_is_still_looked_up(
    world: World, platform: str
) -> None:
    visible = {"x": "POST /2/tweets", "threads": "POST /v1.0/me/threads_publish"}[platform]
    post = world.submit("Hello", platform)
    fault(world, platform, visible, "accept_then_500")
    world.deliver_due()
    world.tasks.clear()
    world.advance(4 * MINUTE)
    assert sweep(world.parts) == "enqueued 0 submissions and 1 runs"
    world.deliver_due()
    assert world.run(post, platform)["status"] == "succeeded"
    assert world.submission(post)["status"] == "succeeded"


def _overdue_runs(world: World, counts: dict[str, int]) -> None:
    """Runs whose tasks were lost long ago, the more of a platform the longer."""
    post = world.submit("Hello", "x")
    world.tasks.deliver_due()
    world.tasks.clear()
    like, writer = stored_run(world, post, "x"), world.parts.db.bulk_writer()
    world.parts.db.document(f"postSubmissions/{post}/runs/x").update({"wakeAt": None})
    for platform, count in counts.items():
        wake_at = clock.now() - count * MINUTE
        run = replace(like, platform=platform, run_id=platform, wake_at=wake_at)
        for number in range(count):
            path = f"{submission_path(f'{platform}{number}')}/runs/{platform}"
            writer.create(world.parts.db.document(path), run_fields(run))
    writer.close()


class _Queues:
    """Queues of which some do not work."""

    def __init__(self, broken: dict[str, DispatchFailed]) -> None:
        self._broken = broken
        self.tried: list[str] = []

    def dispatch_submission(self, submission: Any, at: Any = None) -> None: ...

    def dispatch_run(self, run: Run, at: Any = None) -> None:
        self.tried.append(run.platform)
        if run.platform in self._broken:
            raise self._broken[run.platform]


@pytest.mark.full
@pytest.mark.parametrize("is_missing", extent.some([True, False], [True]))
def test_a_queue_that_does_not_work_is_tried_once_and_the_others_go_on(
    world: World,
    is_missing: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    _overdue_runs(world, {"x": 250, "threads": 50, "youtube": 3})
    monkeypatch.setattr(logging.getLogger("soku"), "propagate", True)
    down = QueueDown("publish-x", "404 Queue does not exist.", is_missing=is_missing)
    queues = _Queues({"x": down})
    world.with_parts(queues=queues)
    for _ in range(2):
        queues.tried.clear()
        caplog.clear()
        result = sweep(world.parts)
        # The threads that had begun when the first one failed.
        assert 1 <= queues.tried.count("x") <= THREADS
        # A set: where our logger was set up before the test, pytest captures each record twice.
        (error,) = {record for record in caplog.records if record.levelno >= logging.ERROR}
        assert "publish-x" in error.getMessage()
        fields = getattr(error, "fields", {})
        assert fields.get("operatorAction", False) == is_missing
        command = "gcloud tasks queues create publish-x --location=us-central1"
        assert (command in error.getMessage()) == is_missing
        if _ == 0:
            assert result.endswith("and 53 runs")
        world.advance(MINUTE)
    queues = _Queues({})
    world.with_parts(queues=queues)
    sweep(world.parts)
    assert queues.tried.count("x") == 250


def test_a_task_that_is_refused_does_not_keep_its_queue_from_working(world: World) -> None:
    _overdue_runs(world, {"x": 20})
    bad = world.parts.db.document("postSubmissions/x0/runs/x")
    queues = _Queues({})
    enqueue = queues.dispatch_run

    def refuse_one(run: Run, at: Any = None) -> None:
        if run.submission_id == "x0":
            raise DispatchFailed("400 schedule_time is too far ahead")
        enqueue(run, at)

    queues.dispatch_run = refuse_one  # type: ignore[method-assign]
    world.with_parts(queues=queues)
    assert "and 19 runs" in sweep(world.parts)
    bad.update({"status": "no such status"})
    assert "and 0 runs" in sweep(world.parts)


@pytest.mark.full
def test_a_backlog_of_one_platform_leaves_time_for_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages of all platforms come in turn, and each sweep begins with another one."""
    _overdue_runs(world, {"x": 60, "threads": 20, "youtube": 1})
    monkeypatch.setattr(sweeping, "PAGE", 10)
    monkeypatch.setattr(sweeping, "THREADS", 1)
    firsts = set()
    queues = _Queues({})
    world.with_parts(queues=queues)
    sweep(world.parts)
    for platform in ("threads", "youtube"):
        assert queues.tried.index(platform) <= 20
    for _ in range(30):
        queues.tried.clear()
        world.parts.db.document("postSubmissions/x0/runs/x").update({"wakeAt": clock.now()})
        world.parts.db.document("postSubmissions/threads0/runs/threads").update(
            {"wakeAt": clock.now()}
        )
        world.advance(MINUTE)
        sweep(world.parts)
        firsts.add(queues.tried[0])
    assert firsts >= {"x", "threads"}


def test_a_sweep_ends_in_time_however_slow_the_queue_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _overdue_runs(world, {"x": 40, "threads": 40})
    seconds = itertools.count()
    monkeypatch.setattr(sweeping.time, "monotonic", lambda: float(next(seconds)))
    queues = _Queues({})
    world.with_parts(queues=queues)
    sweep(world.parts)
    assert 0 < len(queues.tried) < sweeping.LONGEST_SECONDS
    monkeypatch.undo()
    for _ in range(2):
        sweep(world.parts)
    assert len(queues.tried) == 80
