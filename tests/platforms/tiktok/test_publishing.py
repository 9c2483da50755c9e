"""Publishing on the simulated TikTok."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local.platforms.tiktok.publication import CreatorSettings
from local.sample_media import picture
from shared.domain.errors import (
    ErrorCategory,
    MediaRejected,
    Rejected,
)
from shared.domain.media import MediaAsset
from shared.platforms.base import Pending, Published
from shared.platforms.tiktok.checkpoint import Checkpoint, Settings
from shared.platforms.tiktok.publishing import (
    ASK_CREATOR,
    CHECK,
    POST_PHOTOS,
    START_UPLOAD,
    UPLOAD,
    UPLOAD_LAST,
)
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.contract import one_image, one_video, three_images
from tests.platforms.examples import a_post, http_to
from tests.platforms.tiktok.contract import four_chunks
from tests.platforms.tiktok.steps import CHUNK, NEW, PLATFORM, publish, simulated, step, until

NO_SETTINGS = Checkpoint(settings=Settings())


def test_a_video_is_announced_uploaded_and_polled(shelf: Shelf) -> None:
    content = a_post("tiktok", media=four_chunks(shelf)).content
    started = replace(NO_SETTINGS, publish_id="v", upload_url="u")
    steps = [
        PLATFORM.next_step(content, NEW),
        PLATFORM.next_step(content, NO_SETTINGS),
        PLATFORM.next_step(content, started),
        PLATFORM.next_step(content, replace(started, offset=2 * CHUNK)),
        PLATFORM.next_step(content, replace(started, offset=3 * CHUNK)),
        PLATFORM.next_step(content, replace(started, offset=3 * CHUNK, sent=True)),
    ]
    assert steps == [ASK_CREATOR, START_UPLOAD, UPLOAD, UPLOAD, UPLOAD_LAST, CHECK]
    assert [one.visible for one in steps] == [False] * 4 + [True, False]
    assert [one.polls for one in steps] == [True] + [False] * 4 + [True]


def test_photos_are_one_visible_request_and_then_polled(shelf: Shelf) -> None:
    content = a_post("tiktok", media=three_images(shelf)).content
    assert PLATFORM.next_step(content, NEW) is ASK_CREATOR
    assert PLATFORM.next_step(content, NO_SETTINGS) is POST_PHOTOS
    assert PLATFORM.next_step(content, replace(NO_SETTINGS, sent=True)) is CHECK


@pytest.mark.parametrize("media", [one_video, four_chunks, one_image, three_images])
def test_what_is_visible_is_what_was_stored(
    tiktok: Twin, shelf: Shelf, media: Callable[[Shelf], Sequence[MediaAsset]]
) -> None:
    post = a_post("tiktok", "Hello, #TikTok 😀", media=media(shelf))
    published = publish(tiktok, post)
    (visible,) = tiktok.platform.posts.all()
    assert visible.text == "Hello, #TikTok 😀"
    assert [item.sha256 for item in visible.media] == [a.sha256 for a in post.content.media]
    assert published == Published(visible.id, visible.details["share_url"])
    assert tiktok.platform.posts.request_count(visible) == 1


def test_nothing_is_visible_before_the_last_chunk(tiktok: Twin, shelf: Shelf) -> None:
    post = a_post("tiktok", media=four_chunks(shelf))
    checkpoint = until(tiktok, post, UPLOAD_LAST)
    assert tiktok.visible() == []
    sent = step(tiktok, post, checkpoint)
    assert isinstance(sent, Pending)
    assert sent.sent
    assert tiktok.visible() == ["Hello"]


def test_photos_as_webp_and_without_words_are_taken(tiktok: Twin, shelf: Shelf) -> None:
    data = picture(kind="WEBP")
    digest = hashlib.sha256(data).hexdigest()
    url = shelf.put("photo.webp", data)
    photo = MediaAsset("webp", url, "image/webp", len(data), digest, 1080, 1350)
    publish(tiktok, a_post("tiktok", "", media=[photo]))
    (visible,) = tiktok.platform.posts.all()
    assert (visible.text, [item.sha256 for item in visible.media]) == ("", [digest])


def test_what_was_chosen_for_a_video_arrives(tiktok: Twin, shelf: Shelf) -> None:
    chosen = {
        "privacyLevel": "MUTUAL_FOLLOW_FRIENDS",
        "disableComment": True,
        "disableDuet": True,
        "disableStitch": False,
        "brandContent": True,
        "brandOrganic": True,
        "aiGenerated": True,
        "coverTimestampMs": 1500,
    }
    publish(tiktok, a_post("tiktok", media=one_video(shelf), **chosen))
    (visible,) = tiktok.platform.posts.all()
    assert visible.details["info"] == {
        "title": "Hello",
        "privacy_level": "MUTUAL_FOLLOW_FRIENDS",
        "disable_comment": True,
        "disable_duet": True,
        "disable_stitch": False,
        "brand_content_toggle": True,
        "brand_organic_toggle": True,
        "is_aigc": True,
        "video_cover_timestamp_ms": 1500,
    }


def test_what_was_chosen_for_photos_arrives(tiktok: Twin, shelf: Shelf) -> None:
    chosen = {"title": "A title", "autoAddMusic": True, "photoCoverIndex": 2}
    publish(tiktok, a_post("tiktok", media=three_images(shelf), **chosen))
    (visible,) = tiktok.platform.posts.all()
    info = visible.details["info"]
    assert (info["title"], info["description"]) == ("A title", "Hello")
    assert (info["auto_add_music"], info["cover"]) == (True, 2)


@pytest.mark.parametrize(
    ("is_private", "level"), [(False, "PUBLIC_TO_EVERYONE"), (True, "FOLLOWER_OF_CREATOR")]
)
def test_a_post_is_shown_to_as_many_as_the_account_allows(
    tiktok: Twin, shelf: Shelf, is_private: bool, level: str
) -> None:
    simulated(tiktok).state.creator = CreatorSettings(is_private=is_private, stitch_disabled=True)
    publish(tiktok, a_post("tiktok", media=one_video(shelf)))
    info = tiktok.platform.posts.all()[0].details["info"]
    assert info["privacy_level"] == level
    assert (info["disable_stitch"], info["disable_comment"]) == (True, False)


@pytest.mark.parametrize(
    ("creator", "options", "piece"),
    [
        (CreatorSettings(is_private=True), {"privacyLevel": "PUBLIC_TO_EVERYONE"}, "Choose one"),
        (CreatorSettings(comment_disabled=True), {"disableComment": False}, "not allow a comment"),
        (CreatorSettings(duet_disabled=True), {"disableDuet": False}, "not allow a duet"),
        (CreatorSettings(stitch_disabled=True), {"disableStitch": False}, "not allow a stitch"),
    ],
)
def test_what_the_account_does_not_allow_is_refused_before_anything_is_sent(
    tiktok: Twin, shelf: Shelf, creator: CreatorSettings, options: dict[str, Any], piece: str
) -> None:
    simulated(tiktok).state.creator = creator
    with pytest.raises(Rejected, match=piece) as refusal:
        publish(tiktok, a_post("tiktok", media=one_video(shelf), **options))
    assert refusal.value.category is ErrorCategory.VALIDATION
    assert simulated(tiktok).state.publications == {}


def test_a_video_longer_than_this_creator_may_post_is_refused(tiktok: Twin, shelf: Shelf) -> None:
    simulated(tiktok).state.creator = CreatorSettings(max_video_post_duration_sec=5)
    with pytest.raises(MediaRejected, match="at most 5 seconds; this one has 8"):
        publish(tiktok, a_post("tiktok", media=one_video(shelf)))


def test_a_post_that_not_everyone_sees_is_published_without_a_public_id(
    tiktok: Twin, shelf: Shelf
) -> None:
    post = a_post("tiktok", media=one_video(shelf), privacyLevel="SELF_ONLY")
    checkpoint = until(tiktok, post, CHECK)
    published = step(tiktok, post, checkpoint)
    assert published == Published(checkpoint.publish_id)
    assert PLATFORM.permalink(post, checkpoint.publish_id, http_to(tiktok.url)) is None


def test_a_public_post_is_waited_for_to_be_named_but_not_for_ever(
    tiktok: Twin, shelf: Shelf
) -> None:
    simulated(tiktok).state.moderation_time = timedelta(hours=1)
    post = a_post("tiktok", media=one_video(shelf))
    checkpoint = until(tiktok, post, CHECK)
    waits = []
    result = step(tiktok, post, checkpoint)
    while isinstance(result, Pending):
        assert result.sent
        waits.append(result.poll_after.total_seconds())
        result = step(tiktok, post, result.checkpoint)
    assert waits == [5, 15, 40]
    assert result == Published(checkpoint.publish_id)


def test_the_link_of_a_post_is_what_tiktok_says(tiktok: Twin, shelf: Shelf) -> None:
    post = a_post("tiktok", media=one_video(shelf))
    post_id = publish(tiktok, post).platform_post_id
    link = PLATFORM.permalink(post, post_id, http_to(tiktok.url))
    assert link == f"https://www.tiktok.com/@ann/video/{post_id}"
    assert PLATFORM.permalink(post, "7", http_to(tiktok.url)) is None


def test_tiktok_lets_no_app_delete(tiktok: Twin) -> None:
    with pytest.raises(Rejected, match="does not let apps delete"):
        PLATFORM.delete(a_post("tiktok"), "7", http_to(tiktok.url))
