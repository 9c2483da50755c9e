"""Steps of publishing on YouTube, for its tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import responses

from local.platforms.faults import read_fault
from shared import clock
from shared.domain.media import MediaAsset
from shared.domain.reconciliation import Sighting
from shared.platforms.base import Pending, Post, Published, Step
from shared.platforms.youtube.checkpoint import Checkpoint
from shared.platforms.youtube.publishing import CHECK, Publishing
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_turn, http_to

URL = "https://www.googleapis.com"
UPLOADS = "/upload/youtube/v3/videos"
PUT = f"PUT {UPLOADS}"
MIB = 1024 * 1024
MINUTE = timedelta(minutes=1)
SESSION = f"{URL}{UPLOADS}?upload_id=55"
STARTED = Checkpoint(session=SESSION, sessions=1)
PLATFORM = Publishing()


def changed(asset: MediaAsset, **changed: Any) -> MediaAsset:
    return MediaAsset(**{**vars(asset), **changed})


def an_error(status: int, reason: str) -> dict[str, Any]:
    fault = {"message": "No.", "domain": "youtube.video", "reason": reason}
    return {"error": {"code": status, "message": "No.", "errors": [fault]}}


def fault(twin: Twin, match: str, mode: str, **more: Any) -> None:
    twin.platform.faults.add(read_fault({"match": match, "mode": mode, **more}))


def step(url: str, post: Post, checkpoint: Checkpoint) -> Published | Pending:
    step = PLATFORM.next_step(post.content, checkpoint)
    return PLATFORM.take(step, a_turn(post, http_to(url), checkpoint))


def go_to(goal: Step, url: str, post: Post) -> Checkpoint:
    """The checkpoint that the step `goal` starts from."""
    checkpoint = Checkpoint()
    while PLATFORM.next_step(post.content, checkpoint) is not goal:
        result = step(url, post, checkpoint)
        assert isinstance(result, Pending)
        checkpoint = result.checkpoint
    return checkpoint


def publish(url: str, post: Post) -> Published:
    result = step(url, post, go_to(CHECK, url, post))
    assert isinstance(result, Published)
    return result


def received(twin: Twin, method: str) -> list[Any]:
    return [r for r in twin.platform.requests.all() if r.method == method]


def look(url: str, post: Post, checkpoint: Checkpoint) -> Sighting:
    return PLATFORM.look_up(a_turn(post, http_to(url), checkpoint), clock.now() - MINUTE)


@contextmanager
def session_answers(shelf: Shelf, **answer: Any) -> Iterator[responses.RequestsMock]:
    """Every request to the session gets `answer`; the file itself is there."""
    with responses.RequestsMock() as recorded:
        recorded.add_passthru(shelf.url)
        recorded.add("PUT", SESSION, **answer)
        yield recorded
