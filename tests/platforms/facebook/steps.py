"""Taking the steps of a post on Facebook one by one."""

from datetime import timedelta
from typing import Any

from local.platforms.faults import read_fault
from shared import clock
from shared.domain.reconciliation import Sighting
from shared.platforms.base import Pending, Post, Published
from shared.platforms.facebook.checkpoint import Checkpoint
from shared.platforms.facebook.publishing import Publishing
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_turn, http_to
from tests.platforms.facebook.contract import REEL, STORY

URL = "https://graph.facebook.com"
PAGE = f"{URL}/v26.0/7700"
PLATFORM = Publishing()
START = Checkpoint()
FINISHED = Checkpoint(
    video_id="5", upload_url=f"{URL}/video-upload/5", uploaded=True, finished=True
)
# A text and the options for a video in the feed, a reel and a story.
KINDS: list[tuple[str, dict[str, Any]]] = [("Hello", {}), ("Hello", REEL), ("", STORY)]


def inject(twin: Twin, match: str, mode: str, **more: Any) -> None:
    """Let the next request that matches go wrong."""
    twin.platform.faults.add(read_fault({"match": match, "mode": mode, **more}))


def take_step(url: str, post: Post, checkpoint: Checkpoint = START) -> Published | Pending:
    """The result of the next step."""
    step = PLATFORM.next_step(post.content, checkpoint)
    return PLATFORM.take(step, a_turn(post, http_to(url), checkpoint))


def take_steps_until(url: str, post: Post, name: str) -> Checkpoint:
    """The checkpoint at which the step `name` is next."""
    checkpoint = START
    while PLATFORM.next_step(post.content, checkpoint).name != name:
        result = take_step(url, post, checkpoint)
        assert isinstance(result, Pending)
        assert isinstance(result.checkpoint, Checkpoint)
        checkpoint = result.checkpoint
    return checkpoint


def publish(url: str, post: Post, checkpoint: Checkpoint = START) -> Published:
    """Take all steps from `checkpoint` on."""
    while isinstance(result := take_step(url, post, checkpoint), Pending):
        assert isinstance(result.checkpoint, Checkpoint)
        checkpoint = result.checkpoint
    return result


def look_up(url: str, post: Post, checkpoint: Checkpoint = START) -> Sighting:
    """What a look-up of the last minute finds."""
    since = clock.now() - timedelta(minutes=1)
    return PLATFORM.look_up(a_turn(post, http_to(url), checkpoint), since)
