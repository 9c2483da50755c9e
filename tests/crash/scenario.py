"""The post of every test in this folder, and the final assertions."""

from tests.world import World

PLATFORMS = ("x", "threads")
TEXT = "Only once, #whatever happens & wherever: https://example.com/a?b=1"


def assert_published_once(world: World, post: str, platform: str) -> None:
    assert world.visible(platform) == [TEXT], world.log
    run = world.run(post, platform)
    assert run["status"] == "succeeded", world.log
    assert run["platformPostId"] == world.platforms[platform].posts.all()[0].id
    assert world.submission(post)["status"] == "succeeded", world.log
    assert world.open_documents() == []


def forget_posts(world: World) -> None:
    """Remove the last post, but keep accounts and tokens."""
    for platform in world.platforms.values():
        platform.reset()
    world.tasks.clear()
    world.log.clear()
    batch = world.parts.db.batch()
    for group in ("postSubmissions", "runs", "attempts", "idempotencyKeys"):
        for snapshot in world.parts.db.collection_group(group).select(()).stream():
            batch.delete(snapshot.reference)
    batch.commit()
