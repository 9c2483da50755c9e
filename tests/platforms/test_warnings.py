"""What the platforms accept, but an author may not want."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.content import Content
from shared.domain.media import MediaAsset
from shared.platforms import registry

WIDE = MediaAsset("i", "https://e.com/i.jpg", "image/jpeg", 200_000, "00", 1080, 566)
TALL = replace(WIDE, height=1350)
VIDEO = MediaAsset("v", "https://e.com/v.mp4", "video/mp4", 2_000_000, "01", 1080, 1350, 10.0)


def warnings(
    platform: str, text: str = "Hello", *media: MediaAsset, **options: Any
) -> list[tuple[str, str]]:
    found = registry.limits(platform).warnings(Content(text, options, media))
    assert all(warning.message.endswith(".") for warning in found)
    return [(warning.field, warning.code) for warning in found]


@pytest.mark.parametrize("platform", registry.names())
def test_an_ordinary_post_has_no_warnings(platform: str) -> None:
    assert warnings(platform, "Hello #world", TALL) == []
    assert warnings(platform, "Hello", VIDEO) == []


def test_instagram_recommends_at_most_five_hashtags() -> None:
    assert warnings("instagram", "#a #b #c #d #e https://a.example/#f", TALL) == []
    assert warnings("instagram", "#a #b #c #d #e #f", TALL) == [("text", "many_hashtags")]
    # More than 30 are refused.
    assert warnings("instagram", "#a " * 31, TALL) == []


def test_instagram_crops_a_carousel_to_the_shape_of_its_first_file() -> None:
    assert warnings("instagram", "", TALL, TALL, replace(TALL, width=540, height=676)) == []
    cropped = [("media[1]", "media_cropped"), ("media[3]", "media_cropped")]
    assert warnings("instagram", "", TALL, WIDE, TALL, replace(VIDEO, height=1920)) == cropped
    assert warnings("instagram", "", TALL, replace(WIDE, width=None)) == []


@pytest.mark.parametrize("text", ["https://example.com/a", "see example.com", "漢字example.comの"])
def test_a_link_on_x_costs_more(text: str) -> None:
    assert warnings("x", text) == [("text", "link_costs_more")]


@pytest.mark.parametrize("text", ["mail@example.com", "@user.com", "v1.2.3", "a." * 4000])
def test_what_is_no_link_on_x_costs_the_same(text: str) -> None:
    assert warnings("x", text) == []


def test_threads_has_one_topic_for_a_post() -> None:
    assert warnings("threads", "#one https://a.example/#two") == []
    assert warnings("threads", "#one #two") == [("text", "one_topic")]
    assert warnings("threads", "#one", topicTag="two") == [("text", "one_topic")]
    assert warnings("threads", "one", topicTag="two") == []


def test_facebook_may_refuse_or_blur_large_photos() -> None:
    assert warnings("facebook", "", replace(TALL, size=4_000_000)) == []
    assert warnings("facebook", "", TALL, replace(TALL, size=4_000_001)) == [
        ("media[1]", "image_may_be_refused")
    ]
    png = replace(TALL, content_type="image/png", size=1_000_001)
    assert warnings("facebook", "", png) == [("media[0]", "image_may_be_pixelated")]


def test_videos_may_be_too_long_for_the_account() -> None:
    assert warnings("youtube", "", replace(VIDEO, duration=900.0)) == []
    assert warnings("youtube", "", replace(VIDEO, duration=900.1)) == [
        ("media[0]", "channel_must_be_verified")
    ]
    assert warnings("tiktok", "", replace(VIDEO, duration=180.0)) == []
    assert warnings("tiktok", "", replace(VIDEO, duration=180.1)) == [
        ("media[0]", "video_may_be_too_long")
    ]
