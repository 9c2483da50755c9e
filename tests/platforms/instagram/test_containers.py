"""Containers on Instagram that fail, expire or take long."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.errors import (
    ContentRejected,
    MediaRejected,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
)
from shared.platforms.base import Post
from shared.platforms.instagram.checkpoint import Checkpoint
from shared.platforms.meta.containers import CHECK, CHECK_ITEM, CREATE, CREATE_ITEM
from tests.platforms.instagram.contract import error_body
from tests.platforms.instagram.recorded import (
    CREATED,
    IMAGE,
    PLATFORM,
    carousel,
    check,
    create,
    image_post,
    pending,
    reel,
    take,
)


@pytest.mark.parametrize("post", [image_post(), carousel()], ids=["single", "item"])
def test_media_that_could_not_be_downloaded_are_tried_twice_more(post: Post) -> None:
    step = CREATE if post.content.media == (IMAGE,) else CREATE_ITEM
    refused = {"status": 400, "json": error_body(9004, 2207052)}
    checkpoint = Checkpoint()
    waits = []
    for _ in range(2):
        result = pending(take(step, post, checkpoint, "POST", "7700/media", **refused))
        waits.append(result.poll_after.total_seconds())
        checkpoint = result.checkpoint
    assert waits == [10, 20]
    with pytest.raises(MediaRejected, match="could not download"):
        take(step, post, checkpoint, "POST", "7700/media", **refused)


def test_invalid_media_fail_at_once() -> None:
    with pytest.raises(MediaRejected, match="JPEG"):
        create(image_post(), Checkpoint(), status=400, json=error_body(36001, 2207005))


@pytest.mark.parametrize("answer", [{"json": {}}, {"json": []}, {"body": "<html>"}])
def test_a_creation_without_an_id_is_repeated(answer: dict[str, Any]) -> None:
    with pytest.raises(PlatformUnavailable, match="without returning its id"):
        create(image_post(), Checkpoint(), **answer)


def test_a_carousel_whose_items_are_not_ready_goes_back_to_them() -> None:
    checkpoint = Checkpoint(items=("1", "2"), ready=2)
    for body in (error_body(9007, 2207027), error_body(24, 2207006), error_body(24, 2207008)):
        result = create(carousel(), checkpoint, status=400, json=body)
        assert result.checkpoint == replace(checkpoint, ready=0, failures=1)
    failed = replace(checkpoint, failures=2)
    with pytest.raises(PlatformUnavailable):
        create(carousel(), failed, status=400, json=error_body(9007, 2207027))


def _waits(post: Post) -> list[float]:
    """Seconds between the polls of a container that never finishes."""
    checkpoint = CREATED
    waits = []
    while checkpoint.container:
        result = check(post, checkpoint, status_code="IN_PROGRESS")
        waits.append(result.poll_after.total_seconds())
        checkpoint = result.checkpoint
    assert checkpoint == Checkpoint(failures=1)
    return waits[:-1]


def test_an_image_is_polled_for_minutes_and_a_video_for_more_than_an_hour() -> None:
    image, video = _waits(image_post()), _waits(reel())
    assert image[:3] == [3, 3, 3]
    assert 300 <= sum(image) <= 600
    assert (video[0], video[6]) == (10, 30)
    assert 3600 <= sum(video) <= 2 * 3600


def test_a_container_that_is_not_found_at_first_is_polled_again() -> None:
    checkpoint = replace(CREATED, polls=20)
    missing = {"status": 400, "json": error_body(100, 33)}
    waits = []
    for _ in range(3):
        result = pending(take(CHECK, image_post(), checkpoint, "GET", "55", **missing))
        waits.append(result.poll_after.total_seconds())
        checkpoint = result.checkpoint
    assert waits == [2, 5, 10]
    result = pending(take(CHECK, image_post(), checkpoint, "GET", "55", **missing))
    assert result.checkpoint == Checkpoint(failures=1)
    with pytest.raises(OutcomeUnknown):
        take(CHECK, image_post(), replace(checkpoint, races=1), "GET", "55", **missing)


def test_an_expired_container_is_created_again_at_most_twice() -> None:
    gone = Checkpoint(items=("1", "2"), ready=2, container="55")
    again = check(carousel(), gone, status_code="EXPIRED")
    assert again.checkpoint == Checkpoint(failures=1)
    with pytest.raises(PlatformUnavailable, match="expire"):
        check(carousel(), replace(gone, failures=2), status_code="EXPIRED")


@pytest.mark.parametrize(
    ("sentence", "kind", "tries"),
    [
        ("Error: Media upload has failed with error code 2207026", MediaRejected, 0),
        ("Error: Media upload has failed with error code 2207082", MediaRejected, 1),
        ("Error: 2207003", MediaRejected, 2),
        ("Error: 2207053", PlatformUnavailable, 1),
        ("Error: 2207051 it is spam", ContentRejected, 0),
        ("Error: 2299999", MediaRejected, 0),
        ("Error: something else", MediaRejected, 1),
        ("", MediaRejected, 1),
    ],
)
def test_a_failed_container_names_the_reason(
    sentence: str, kind: type[PlatformError], tries: int
) -> None:
    failed = {"status_code": "ERROR", "status": sentence}
    checkpoint = CREATED
    for _ in range(tries):
        result = check(reel(), checkpoint, **failed)
        assert result.checkpoint.container is None
        checkpoint = replace(result.checkpoint, container="55")
    with pytest.raises(kind) as failure:
        check(reel(), checkpoint, **failed)
    assert type(failure.value) is kind
    assert failure.value.platform_code in (None, *sentence.split())


def test_a_failed_item_is_created_again_in_its_place() -> None:
    checkpoint = Checkpoint(items=("1", "2"), ready=1)
    failed = {"status_code": "ERROR", "status": "Error: 2207082"}
    result = pending(take(CHECK_ITEM, carousel(), checkpoint, "GET", "2", json=failed))
    assert result.checkpoint == Checkpoint(items=("1", None), ready=1, failures=1)
    assert Checkpoint.read(result.checkpoint.stored()) == result.checkpoint
    made = pending(
        take(CREATE_ITEM, carousel(), result.checkpoint, "POST", "7700/media", json={"id": "3"})
    )
    assert made.checkpoint.items == ("1", "3")
    assert PLATFORM.next_step(carousel().content, made.checkpoint) is CHECK_ITEM


def test_a_container_that_is_already_published_is_looked_up() -> None:
    with pytest.raises(OutcomeUnknown):
        check(image_post(), CREATED, status_code="PUBLISHED")
