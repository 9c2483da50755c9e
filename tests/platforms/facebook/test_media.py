"""Videos, reels and stories on Facebook: what arrives, and what a look-up proves."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.reconciliation import Handle, Sighting
from shared.platforms.base import Published
from shared.platforms.facebook.checkpoint import Checkpoint
from shared.platforms.facebook.publishing import FINISH
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_post, http_to
from tests.platforms.facebook.contract import REEL, STORY
from tests.platforms.facebook.steps import (
    KINDS,
    PLATFORM,
    inject,
    look_up,
    publish,
    take_step,
    take_steps_until,
)

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("text", "options"), KINDS)
def test_a_video_of_each_kind_arrives_unchanged(
    twin: Twin, shelf: Shelf, text: str, options: dict[str, Any]
) -> None:
    video = shelf.video()
    published = publish(twin.url, a_post("facebook", text, media=[video], **options))
    (visible,) = twin.platform.posts.all()
    assert visible.text == text
    assert [item.sha256 for item in visible.media] == [video.sha256]
    assert published.platform_post_id == visible.id
    assert published.permalink == f"https://www.facebook.com{visible.details['path']}"


@pytest.mark.parametrize("options", [{}, REEL])
def test_the_title_reaches_facebook(twin: Twin, shelf: Shelf, options: dict[str, Any]) -> None:
    publish(twin.url, a_post("facebook", media=[shelf.video()], title="What happened", **options))
    (visible,) = twin.platform.posts.all()
    assert visible.details["title"] == "What happened"


@pytest.mark.parametrize(("text", "options"), KINDS)
def test_the_video_proves_that_it_was_never_finished(
    twin: Twin, shelf: Shelf, text: str, options: dict[str, Any]
) -> None:
    post = a_post("facebook", text, media=[shelf.video()], **options)
    checkpoint = take_steps_until(twin.url, post, FINISH.name)
    before = look_up(twin.url, post, replace(checkpoint, finished=True, polls=34))
    assert before == Sighting(handle=Handle.NOT_PUBLISHED, checkpoint=checkpoint)
    published = publish(twin.url, post, checkpoint)
    made = look_up(twin.url, post, checkpoint).made
    assert made is not None
    assert made.platform_post_id == published.platform_post_id


def test_a_failed_video_is_proven_absent_and_started_again(twin: Twin, shelf: Shelf) -> None:
    post = a_post("facebook", media=[shelf.video()])
    checkpoint = take_steps_until(twin.url, post, FINISH.name)
    inject(twin, "POST /v26.0/7700/videos", "processing_failed")
    take_step(twin.url, post, checkpoint)
    sighting = look_up(twin.url, post, checkpoint)
    assert sighting == Sighting(handle=Handle.NOT_PUBLISHED, checkpoint=Checkpoint())


def test_a_photo_story_is_found_by_its_photo(twin: Twin, shelf: Shelf) -> None:
    post = a_post("facebook", "", media=[shelf.image()], **STORY)
    checkpoint = take_steps_until(twin.url, post, "publish_photo_story")
    not_found = Sighting(list_was_read=True, checkpoint=checkpoint)
    assert look_up(twin.url, post, checkpoint) == not_found
    published = take_step(twin.url, post, checkpoint)
    assert isinstance(published, Published)
    made = look_up(twin.url, post, checkpoint).made
    assert made is not None
    assert made.platform_post_id == published.platform_post_id
    assert PLATFORM.permalink(post, published.platform_post_id, http_to(twin.url)) == made.permalink
