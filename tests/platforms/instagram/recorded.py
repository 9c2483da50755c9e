"""Steps of Instagram, each with one recorded answer."""

from dataclasses import replace
from typing import Any

import responses

from shared.domain.media import MediaAsset
from shared.platforms.base import Pending, Post, Published, Step
from shared.platforms.instagram.checkpoint import Checkpoint
from shared.platforms.instagram.publishing import Publishing
from shared.platforms.meta.containers import CHECK, CREATE, PUBLISH
from tests.platforms.examples import a_post, a_turn, http_to

URL = "https://graph.instagram.com"
API = f"{URL}/v26.0"
PLATFORM = Publishing()
IMAGE = MediaAsset("a", "https://media.test/a.jpg", "image/jpeg", 1000, "00", 1080, 1350)
VIDEO = MediaAsset("b", "https://media.test/b.mp4", "video/mp4", 1000, "01", 720, 1280, 8.0)
CREATED = Checkpoint(container="55")
READY = replace(CREATED, finished=True)


def image_post() -> Post:
    return a_post("instagram", media=[IMAGE])


def reel() -> Post:
    return a_post("instagram", media=[VIDEO])


def carousel() -> Post:
    return a_post("instagram", media=[IMAGE, VIDEO])


def take(
    step: Step, post: Post, checkpoint: Checkpoint, method: str, path: str, **answer: Any
) -> Published | Pending:
    """One step, with one recorded answer."""
    assert PLATFORM.next_step(post.content, checkpoint) is step
    with responses.RequestsMock() as recorded:
        recorded.add(method, f"{API}/{path}", **answer)
        return PLATFORM.take(step, a_turn(post, http_to(URL), checkpoint))


def pending(result: Published | Pending) -> Pending:
    assert isinstance(result, Pending)
    assert not result.sent
    return result


def check(post: Post, checkpoint: Checkpoint, **container: Any) -> Pending:
    return pending(take(CHECK, post, checkpoint, "GET", "55", json={"id": "55", **container}))


def create(post: Post, checkpoint: Checkpoint, **answer: Any) -> Pending:
    return pending(take(CREATE, post, checkpoint, "POST", "7700/media", **answer))


def publish(**answer: Any) -> Published | Pending:
    return take(PUBLISH, image_post(), READY, "POST", "7700/media_publish", **answer)
