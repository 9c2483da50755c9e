"""The main job in one process: from an accepted post to what is visible."""

from datetime import timedelta

from tests.world import World


def test_a_text_post_goes_out_once_on_both_platforms(world: World) -> None:
    post = world.submit("Hello, world")
    assert world.submission(post)["status"] == "queued"

    world.deliver_due()

    assert world.submission(post)["status"] == "succeeded"
    assert world.visible("x") == ["Hello, world"]
    assert world.visible("threads") == ["Hello, world"]
    for platform in ("x", "threads"):
        run = world.run(post, platform)
        assert run["status"] == "succeeded"
        assert run["permalink"].startswith("https://")
        assert "wakeAt" not in run
    assert "wakeAt" not in world.submission(post)


def test_a_post_years_ahead_waits_and_goes_out_at_its_second(world: World) -> None:
    post = world.submit("Happy new year", scheduledTime="2031-01-01T00:00:00+01:00")
    assert world.tasks.pending() == []
    scheduled = world.submission(post)["scheduledTime"]

    world.advance(scheduled - timedelta(minutes=30) - _now())
    world.sweep()
    world.deliver_due()
    assert world.submission(post)["status"] == "queued"
    assert [task.schedule_time for task in world.tasks.pending()] == [scheduled]

    world.advance(scheduled - _now())
    world.deliver_due()
    assert world.submission(post)["status"] == "succeeded"
    assert world.visible("x") == ["Happy new year"]


def _now():
    from shared import clock

    return clock.now()
