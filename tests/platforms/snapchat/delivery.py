"""Taking a post to Snapchat step by step, without the publisher."""

from typing import Any

from local.platforms.faults import Fault
from shared.platforms.base import Pending, Post, Published
from shared.platforms.snapchat.checkpoint import Checkpoint
from shared.platforms.snapchat.publishing import Publishing
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_turn, http_to

PUBLISHING = Publishing()


def step(url: str, post: Post, checkpoint: Any = None) -> Published | Pending:
    """Take the step that comes after `checkpoint`, by default the first one."""
    turn = a_turn(post, http_to(url), checkpoint)
    return PUBLISHING.take(PUBLISHING.next_step(post.content, turn.checkpoint), turn)


def ready(url: str, post: Post, checkpoint: Checkpoint | None = None) -> Checkpoint:
    """The checkpoint of a post whose media are uploaded and finalized."""
    reached = checkpoint or Checkpoint()
    while reached.media is None or not reached.media.finalized:
        result = step(url, post, reached)
        assert isinstance(result, Pending)
        assert not result.sent
        assert isinstance(result.checkpoint, Checkpoint)
        reached = result.checkpoint
    return reached


def published(url: str, post: Post) -> Published:
    checkpoint: Any = ready(url, post)
    for _ in range(8):
        result = step(url, post, checkpoint)
        if isinstance(result, Published):
            return result
        checkpoint = result.checkpoint
    raise AssertionError(f"still pending at {checkpoint}")


def fault(twin: Twin, match: str, mode: str, after: int = 0, **more: Any) -> None:
    method, _, prefix = match.partition(" ")
    twin.platform.faults.add(Fault(method, prefix, mode, after=after, parameters=more))
