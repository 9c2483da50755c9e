"""Snapchat: what it carries and what not, and every kind of post against its simulated twin."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.content import Content
from shared.domain.errors import Rejected
from shared.domain.media import MediaAsset
from shared.posts.media_checks import media_faults
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.contract import (
    TEXT,
    Contract,
    Example,
    TooMuch,
    one_image,
    one_video,
    three_images,
)
from tests.platforms.examples import a_post, http_to
from tests.platforms.snapchat.test_errors import REFUSALS
from tests.platforms.snapchat.test_media import PLATFORM, published, ready

# The id of the profile stands before the kind of post; the creation of the media comes first.
VISIBLE = {"visible": "POST /v1/public_profiles/", "visible_after": 1}


def _png(shelf: Shelf) -> tuple[MediaAsset]:
    return (shelf.png(),)


def _two_videos(shelf: Shelf) -> tuple[MediaAsset, ...]:
    return (shelf.video(), shelf.video(2))


def _video(**changes: Any) -> Any:
    return lambda shelf: (replace(shelf.video(), **changes),)


def _image(**changes: Any) -> Any:
    return lambda shelf: (replace(shelf.image(), **changes),)


STORY = {"postType": "story"}
SAVED = {"postType": "saved_story"}
SPOTLIGHT = {"postType": "spotlight"}
CONTRACT = Contract(
    examples=[
        Example("spotlight", media=one_video, **VISIBLE),
        Example(
            "spotlight off the profile",
            media=one_video,
            options={**SPOTLIGHT, "locale": "de_DE", "saveToProfile": False},
            **VISIBLE,
        ),
        Example("story of an image", text="", media=one_image, **VISIBLE),
        Example(
            "story of a video",
            text="",
            media=one_video,
            options={**STORY, "ttl": "ONE_WEEK"},
            **VISIBLE,
        ),
        Example("saved story of an image", media=_png, options=SAVED, **VISIBLE),
        Example(
            "saved story of a video",
            media=one_video,
            options={**SAVED, "title": TEXT},
            **VISIBLE,
        ),
    ],
    too_much=[
        TooMuch("no media", "media_required", "media"),
        TooMuch("text of a story", "text_not_supported", "text", media=one_image),
        TooMuch("long description", "text_too_long", "text", "a" * 161, one_video),
        TooMuch("long title", "text_too_long", "text", "a" * 46, one_image, SAVED),
        TooMuch(
            "long title beside no text",
            "title_too_long",
            "options.title",
            "",
            one_image,
            {**SAVED, "title": "a" * 46},
        ),
        TooMuch("no title", "missing", "options.title", "", one_image, SAVED),
        TooMuch(
            "title and another text",
            "title_differs_from_text",
            "options.title",
            "Hello",
            one_image,
            {**SAVED, "title": "Goodbye"},
        ),
        TooMuch(
            "title of a spotlight",
            "option_not_supported",
            "options.title",
            media=one_video,
            options={"title": "Hello"},
        ),
        TooMuch(
            "lifetime of a spotlight",
            "option_not_supported",
            "options.ttl",
            media=one_video,
            options={"ttl": "ONE_DAY"},
        ),
        TooMuch(
            "locale of a story",
            "option_not_supported",
            "options.locale",
            "",
            one_image,
            {"locale": "en_US"},
        ),
        TooMuch(
            "profile of a saved story",
            "option_not_supported",
            "options.saveToProfile",
            media=one_image,
            options={**SAVED, "saveToProfile": True},
        ),
        TooMuch(
            "spotlight of an image",
            "media_kind_not_supported",
            "media[0]",
            media=one_image,
            options=SPOTLIGHT,
        ),
        TooMuch("several images", "too_many_media", "media", "", three_images),
        TooMuch("several videos", "too_many_media", "media", media=_two_videos),
        TooMuch("large image", "media_too_large", "media[0]", "", _image(size=20_000_001)),
        TooMuch(
            "moving image",
            "media_type_not_supported",
            "media[0]",
            "",
            _image(content_type="image/gif"),
        ),
        TooMuch("large video", "media_too_large", "media[0]", media=_video(size=1_000_000_001)),
        TooMuch("short video", "duration_too_small", "media[0]", media=_video(duration=5.9)),
        TooMuch("long video", "duration_too_large", "media[0]", media=_video(duration=60.1)),
        TooMuch("small video", "width_too_small", "media[0]", media=_video(width=538, height=960)),
        TooMuch("low video", "height_too_small", "media[0]", media=_video(width=540, height=958)),
        TooMuch(
            "wide video",
            "aspect_ratio_too_large",
            "media[0]",
            media=_video(width=1280, height=960),
        ),
        TooMuch(
            "narrow video",
            "aspect_ratio_too_small",
            "media[0]",
            media=_video(width=540, height=1200),
        ),
        TooMuch(
            "other container",
            "media_type_not_supported",
            "media[0]",
            media=_video(content_type="video/quicktime"),
        ),
        TooMuch("other codec", "codec_not_supported", "media[0]", media=_video(codec="hevc")),
    ],
    refusals=REFUSALS,
    refresh="POST /login/oauth2/access_token",
)


@pytest.fixture
def snapchat(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("snapchat")


@pytest.mark.parametrize("example", CONTRACT.examples, ids=lambda example: example.name)
def test_a_post_of_each_kind_is_visible_with_its_words_and_its_media(
    snapchat: Twin, shelf: Shelf, example: Example
) -> None:
    media = example.media(shelf)
    post = a_post("snapchat", example.text, media=media, **example.options)
    assert PLATFORM.violations(post.content) == []
    assert list(media_faults("snapchat", PLATFORM.limits(post.content), post.content)) == []
    checkpoint = ready(snapchat.url, post)
    assert snapchat.visible() == []
    made = published(snapchat.url, post)
    assert checkpoint["media"] != made.platform_post_id
    (visible,) = snapchat.platform.posts.all()
    assert visible.text == example.text
    assert [item.sha256 for item in visible.media] == [asset.sha256 for asset in media]
    assert made.platform_post_id == visible.id
    assert snapchat.platform.posts.request_count(visible) == 1
    link = made.permalink or PLATFORM.permalink(post, visible.id, http_to(snapchat.url))
    assert link is not None
    assert link.startswith("https://www.snapchat.com/")


def test_a_video_is_a_spotlight_and_an_image_a_story_unless_said_otherwise(
    snapchat: Twin, shelf: Shelf
) -> None:
    published(snapchat.url, a_post("snapchat", media=[shelf.video()]))
    published(snapchat.url, a_post("snapchat", "", media=[shelf.image()]))
    products = [post.details["product"] for post in snapchat.platform.posts.all()]
    assert products == ["spotlights", "stories"]


def test_what_was_chosen_is_passed_on(snapchat: Twin, shelf: Shelf) -> None:
    video, image = shelf.video(), shelf.image()
    chosen = {"locale": "pt_BR", "saveToProfile": False}
    published(snapchat.url, a_post("snapchat", media=[video], **chosen))
    published(snapchat.url, a_post("snapchat", media=[video]))
    published(snapchat.url, a_post("snapchat", "", media=[image], ttl="THREE_DAYS"))
    published(snapchat.url, a_post("snapchat", "", media=[image]))
    first, second, third, fourth = (post.details for post in snapchat.platform.posts.all())
    assert (first["locale"], first["on_profile"]) == ("pt_BR", False)
    assert (second["locale"], second["on_profile"]) == ("en_US", True)
    assert third["lifetime"] == timedelta(days=3)
    assert fourth["lifetime"] == timedelta(days=1)


def test_a_title_may_stand_in_for_the_text_of_a_saved_story(snapchat: Twin, shelf: Shelf) -> None:
    post = a_post("snapchat", "", media=[shelf.image()], **SAVED, title="Summer")
    assert PLATFORM.violations(post.content) == []
    published(snapchat.url, post)
    assert snapchat.visible() == ["Summer"]


def test_without_media_nothing_is_said_of_kinds_of_posts() -> None:
    content = Content("a" * 50, {"ttl": "ONE_DAY"})
    assert PLATFORM.violations(content) == []
    assert PLATFORM.limits(content) == PLATFORM.capabilities


def test_nobody_can_delete_by_the_api(snapchat: Twin) -> None:
    assert not PLATFORM.capabilities.deletes
    with pytest.raises(Rejected, match="delete it in the app"):
        PLATFORM.delete(a_post("snapchat"), "W7_1", http_to(snapchat.url))
