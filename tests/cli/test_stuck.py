"""`stuck` finds what is not moving and says why; `replay` moves it, once."""

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


def test_nothing_is_stuck_when_everything_has_ended(soku: Soku, world: World) -> None:
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
    assert "The sweeper has not run." in row["advice"]
    replayed = soku("replay", post)
    assert replayed.code == 0
    assert f"enqueued {post} in orchestrate for " in replayed.out
    world.deliver_due()
    assert world.visible("x") == ["Hello"]
    assert _stuck(soku) == []


def test_a_paused_queue_is_named_while_the_sweeper_keeps_running(soku: Soku, world: World) -> None:
    post = world.submit("Hello", "x")
    world.tasks.deliver_due()
    for _ in range(4):
        world.advance(4 * MINUTE)
        world.sweep()
        world.tasks.clear()
    rows = {row.get("runId"): row for row in _stuck(soku)}
    assert rows["x"]["status"] == "queued"
    assert rows["x"]["sweeps"] >= 2
    assert "queue publish-x is paused" in rows["x"]["advice"]
    # The submission waits for its run: only the run is stuck.
    assert list(rows) == ["x"]
    text = soku("stuck").out
    assert f"{post} x  queued" in text


@pytest.mark.full
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


def test_a_replay_of_one_run_does_not_touch_the_others(soku: Soku, world: World) -> None:
    post = world.submit("Hello", ("x", "threads"))
    world.tasks.deliver_due()
    world.tasks.clear()
    assert "publish-x" in soku("replay", post, "x").out
    world.deliver_due()
    assert world.visible("x") == ["Hello"]
    assert world.visible("threads") == []
    assert world.run(post, "threads")["status"] == "queued"


def test_a_replay_never_repeats_a_visible_request_whose_publisher_died(
    soku: Soku, world: World
) -> None:
    """The platform accepted the post, and the publisher died before it could store that."""
    post = world.submit("Hello", "x")
    world.tasks.deliver_due()
    calls = watch(world)
    sent = []

    def take_and_die(call: Any) -> Any:
        sent.append(call())
        raise Killed

    # The calls before: read the run, the gates and the tokens, claim. Then the visible request.
    calls.strike(4, take_and_die)
    with pytest.raises(Killed):
        world.tasks.deliver_due()
    assert calls.made[4].startswith("POST")
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


def test_a_leased_run_is_replayed_for_the_time_when_its_lease_has_ended(
    soku: Soku, world: World
) -> None:
    post = world.submit("Hello", "x")
    world.tasks.deliver_due()
    calls = watch(world)
    calls.strike(4, die_before)
    with pytest.raises(Killed):
        world.tasks.deliver_due()
    world.tasks.clear()
    assert soku("replay", post, "x").code == 0
    [task] = world.tasks.pending()
    assert task.schedule_time > world.run(post, "x")["leaseUntil"]


def test_a_run_that_keeps_failing_is_listed_with_its_error_and_next_attempt(
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
    assert "Soku retries at " in row["advice"]
    assert _stuck(soku, "--older-than", "1h") == []
    assert run["error"]["message"] in soku("stuck").out


@pytest.mark.full
def test_unconfirmed_runs_are_listed_separately_with_how_to_settle_them(
    soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_patience(monkeypatch)
    post = world.submit("Hello", "x")
    fault(world, "x", VISIBLE["x"], "accept_then_500")
    fault(world, "x", "GET /2/users/", "revoked_token", times=99)
    world.deliver_due()
    lists = soku("--json", "stuck").data
    assert lists["stuck"] == []
    [row] = lists["unconfirmed"]
    assert (row["runId"], row["status"]) == ("x", "unconfirmed")
    assert "looks it up again" in row["advice"]

    world.live_until_quiet(timedelta(hours=20))
    assert world.run(post, "x")["status"] == RunStatus.UNCONFIRMED
    [row] = soku("--json", "stuck").data["unconfirmed"]
    assert f"/v1/posts/{post}/runs/x/resolve" in row["advice"]
    assert "Unconfirmed: 1" in soku("stuck").out


def test_a_deletion_whose_task_was_lost_is_stuck_and_a_replay_completes_it(
    soku: Soku, api: ApiClient
) -> None:
    world = api.world
    body = {"post": {"content": {"text": "Gone soon", "platform": "x"}}}
    post = api.call("POST", "/v1/posts", json=body).json["postSubmissionId"]
    world.live_until_quiet()
    deletion = api.call("DELETE", f"/v1/posts/{post}?fromPlatforms=true")
    assert deletion.status_code == 202
    world.tasks.clear()
    world.advance(15 * MINUTE)
    [row] = _stuck(soku)
    assert (row["runId"], row["status"]) == ("x", "succeeded")
    assert soku("replay", post).code == 0
    world.deliver_due()
    assert world.visible("x") == []
    assert _stuck(soku) == []


def test_the_list_starts_with_the_oldest_and_has_at_most_the_limit(
    soku: Soku, world: World
) -> None:
    posts = []
    for number in range(3):
        posts.append(world.submit(f"Hello {number}", "x"))
        world.advance(MINUTE)
    world.tasks.clear()
    world.advance(20 * MINUTE)
    assert [row["postSubmissionId"] for row in _stuck(soku)] == posts
    assert [row["postSubmissionId"] for row in _stuck(soku, "--limit", "2")] == posts[:2]
    assert "Stuck: 3, the first 2:" in soku("stuck", "--limit", "2").out


def test_an_ended_post_is_not_replayed(soku: Soku, world: World) -> None:
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    for argv in ((post,), (post, "x")):
        refused = soku("replay", *argv)
        assert refused.code == 1
        assert "succeeded" in refused.err
    assert world.tasks.pending() == []


@pytest.mark.parametrize("argv", [("nothing",), ("a/b",)])
def test_an_unknown_post_is_not_replayed(soku: Soku, argv: tuple[str, ...]) -> None:
    refused = soku("replay", *argv)
    assert refused.code == 1
    assert f"Post {argv[0]} not found." in refused.err


def test_an_unknown_run_is_not_replayed(soku: Soku, world: World) -> None:
    post = world.submit("Hello", "x")
    assert "no run threads" in soku("replay", post, "threads").err


def test_a_post_scheduled_for_next_month_is_not_enqueued_yet(soku: Soku, world: World) -> None:
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


@pytest.mark.full
def test_a_missing_queue_is_reported_in_one_line(
    soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = world.submit("Hello", "x")
    monkeypatch.setenv("REGION", "elsewhere-west1")
    refused = soku("replay", post)
    assert refused.code == 1
    assert "orchestrate" in refused.err
    assert refused.err.count("\n") == 1
