"""What the tests of deleting posts share."""

from shared.gcp.submissions import StoredSubmission
from shared.platforms import registry
from shared.posts import deletion
from tests.media import Shelf
from tests.platforms.all_contracts import submit
from tests.platforms.contract import Example, contract_of
from tests.world import World

DELETES = "DELETE /"
DELETING = [name for name in registry.names() if registry.limits(name).capabilities.deletes]


def stored(world: World, post: str) -> StoredSubmission:
    found = world.parts.deliveries.submission(post)
    assert found is not None
    return found


def ask(world: World, post: str) -> None:
    """Request the deletion from the platforms."""
    assert deletion.delete_everywhere(stored(world, post), world.parts) is not None


def published(world: World, shelf: Shelf, platform: str, example: Example | None = None) -> str:
    """A post of the platform's first kind, or as `example` has it."""
    post = submit(world, shelf, platform, example or contract_of(platform).examples[0])
    world.live_until_quiet()
    assert world.run(post, platform)["status"] == "succeeded", world.log
    return post


def visible_ids(world: World, platform: str) -> list[str]:
    return [post.id for post in world.platforms[platform].posts.all()]


def assert_taken_down(world: World, post: str, platform: str) -> None:
    assert visible_ids(world, platform) == [], world.log
    run = world.run(post, platform)
    assert (run["status"], run["deletion"]["status"]) == ("succeeded", "deleted"), world.log
    assert "error" not in run["deletion"]
    assert run["deletion"]["finishedAt"] >= run["deletion"]["requestedAt"]
    assert_told(world, post, platform)
    assert world.submission(post)["deletedAt"]


def assert_not_taken_down(
    world: World, post: str, platform: str, category: str, retryable: bool
) -> None:
    assert len(visible_ids(world, platform)) == 1, world.log
    run = world.run(post, platform)
    assert (run["status"], run["deletion"]["status"]) == ("succeeded", "failed"), world.log
    error = run["deletion"]["error"]
    assert (error["category"], error["retryable"]) == (category, retryable), error
    assert error["message"]
    assert_told(world, post, platform)
    assert "deletedAt" not in world.submission(post)


def assert_told(world: World, post: str, platform: str) -> None:
    submission = world.submission(post)
    assert submission["runSummary"][platform]["deletion"] == world.run(post, platform)["deletion"]
    assert (submission["status"], submission["remaining"]) == ("succeeded", 0)
    assert world.open_documents() == []
