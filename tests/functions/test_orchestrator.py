"""From an accepted submission to its runs and their tasks, however often tasks arrive."""

from datetime import timedelta
from typing import Any

import pytest

from functions.orchestrator.orchestration import orchestrate
from shared import clock
from shared.domain.submission import SubmissionStatus, move
from shared.gcp.tasks import DispatchFailed
from tests.crash.faults import Killed, die_after, die_before, watch
from tests.world import World

MINUTE = timedelta(minutes=1)


def _runs(world: World, post: str) -> dict[str, Any]:
    runs = world.parts.db.collection(f"postSubmissions/{post}/runs").stream()
    return {run.id: run.to_dict() for run in runs}


def _waiting(world: World, queue: str) -> list[Any]:
    return [task for task in world.tasks.pending() if f"/queues/{queue}/" in task.name]


def test_each_target_gets_a_run_and_a_task_in_its_platforms_queue(world: World) -> None:
    post = world.submit("Hello")
    world.tasks.deliver_due()
    runs = _runs(world, post)
    assert set(runs) == {"x", "threads"}
    for platform, run in runs.items():
        assert run["status"] == "queued"
        assert (run["generation"], run["seq"], run["targetId"]) == (
            1,
            1,
            f"{platform}:{platform}_ann",
        )
        assert len(_waiting(world, f"publish-{platform}")) == 1
    submission = world.submission(post)
    assert submission["status"] == "dispatched"
    assert submission["remaining"] == 2
    assert {line["status"] for line in submission["runSummary"].values()} == {"queued"}
    assert submission["wakeAt"] > clock.now()


def test_two_accounts_of_one_platform_have_runs_of_their_own(world: World) -> None:
    world.connect("x", "x_brand")
    targets = [{"platform": "x", "accountId": name} for name in ("x_ann", "x_brand")]
    post = world.submit("Hello", targets)
    world.live_until_quiet()
    runs = _runs(world, post)
    assert set(runs) == {"x:x_ann", "x:x_brand"}
    assert world.submission(post)["status"] == "succeeded"
    accounts = {found.account_id for found in world.platforms["x"].posts.all()}
    assert accounts == {"x_ann", "x_brand"}


def test_a_task_that_comes_early_is_enqueued_for_its_very_second(world: World) -> None:
    due = clock.now() + 30 * MINUTE
    post = world.submit("Hello", "x", scheduledTime=due.isoformat())
    (task,) = world.tasks.pending()
    world.tasks.deliver(task.name)
    assert world.submission(post)["status"] == "queued"
    (again,) = world.tasks.pending()
    assert again.schedule_time == world.submission(post)["scheduledTime"]
    world.advance(30 * MINUTE)
    world.deliver_due()
    assert world.visible("x") == ["Hello"]


def test_a_task_for_a_post_far_ahead_enqueues_nothing(world: World) -> None:
    due = clock.now() + timedelta(days=60)
    post = world.submit("Hello", "x", scheduledTime=due.isoformat())
    assert orchestrate(post, 1, world.parts) == "not due soon; the sweeper enqueues it"
    assert world.tasks.pending() == []
    assert world.submission(post)["status"] == "queued"


def test_another_generation_and_a_deleted_post_are_ignored(world: World) -> None:
    post = world.submit("Hello", "x")
    assert orchestrate(post, 2, world.parts) == "another generation"
    assert orchestrate(post, 0, world.parts) == "another generation"
    assert orchestrate("gone", 1, world.parts) == "the submission was deleted"
    assert _runs(world, post) == {}
    assert world.submission(post)["status"] == "queued"


@pytest.mark.parametrize("status", ["draft", "canceled"])
def test_a_draft_and_a_canceled_post_are_not_touched(world: World, status: str) -> None:
    post = world.submit("Hello", "x")
    world.parts.db.document(f"postSubmissions/{post}").update({"status": status})
    assert orchestrate(post, 1, world.parts) == f"nothing to do: it is {status}"
    assert _runs(world, post) == {}


def test_a_redelivery_that_finds_it_claimed_goes_on_from_there(world: World) -> None:
    post = world.submit("Hello", "x")
    found = world.parts.deliveries.submission(post)
    assert found is not None
    claimed = move(found.submission, SubmissionStatus.ORCHESTRATING)
    world.parts.deliveries.save_submission(found, claimed)
    world.deliver_due()
    assert world.submission(post)["status"] == "succeeded"
    assert world.visible("x") == ["Hello"]


def test_a_redelivery_that_finds_it_dispatched_enqueues_only_what_is_queued(world: World) -> None:
    post = world.submit("Hello")
    world.tasks.deliver_due()
    (task,) = _waiting(world, "publish-x")
    world.tasks.deliver(task.name)
    world.tasks.clear()
    assert orchestrate(post, 1, world.parts) == "dispatched 1 of 2 runs again"
    assert _waiting(world, "publish-x") == []
    assert len(_waiting(world, "publish-threads")) == 1
    world.live_until_quiet()
    assert world.visible("x") == world.visible("threads") == ["Hello"]


def test_a_redelivery_writes_the_end_that_the_last_run_could_not(world: World) -> None:
    post = world.submit("Hello", "x")
    world.deliver_due()
    reference = world.parts.db.document(f"postSubmissions/{post}")
    reference.update({"status": "dispatched", "wakeAt": clock.now()})
    assert orchestrate(post, 1, world.parts) == "settled as succeeded"
    assert world.submission(post)["status"] == "succeeded"
    assert "wakeAt" not in world.submission(post)
    assert orchestrate(post, 1, world.parts) == "settled as succeeded"


def test_if_all_runs_are_created_failed_the_submission_ends_at_once(world: World) -> None:
    post = world.submit("Hello")
    world.expire_subscription()
    world.deliver_due()
    submission = world.submission(post)
    assert submission["status"] == "failed"
    assert submission["remaining"] == 0
    assert "wakeAt" not in submission
    for run in _runs(world, post).values():
        assert run["status"] == "failed"
        assert run["error"]["category"] == "subscription_inactive"
        assert "finishedAt" in run
        assert "wakeAt" not in run
    assert world.tasks.pending() == []


def test_a_run_that_is_born_failed_does_not_count_as_remaining(world: World) -> None:
    post = world.submit("Hello")
    world.parts.db.document("users/ann/integrations/x/accounts/x_ann").delete()
    world.tasks.deliver_due()
    submission = world.submission(post)
    assert (submission["status"], submission["remaining"]) == ("dispatched", 1)
    assert submission["runSummary"]["x"]["error"]["category"] == "account_disconnected"


def test_while_the_queue_is_unavailable_nothing_is_lost(world: World) -> None:
    post = world.submit("Hello")
    working = world.parts.queues

    class Away:
        def dispatch_run(self, run: Any, at: Any = None) -> None:
            raise DispatchFailed("away")

    world.with_parts(queues=Away())
    for _ in range(2):
        with pytest.raises(DispatchFailed):
            orchestrate(post, 1, world.parts)
    assert world.submission(post)["status"] == "dispatched"
    assert {run["status"] for run in _runs(world, post).values()} == {"queued"}

    world.with_parts(queues=working)
    assert orchestrate(post, 1, world.parts) == "dispatched 2 of 2 runs again"
    world.deliver_due()
    assert world.visible("x") == world.visible("threads") == ["Hello"]


@pytest.mark.full
@pytest.mark.parametrize("die", [die_before, die_after])
def test_a_death_between_two_tasks_loses_neither(world: World, die: Any) -> None:
    calls = watch(world)
    post = world.submit("Hello")
    calls.count()
    orchestrate(post, 1, world.parts)
    second_task = [n for n, name in enumerate(calls.made) if name == "create_task"][1]
    world.tasks.clear()

    other = world.submit("Hello again")
    calls.strike(second_task, die)
    with pytest.raises(Killed):
        orchestrate(other, 1, world.parts)
    calls.count()
    world.live_until_quiet()
    assert sorted(world.visible("x")) == ["Hello", "Hello again"]
    assert sorted(world.visible("threads")) == ["Hello", "Hello again"]
