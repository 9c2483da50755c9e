"""Published posts are deleted from their platforms, whatever happens to the tasks."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from functions.publisher.delivery import RunTask, deliver
from local.platforms.youtube.twin import YouTube
from local.tasks_emulator.delivery import Delivery
from shared.gcp.accounts import account_path
from tests.functions.deleting import (
    DELETES,
    DELETING,
    ask,
    assert_not_taken_down,
    assert_taken_down,
    published,
    visible_ids,
)
from tests.functions.publishing import (
    PLATFORMS,
    attempts,
    fault,
    stored_run,
)
from tests.media import Shelf
from tests.platforms.contract import Example, contract_of
from tests.world import USER, World

EXAMPLES = [
    pytest.param(
        name, example, id=f"{name}-{example.name}", marks=[pytest.mark.full] * bool(number)
    )
    for name in DELETING
    for number, example in enumerate(contract_of(name).examples)
]


def test_there_are_platforms_that_delete() -> None:
    assert {"facebook", "linkedin", "threads", "x", "youtube"} <= set(DELETING)


@pytest.mark.parametrize(("platform", "example"), EXAMPLES)
def test_every_kind_of_post_is_deleted(
    world: World, shelf: Shelf, platform: str, example: Example
) -> None:
    post = published(world, shelf, platform, example)
    ask(world, post)
    world.deliver_due()
    assert_taken_down(world, post, platform)


@pytest.mark.parametrize("platform", DELETING)
def test_a_post_that_was_deleted_by_hand_counts_as_deleted(
    world: World, shelf: Shelf, platform: str
) -> None:
    post = published(world, shelf, platform)
    (known,) = visible_ids(world, platform)
    twin = world.platforms[platform]
    twin.posts.remove(known)
    if isinstance(twin, YouTube):
        del twin.state.videos[known]
    ask(world, post)
    world.deliver_due()
    assert_taken_down(world, post, platform)


def test_the_link_of_a_deleted_post_is_not_requested_again(world: World) -> None:
    post = world.submit("Goes", "threads")
    # The first of these reads is for the container, the second for the link.
    fault(world, "threads", "GET /v1.0/1", "status", after=1, status=503)
    world.live_until_quiet()
    assert "permalink" not in world.run(post, "threads")
    ask(world, post)
    world.live_until_quiet()
    requests = len(world.platforms["threads"].requests.all())
    run = stored_run(world, post, "threads")
    assert deliver(RunTask(post, "threads", run.generation, run.seq), world.parts) == (
        "already succeeded"
    )
    assert len(world.platforms["threads"].requests.all()) == requests


def test_of_two_posts_only_the_requested_one_is_deleted(world: World) -> None:
    kept, meant = world.submit("Stays", ["x", "threads"]), world.submit("Goes", ["x", "threads"])
    world.live_until_quiet()
    ask(world, meant)
    world.live_until_quiet()
    assert world.visible("x") == world.visible("threads") == ["Stays"]
    assert "deletedAt" in world.submission(meant)
    assert "deletedAt" not in world.submission(kept)


def test_a_lapsed_subscription_does_not_prevent_a_deletion(world: World) -> None:
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    ask(world, post)
    world.expire_subscription()
    world.deliver_due()
    assert_taken_down(world, post, "x")


def test_a_removed_account_deletes_nothing(world: World) -> None:
    post = world.submit("Hello", "x")
    world.live_until_quiet()
    world.parts.db.document(account_path(USER, "x", f"x_{USER}")).delete()
    ask(world, post)
    world.deliver_due()
    assert_not_taken_down(world, post, "x", "account_disconnected", retryable=True)
    world.connect("x", f"x_{USER}")
    ask(world, post)
    world.deliver_due()
    assert_taken_down(world, post, "x")


@pytest.mark.parametrize("platform", DELETING)
def test_an_attempt_has_what_was_sent_and_no_secret(
    world: World, shelf: Shelf, platform: str
) -> None:
    post = published(world, shelf, platform)
    before = attempts(world, post, platform)
    fault(world, platform, DELETES, "status", status=503)
    ask(world, post)
    world.live_until_quiet()
    *earlier, failed, done = attempts(world, post, platform)
    assert earlier == before
    assert (failed["step"], done["step"]) == ("delete", "delete")
    assert (failed["outcome"], done["outcome"]) == ("PlatformUnavailable", "deleted")
    assert (failed["attempt"], done["attempt"]) == (len(before) + 1, len(before) + 2)
    assert failed["error"]
    for attempt in (failed, done):
        assert attempt["startedAt"] <= attempt["finishedAt"]
        (sent,) = attempt["exchanges"]
        assert sent["method"] == "DELETE"
        registered = world.platforms[platform].accounts.get(f"{platform}_{USER}")
        assert registered is not None
        assert registered.access_token not in json.dumps(attempt, default=str)


@pytest.mark.parametrize("platform", DELETING)
def test_every_task_delivered_twice_at_the_same_time(
    world: World, shelf: Shelf, platform: str
) -> None:
    post = published(world, shelf, platform)
    once = world.handle

    def twice(delivery: Delivery) -> int:
        with ThreadPoolExecutor(2) as pool:
            return max(pool.map(once, [delivery, delivery]))

    world.handle = twice  # type: ignore[method-assign]
    ask(world, post)
    world.live_until_quiet()
    assert_taken_down(world, post, platform)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_task_delivered_again_much_later(world: World, platform: str) -> None:
    deliveries: list[Delivery] = []
    once = world.handle

    def remember(delivery: Delivery) -> int:
        deliveries.append(delivery)
        return once(delivery)

    world.handle = remember  # type: ignore[method-assign]
    post = world.submit("Hello", platform)
    world.live_until_quiet()
    fault(world, platform, DELETES, "status", status=503)
    ask(world, post)
    world.live_until_quiet()
    assert len(deliveries) >= 4
    before = world.run(post, platform), world.submission(post)
    for later in (timedelta(seconds=1), timedelta(days=2)):
        world.advance(later)
        for delivery in list(deliveries):
            once(delivery)
        world.deliver_due()
    assert (world.run(post, platform), world.submission(post)) == before
    assert_taken_down(world, post, platform)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_only_the_sweepers_tasks_of_a_deletion_are_delivered(world: World, platform: str) -> None:
    post = world.submit("Hello", platform)
    world.live_until_quiet()
    fault(world, platform, DELETES, "status", times=2, status=503)
    ask(world, post)
    for _ in range(6):
        world.tasks.clear()
        world.advance(timedelta(hours=1))
        world.sweep()
        for task in world.tasks.pending():
            world.tasks.deliver(task.name)
        if not world.open_documents():
            break
    assert_taken_down(world, post, platform)
