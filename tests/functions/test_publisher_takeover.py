"""Publishers that are late, and publishers that run at the same time."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from functions.publisher.delivery import RunTask, deliver
from local.platforms.x.twin import X
from shared.platforms.base import Pending, Published
from shared.platforms.x.publishing import Publishing as XPublishing
from tests.crash.faults import watch
from tests.functions.publishing import (
    PLATFORMS,
    VISIBLE,
    attempts,
    fault,
    requests_to,
    stored_run,
)
from tests.world import World

LEASE_OVER = timedelta(seconds=101)


def _during_publication(world: World, platform: str, meanwhile: Any) -> None:
    """Run `meanwhile` once, after the platform has answered and before that is saved."""
    send, path = world.parts.send, VISIBLE[platform].split()[1]
    happened: list[bool] = []

    def slowly(method: str, url: str, **request: Any) -> Any:
        answer = send(method, url, **request)
        if url.endswith(path) and not happened:
            happened.append(True)
            # Read here: the answer must not be lost to whatever the clock does meanwhile.
            meanwhile()
        return answer

    world.with_parts(send=slowly)


def _orchestrated(world: World, platform: str) -> str:
    """A post whose next task is its visible step."""
    post = world.submit("Hello", platform)
    world.tasks.deliver_due()
    if platform == "threads":
        world.tasks.deliver_due()
        world.tasks.deliver_due()
    return post


def _others_work(world: World) -> None:
    """Let time pass and the other tasks run, as if this publisher had died."""
    world.sweep()
    for task in world.tasks.pending():
        if task.schedule_time.timestamp() <= _now():
            world.tasks.deliver(task.name)


def _now() -> float:
    from shared import clock

    return clock.now().timestamp()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_late_success_settles_the_run_that_was_taken_over(world: World, platform: str) -> None:
    post = _orchestrated(world, platform)
    seen: list[str] = []

    def taken_over() -> None:
        world.advance(LEASE_OVER)
        _others_work(world)
        seen.append(world.run(post, platform)["status"])

    _during_publication(world, platform, taken_over)
    world.tasks.deliver_due()
    assert seen == ["unconfirmed"]
    (live,) = world.platforms[platform].posts.all()
    run = world.run(post, platform)
    assert (run["status"], run["platformPostId"]) == ("succeeded", live.id)
    assert attempts(world, post, platform)[-1]["platformPostId"] == live.id
    world.live_until_quiet()
    assert world.submission(post)["status"] == "succeeded"
    assert requests_to(world, platform, VISIBLE[platform]) == 1


def test_a_late_success_with_the_same_post_changes_nothing(
    world: World, heard: pytest.LogCaptureFixture
) -> None:
    post = _orchestrated(world, "x")

    def found_by_the_look_up() -> None:
        world.advance(LEASE_OVER)
        _others_work(world)
        world.advance(timedelta(minutes=2))
        _others_work(world)
        assert world.run(post, "x")["status"] == "succeeded"

    _during_publication(world, "x", found_by_the_look_up)
    world.tasks.deliver_due()
    assert "already succeeded" in world.log
    assert world.visible("x") == ["Hello"]
    assert _alerts(heard) == []


def _alerts(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    fields = [getattr(record, "fields", {}) for record in caplog.records]
    return [found for found in fields if found.get("duplicatePost")]


@pytest.fixture
def heard(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> pytest.LogCaptureFixture:
    """The project's log lines, also once it writes them itself."""
    monkeypatch.setattr(logging.getLogger("soku"), "propagate", True)
    return caplog


def test_a_late_success_beside_another_post_is_recorded_and_raises_an_alert(
    world: World, heard: pytest.LogCaptureFixture
) -> None:
    """An instance that was frozen for long, and a list that lags: the one remaining gap."""
    x = world.platforms["x"]
    assert isinstance(x, X)
    x.state.refuses_duplicates = False
    x.listing_lag = timedelta(days=1)
    post = _orchestrated(world, "x")

    def published_again() -> None:
        world.advance(LEASE_OVER)
        world.live_until_quiet()
        assert world.run(post, "x")["status"] == "succeeded"

    _during_publication(world, "x", published_again)
    world.tasks.deliver_due()
    first, second = (found.id for found in x.posts.all())
    assert world.run(post, "x")["platformPostId"] == second
    assert [attempt["platformPostId"] for attempt in attempts(world, post, "x")] == [first, second]
    (alert,) = _alerts(heard)
    assert (alert["known"], alert["live"]) == (second, first)


def test_a_late_success_stops_the_queued_try(world: World) -> None:
    x = world.platforms["x"]
    assert isinstance(x, X)
    x.state.refuses_duplicates = False
    x.listing_lag = timedelta(days=1)
    post = _orchestrated(world, "x")

    def proven_absent() -> None:
        world.advance(LEASE_OVER)
        _others_work(world)
        # The first two readings; the third proves it, and its task is the next visible try.
        for wait in (1, 5, 31):
            world.advance(timedelta(minutes=wait))
            run = stored_run(world, post, "x")
            deliver(RunTask(post, "x", run.generation, run.seq), world.parts)
        assert world.run(post, "x")["status"] == "queued"

    _during_publication(world, "x", proven_absent)
    world.tasks.deliver_due()
    assert world.run(post, "x")["status"] == "succeeded"
    world.live_until_quiet()
    assert world.visible("x") == ["Hello"]
    assert requests_to(world, "x", VISIBLE["x"]) == 1
    assert world.submission(post)["status"] == "succeeded"


def test_a_late_success_of_an_older_generation_changes_nothing_and_raises_an_alert(
    world: World, heard: pytest.LogCaptureFixture
) -> None:
    post = _orchestrated(world, "x")
    reference = world.parts.db.document(f"postSubmissions/{post}/runs/x")
    _during_publication(
        world, "x", lambda: reference.update({"generation": 2, "leaseOwner": "another"})
    )
    world.tasks.deliver_due()
    assert world.run(post, "x")["status"] == "processing"
    assert len(_alerts(heard)) == 1


SENT = Pending(XPublishing.checkpoint(), timedelta(seconds=5), sent=True)


def _sends_late(
    world: World, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[str], None]
) -> str:
    """A step that ends with a post that the platform publishes by itself; `meanwhile`, once."""
    post = _orchestrated(world, "x")
    happened: list[bool] = []

    def frozen(self: XPublishing, step: Any, turn: Any) -> Any:
        if happened:
            return Published("8") if turn.checkpoint == SENT.checkpoint else SENT
        happened.append(True)
        meanwhile(post)
        return SENT

    monkeypatch.setattr(XPublishing, "take", frozen)
    world.tasks.deliver_due()
    return post


def test_a_late_sent_post_is_followed_instead_of_looked_up(
    world: World, monkeypatch: pytest.MonkeyPatch, heard: pytest.LogCaptureFixture
) -> None:
    def taken_over(post: str) -> None:
        world.advance(LEASE_OVER)
        _others_work(world)
        assert world.run(post, "x")["status"] == "unconfirmed"

    post = _sends_late(world, monkeypatch, taken_over)
    run = stored_run(world, post, "x")
    assert (run.status, run.intent_at) == ("queued", None)
    assert run.sent_at is not None
    assert world.submission(post)["status"] == "dispatched"
    assert _alerts(heard) == []
    world.live_until_quiet()
    assert world.run(post, "x")["platformPostId"] == "8"
    assert world.submission(post)["status"] == "succeeded"


@pytest.mark.parametrize("status", ["succeeded", "processing", "failed", "gone"])
def test_a_late_sent_post_beside_another_try_raises_an_alert(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    heard: pytest.LogCaptureFixture,
    status: str,
) -> None:
    def sent_again(post: str) -> None:
        reference = world.parts.db.document(f"postSubmissions/{post}/runs/x")
        if status == "gone":
            reference.delete()
            return
        reference.update({"status": status, "visibleAttempts": 2, "leaseOwner": "another"})

    post = _sends_late(world, monkeypatch, sent_again)
    assert len(_alerts(heard)) == 1
    if status != "gone":
        assert world.run(post, "x")["status"] == status


def test_a_late_sent_post_that_was_found_meanwhile_is_no_second_one(
    world: World, monkeypatch: pytest.MonkeyPatch, heard: pytest.LogCaptureFixture
) -> None:
    def found(post: str) -> None:
        reference = world.parts.db.document(f"postSubmissions/{post}/runs/x")
        reference.update({"status": "succeeded", "platformPostId": "8", "leaseOwner": "another"})

    _sends_late(world, monkeypatch, found)
    assert "already succeeded" in world.log
    assert _alerts(heard) == []


@pytest.mark.parametrize("platform", PLATFORMS)
def test_of_two_publishers_at_once_one_holds_the_lease(world: World, platform: str) -> None:
    post = _orchestrated(world, platform)
    run = stored_run(world, post, platform)
    fault(world, platform, VISIBLE[platform], "slow", seconds=0.2)
    task = RunTask(post, platform, run.generation, run.seq)
    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(lambda _: deliver(task, world.parts), range(6)))
    assert said.count("succeeded") == 1, said
    assert requests_to(world, platform, VISIBLE[platform]) == 1
    assert len(world.visible(platform)) == 1


def test_a_sweep_while_a_step_is_under_way_disturbs_nothing(world: World) -> None:
    post = _orchestrated(world, "x")

    def swept() -> None:
        # `wakeAt` is at the end of the lease: this sweep comes too early.
        reference = world.parts.db.document(f"postSubmissions/{post}/runs/x")
        reference.update({"wakeAt": world.run(post, "x")["startedAt"]})
        world.sweep()
        assert world.run(post, "x")["sweeps"] == 1

    _during_publication(world, "x", swept)
    world.tasks.deliver_due()
    assert world.run(post, "x")["status"] == "succeeded"
    assert world.visible("x") == ["Hello"]


def test_a_sweep_just_before_the_claim_only_makes_the_task_read_the_run_again(world: World) -> None:
    post = _orchestrated(world, "x")
    calls = watch(world)

    def sweep_first(commit: Callable[[], Any]) -> Any:
        world.parts.db.document(f"postSubmissions/{post}/runs/x").update({"sweeps": 1})
        return commit()

    # After the reads of the run, of its account and of the tokens.
    calls.strike(3, sweep_first)
    world.tasks.deliver_due()
    assert calls.made[3] == "commit"
    assert world.log[-1] == "succeeded"
    assert world.visible("x") == ["Hello"]


def test_a_task_that_comes_before_its_time_or_for_another_step_does_nothing(world: World) -> None:
    post = _orchestrated(world, "x")
    fault(world, "x", VISIBLE["x"], "rate_limit", retryAfter=600)
    world.tasks.deliver_due()
    run = stored_run(world, post, "x")
    for seq, generation, said in [
        (run.seq, run.generation, "not due yet"),
        (run.seq - 1, run.generation, "another seq"),
        (run.seq + 1, run.generation, "another seq"),
        (run.seq, run.generation + 1, "another generation"),
    ]:
        assert deliver(RunTask(post, "x", generation, seq), world.parts) == said
    assert deliver(RunTask(post, "gone", 1, 1), world.parts) == "the run was deleted"
    assert stored_run(world, post, "x") == run
    assert world.visible("x") == []
