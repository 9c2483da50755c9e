"""Overdue work is enqueued again, and not too often."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.sweeper.sweep import sweep
from shared import clock
from shared.domain.run import RunStatus
from shared.gcp.runs import run_fields, submission_path
from shared.gcp.tasks import DispatchFailed
from tests.crash.faults import watch
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
    (task,) = world.tasks.pending()
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
    assert sweep(world.parts) == "enqueued 0 submissions and 0 runs"


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


def test_a_document_that_moves_meanwhile_is_not_changed(world: World) -> None:
    post = world.submit("Hello", "x")
    world.tasks.deliver_due()
    world.advance(3 * MINUTE)
    calls = watch(world)
    reference = world.parts.db.document(f"postSubmissions/{post}/runs/x")
    wake_at = clock.now() + HOUR

    def moved_first(commit: Any) -> Any:
        reference.update({"wakeAt": wake_at, "seq": 7})
        return commit()

    # The submission's query, task and commit come first, then the run's query and task.
    calls.strike(5, moved_first)
    world.sweep()
    assert calls.made[5] == "commit"
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
