"""What does not move is found with what holds it, and a replay moves it, once."""

from datetime import timedelta
from typing import Any

import pytest

from shared import clock
from shared.domain.run import RunStatus
from tests.cli.conftest import Soku
from tests.crash.faults import Killed, die_before, watch
from tests.functions.api_client import ApiClient
from tests.functions.publishing import VISIBLE, fault, lose_patience, requests_to
from tests.world import World

MINUTE = timedelta(minutes=1)


def _stuck(soku: Soku, *more: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = soku("--json", "stuck", *more).data["stuck"]
    return rows


def test_nothing_is_stuck_where_everything_ends(soku: Soku, world: World) -> None:
    world.submit("Hello", "x")
    world.submit("Some day", "x", scheduledTime=(clock.now() + timedelta(days=9)).isoformat())
    world.submit("Unsure", "x", draft=True)
    assert _stuck(soku, "--older-than", "1m") == []
    world.deliver_due()
    world.advance(timedelta(days=1))
    assert soku("--json", "stuck").data == {"stuck": [], "unconfirmed": []}
    assert soku("stuck").out == "Stuck: 0\nUnconfirmed: 0\n"


def test_a_post_whose_task_was_lost_is_stuck_and_one_replay_publishes_it_once(
    soku: Soku, world: World
) -> None:
    post = world.submit("Hello", "x")
    world.tasks.clear()
    world.advance(11 * MINUTE)
    [row] = _stuck(soku)
    assert (row["postSubmissionId"], row["status"]) == (post, "queued")
    assert "sweeper" in row["advice"]
    replayed = soku("replay", post)
    assert replayed.code == 0
    assert f"orchestrate took {post}" in replayed.out
    world.deliver_due()
    assert world.visible("x") == ["Hello"]
    assert _stuck(soku) == []


def test_a_paused_queue_is_named_while_the_sweeper_goes_on(soku: Soku, world: World) -> None:
    post = world.submit("Hello", "x")
    world.tasks.deliver_due()
    for _ in range(4):
        world.advance(4 * MINUTE)
        world.sweep()
        world.tasks.clear()
    rows = {row.get("runId"): row for row in _stuck(soku)}
    assert rows["x"]["status"] == "queued"
    assert rows["x"]["sweeps"] >= 2
    assert "publish-x paused" in rows["x"]["advice"]
    # The submission waits for its run: only the run is stuck.
    assert list(rows) == ["x"]
    text = soku("stuck").out
    assert f"{post} x  queued" in text


@pytest.mark.parametrize("times", [1, 5])
def test_a_stuck_run_is_published_exactly_once_however_often_it_is_replayed(
    soku: Soku, world: World, times: int
) -> None:
    post = world.submit("Hello", ("x", "threads"))
    world.tasks.deliver_due()
    world.tasks.clear()
    world.advance(20 * MINUTE)
    for _ in range(times):
        assert soku("replay", post).code == 0
        assert soku("replay", post, "x").code == 0
    world.sweep()
    world.live_until_quiet()
    assert world.visible("x") == ["Hello"]
    assert world.visible("threads") == ["Hello"]
    assert requests_to(world, "x", VISIBLE["x"]) == 1


def test_a_replay_of_one_run_touches_no_other(soku: Soku, world: World) -> None:
    post = world.submit("Hello", ("x", "threads"))
    world.tasks.deliver_due()
    world.tasks.clear()
    assert "publish-x" in soku("replay", post, "x").out
    world.deliver_due()
    assert world.visible("x") == ["Hello"]
    assert world.visible("threads") == []
    assert world.run(post, "threads")["status"] == "queued"


def test_a_run_whose_publisher_died_at_the_visible_call_is_never_sent_again_by_a_replay(
    soku: Soku, world: World
) -> None:
    """The platform took it, and the publisher died before it could say so."""
    post = world.submit("Hello", "x")
    world.tasks.deliver_due()
    calls = watch(world)
    sent = []

    def take_and_die(call: Any) -> Any:
        sent.append(call())
        raise Killed

    # Read the run, read the gates, claim; then comes the visible call.
    calls.strike(3, take_and_die)
    with pytest.raises(Killed):
        world.tasks.deliver_due()
    assert calls.made[3].startswith("POST")
    world.tasks.clear()
    world.advance(15 * MINUTE)
    [row] = _stuck(soku)
    assert (row["status"], row["leaseUntil"] is not None) == ("processing", True)
    for _ in range(3):
        soku("replay", post, "x")
    world.deliver_due()
    assert world.run(post, "x")["status"] == "unconfirmed"
    world.live_until_quiet()
    assert world.visible("x") == ["Hello"]
    assert world.run(post, "x")["status"] == "succeeded"


def test_a_held_run_is_replayed_for_when_it_can_be_taken_over(soku: Soku, world: World) -> None:
    post = world.submit("Hello", "x")
    world.tasks.deliver_due()
    calls = watch(world)
    calls.strike(3, die_before)
    with pytest.raises(Killed):
        world.tasks.deliver_due()
    world.tasks.clear()
    assert soku("replay", post, "x").code == 0
    [task] = world.tasks.pending()
    assert task.schedule_time > world.run(post, "x")["leaseUntil"]


def test_a_run_that_is_tried_again_and_again_is_shown_with_its_error_and_next_time(
    soku: Soku, world: World
) -> None:
    post = world.submit("Hello", "x")
    fault(world, "x", VISIBLE["x"], "rate_limit", times=9, retryAfter=3600)
    world.deliver_due()
    world.advance(15 * MINUTE)
    [row] = _stuck(soku)
    run = world.run(post, "x")
    assert row["error"] == run["error"]["message"]
    assert row["nextAttemptAt"] is not None
    assert "tried again" in row["advice"]
    assert _stuck(soku, "--older-than", "1h") == []
    assert run["error"]["message"] in soku("stuck").out


def test_unconfirmed_runs_stand_apart_until_the_end_and_say_who_can_settle_them(
    soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_patience(monkeypatch)
    post = world.submit("Hello", "x")
    fault(world, "x", VISIBLE["x"], "accept_then_500")
    fault(world, "x", "GET /2/users/", "revoked_token", times=99)
    world.deliver_due()
    found = soku("--json", "stuck").data
    assert found["stuck"] == []
    [row] = found["unconfirmed"]
    assert (row["runId"], row["status"]) == ("x", "unconfirmed")
    assert "asked again" in row["advice"]

    world.live_until_quiet(timedelta(hours=20))
    assert world.run(post, "x")["status"] == RunStatus.UNCONFIRMED
    [row] = soku("--json", "stuck").data["unconfirmed"]
    assert f"/v1/posts/{post}/runs/x/resolve" in row["advice"]
    assert "Unconfirmed: 1" in soku("stuck").out


def test_a_deletion_whose_task_was_lost_is_stuck_and_a_replay_does_it(
    soku: Soku, own_api: ApiClient
) -> None:
    world = own_api.world
    body = {"post": {"content": {"text": "Gone soon", "platform": "x"}}}
    post = own_api.call("POST", "/v1/posts", json=body).json["postSubmissionId"]
    world.live_until_quiet()
    asked = own_api.call("DELETE", f"/v1/posts/{post}?fromPlatforms=true")
    assert asked.status_code == 202
    world.tasks.clear()
    world.advance(15 * MINUTE)
    [row] = _stuck(soku)
    assert (row["runId"], row["status"]) == ("x", "succeeded")
    assert soku("replay", post).code == 0
    world.deliver_due()
    assert world.visible("x") == []
    assert _stuck(soku) == []


def test_the_longest_stuck_come_first_and_no_more_than_asked_for(soku: Soku, world: World) -> None:
    posts = []
    for number in range(3):
        posts.append(world.submit(f"Hello {number}", "x"))
        world.advance(MINUTE)
    world.tasks.clear()
    world.advance(20 * MINUTE)
    assert [row["postSubmissionId"] for row in _stuck(soku)] == posts
    assert [row["postSubmissionId"] for row in _stuck(soku, "--limit", "2")] == posts[:2]
    assert "Stuck: 3, the first 2:" in soku("stuck", "--limit", "2").out


def test_what_has_ended_is_not_replayed_and_the_answer_says_so(soku: Soku, world: World) -> None:
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    for argv in ((post,), (post, "x")):
        refused = soku("replay", *argv)
        assert refused.code == 1
        assert "succeeded" in refused.err
    assert world.tasks.pending() == []


@pytest.mark.parametrize("argv", [("nothing",), ("a/b",)])
def test_a_post_that_is_not_there_is_not_replayed(soku: Soku, argv: tuple[str, ...]) -> None:
    refused = soku("replay", *argv)
    assert refused.code == 1
    assert "no post" in refused.err


def test_a_run_that_the_post_does_not_have_is_not_replayed(soku: Soku, world: World) -> None:
    post = world.submit("Hello", "x")
    assert "no run threads" in soku("replay", post, "threads").err


def test_a_post_of_next_month_is_not_enqueued_before_its_time(soku: Soku, world: World) -> None:
    due = clock.now() + timedelta(days=40)
    post = world.submit("Later", "x", scheduledTime=due.isoformat())
    refused = soku("replay", post)
    assert refused.code == 1
    assert "scheduled" in refused.err
    assert world.tasks.pending() == []


def test_a_draft_is_not_replayed(soku: Soku, world: World) -> None:
    post = world.submit("Unsure", "x", draft=True)
    assert "draft" in soku("replay", post).err
    assert world.tasks.pending() == []


def test_a_queue_that_is_not_there_is_said_in_one_line(
    soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = world.submit("Hello", "x")
    monkeypatch.setenv("REGION", "elsewhere-west1")
    refused = soku("replay", post)
    assert refused.code == 1
    assert "orchestrate" in refused.err
    assert refused.err.count("\n") == 1
