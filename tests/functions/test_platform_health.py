"""What the publisher and the sweeper count for the status page, and that nothing depends on it."""

from datetime import timedelta
from typing import Any

import pytest
from google.api_core.exceptions import ServiceUnavailable

from shared import clock
from shared.domain.platform_health import HELD_UP_AFTER, Counts, minute_of
from shared.gcp import health
from tests.functions.publishing import VISIBLE, fault, lose_patience
from tests.world import World


def _counted(world: World) -> dict[str, Counts]:
    """The counts of the last three hours by platform."""
    counts: dict[str, Counts] = {}
    since = minute_of(clock.now() - timedelta(hours=3))
    for (platform, _), each in health.counts_since(world.parts.db, since).items():
        counts[platform] = counts.get(platform, Counts()) + each
    return counts


def test_a_published_post_counts_for_its_platforms_and_not_for_its_user(world: World) -> None:
    world.submit("Hello")
    world.live_until_quiet()
    assert _counted(world) == {"x": Counts(1, 0), "threads": Counts(1, 0)}
    for snapshot in world.parts.db.collection("platformHealth").stream():
        fields = snapshot.to_dict()
        assert fields.keys() == {"platform", "minute", "succeeded", "expiresAt"}
        left = fields["expiresAt"] - clock.now()
        assert timedelta(hours=1, minutes=50) < left <= timedelta(hours=2)
        name, minute, shard = snapshot.id.split("-")
        assert (name, int(minute)) == (fields["platform"], fields["minute"])
        assert 0 <= int(shard) < health.SHARDS


def test_posts_are_spread_over_documents(world: World) -> None:
    for number in range(8):
        world.submit(f"Hello {number}", "x")
    world.live_until_quiet()
    assert _counted(world) == {"x": Counts(8, 0)}
    assert len(list(world.parts.db.collection("platformHealth").stream())) > 2


def test_an_outcome_that_the_platform_leaves_open_counts(world: World) -> None:
    post = world.submit("Hello", "x")
    fault(world, "x", VISIBLE["x"], "accept_then_500")
    world.deliver_due()
    assert world.run(post, "x")["status"] == "unconfirmed"
    assert _counted(world) == {"x": Counts(0, 1)}
    world.live_until_quiet()
    assert world.run(post, "x")["status"] == "succeeded"
    assert _counted(world) == {"x": Counts(1, 1)}


def test_a_run_counts_once_it_is_held_up(world: World) -> None:
    match = "POST /v1.0/me/threads"
    fault(world, "threads", match, "status", times=HELD_UP_AFTER, status=503, body={})
    world.submit("Hello", "threads")
    world.deliver_due()
    assert _counted(world) == {}, "a hiccup"
    for _ in range(HELD_UP_AFTER - 1):
        world.advance(timedelta(seconds=31))
        world.deliver_due()
    assert _counted(world) == {"threads": Counts(0, 1)}
    world.live_until_quiet()
    assert world.visible("threads") == ["Hello"]
    assert _counted(world) == {"threads": Counts(1, 1)}


def test_what_is_not_the_platforms_fault_does_not_count(world: World) -> None:
    refusal = {"title": "Forbidden", "status": 403, "detail": "This looks automated."}
    fault(world, "x", VISIBLE["x"], "status", status=403, body=refusal)
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    assert world.run(post, "x")["status"] == "failed"
    assert _counted(world) == {}


def test_test_posts_do_not_count(world: World) -> None:
    world.mode = "test"
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    assert world.run(post, "x")["status"] == "succeeded"
    assert _counted(world) == {}


@pytest.mark.parametrize("error", [ServiceUnavailable("no"), None])
def test_counting_that_fails_changes_nothing(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception | None,
) -> None:
    commits: list[dict[str, Any]] = []

    class Broken(health.Batch):
        def commit(self, **options: Any) -> Any:
            commits.append(options)
            if error is not None:
                raise error
            return super().commit(**options)

    lose_patience(monkeypatch)
    monkeypatch.setattr(health, "Batch", Broken)
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    world.sweep()
    assert world.run(post, "x")["status"] == "succeeded"
    assert world.submission(post)["status"] == "succeeded"
    # Tried once, and not for long.
    assert commits
    assert all(each == {"retry": None, "timeout": 2.0} for each in commits)
    assert ("not counted" in caplog.text) is (error is not None)
    assert ("sweep not noted" in caplog.text) is (error is not None)


def test_a_sweep_is_noted(world: World) -> None:
    assert health.latest_sweep(world.parts.db) is None
    before = clock.now()
    world.sweep()
    swept_at = health.latest_sweep(world.parts.db)
    assert swept_at is not None
    assert before < swept_at < clock.now()
