"""Steps of publishing on TikTok, for its tests."""

from local.platforms.tiktok.twin import TikTok as SimulatedTikTok
from shared.platforms.base import Pending, Post, Published, Step
from shared.platforms.tiktok.checkpoint import Checkpoint
from shared.platforms.tiktok.publishing import Publishing
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_turn, http_to

MIB = 1024 * 1024
CHUNK = 5 * MIB
PLATFORM = Publishing()
NEW = Checkpoint()


def simulated(twin: Twin) -> SimulatedTikTok:
    assert isinstance(twin.platform, SimulatedTikTok)
    return twin.platform


def step(twin: Twin, post: Post, checkpoint: Checkpoint) -> Published | Pending:
    following = PLATFORM.next_step(post.content, checkpoint)
    return PLATFORM.take(following, a_turn(post, http_to(twin.url), checkpoint))


def until(twin: Twin, post: Post, stop: Step, checkpoint: Checkpoint = NEW) -> Checkpoint:
    """The checkpoint before the step `stop`."""
    while PLATFORM.next_step(post.content, checkpoint) is not stop:
        result = step(twin, post, checkpoint)
        assert isinstance(result, Pending)
        checkpoint = result.checkpoint
    return checkpoint


def publish(twin: Twin, post: Post) -> Published:
    result: Published | Pending = Pending(NEW)
    while isinstance(result, Pending):
        result = step(twin, post, result.checkpoint)
    return result
