"""Media against the limits of a platform: each property at its limit and beyond it."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.content import Content
from shared.domain.media import MediaAsset, MediaKind
from shared.platforms.limits import Capabilities, MediaLimits
from shared.posts.media_checks import alt_text_faults, media_faults

IMAGE = MediaAsset(
    "i", "https://e.com/i.jpg", "image/jpeg", 1000, "00", 1000, 500, animated=True, frames=3
)
VIDEO = MediaAsset(
    "v", "https://e.com/v.mp4", "video/mp4", 5000, "01", 720, 1280, 10.0, 30.0, "h264", "aac"
)
LIMITS = MediaLimits(
    content_types=frozenset({"image/jpeg"}),
    max_bytes=1000,
    min_bytes=1000,
    min_width=1000,
    max_width=1000,
    min_height=500,
    max_height=500,
    max_pixels=500_000,
    min_aspect=2.0,
    max_aspect=2.0,
    animated_types=frozenset({"image/jpeg"}),
    max_frames=3,
    max_moving_pixels=1_500_000,
    refused_formats=frozenset({"mpo"}),
)
FILM = MediaLimits(
    content_types=frozenset({"video/mp4"}),
    max_bytes=5000,
    min_seconds=10,
    max_seconds=10,
    min_frame_rate=30,
    max_frame_rate=30,
    codecs=frozenset({"h264"}),
    audio_codecs=frozenset({"aac"}),
    pixel_formats={"h264": frozenset({"yuv420p"})},
    fragmented=False,
)
SUPPORTED = Capabilities(
    max_text=10, text_unit="characters", image=LIMITS, video=FILM, max_images=2, max_videos=1
)


def codes(limits: Capabilities, *media: MediaAsset, **options: Any) -> list[tuple[str, str]]:
    content = Content("", options, media)
    faults = [*media_faults("Pix", limits, content), *alt_text_faults("Pix", limits, content)]
    for fault in faults:
        assert fault.message.startswith("Pix ") or fault.code == "too_many_alt_texts"
    return [(fault.field, fault.code) for fault in faults]


def test_media_exactly_at_every_limit_are_accepted() -> None:
    assert codes(SUPPORTED, IMAGE, IMAGE) == []
    assert codes(SUPPORTED, VIDEO) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"content_type": "image/png"}, "media_type_not_supported"),
        ({"size": 999}, "media_too_small"),
        ({"size": 1001}, "media_too_large"),
        ({"width": 999}, "width_too_small"),
        ({"width": 1001}, "width_too_large"),
        ({"height": 499}, "height_too_small"),
        ({"height": 501}, "height_too_large"),
        ({"width": 1001, "height": 500}, "resolution_too_large"),
        ({"width": 998, "height": 500}, "aspect_ratio_too_small"),
        ({"width": 1002, "height": 500}, "aspect_ratio_too_large"),
        ({"frames": 4}, "frames_too_large"),
        ({"width": 1001}, "animation_too_large"),
        ({"content_type": "image/webp"}, "animation_not_supported"),
        ({"format_name": "mpo"}, "media_type_not_supported"),
    ],
)
def test_an_image_beyond_a_limit(changes: dict[str, Any], code: str) -> None:
    assert ("media[1]", code) in codes(SUPPORTED, IMAGE, replace(IMAGE, **changes))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"duration": 9.9}, "duration_too_small"),
        ({"duration": 10.1}, "duration_too_large"),
        ({"frame_rate": 29.9}, "frame_rate_too_small"),
        ({"frame_rate": 30.5}, "frame_rate_too_large"),
        ({"codec": "vp9"}, "codec_not_supported"),
        ({"audio_codec": "mp3"}, "audio_codec_not_supported"),
        ({"pixel_format": "yuv444p"}, "pixel_format_not_supported"),
        ({"fragmented": True}, "fragmented_not_supported"),
    ],
)
def test_a_video_beyond_a_limit(changes: dict[str, Any], code: str) -> None:
    assert codes(SUPPORTED, replace(VIDEO, **changes)) == [("media[0]", code)]


def test_a_bit_rate_beyond_the_limit() -> None:
    exact, lower = (replace(SUPPORTED, video=replace(FILM, max_bit_rate=n)) for n in (4000, 3999))
    assert codes(exact, VIDEO) == []
    assert codes(lower, VIDEO) == [("media[0]", "bit_rate_too_large")]


def test_unknown_properties_are_left_to_the_platform() -> None:
    unknown = replace(VIDEO, width=None, duration=None, frame_rate=None, codec=None)
    assert codes(SUPPORTED, unknown) == []


def test_all_violations_of_a_file_are_reported() -> None:
    still = replace(IMAGE, animated=False)
    violations = codes(SUPPORTED, replace(still, content_type="image/png", size=5000))
    assert violations == [("media[0]", "media_type_not_supported"), ("media[0]", "media_too_large")]


def test_too_many_and_mixed_media() -> None:
    assert codes(SUPPORTED, IMAGE, IMAGE, IMAGE) == [("media", "too_many_media")]
    one = replace(SUPPORTED, max_images=1)
    [violation] = media_faults("Pix", one, Content("", {}, (IMAGE, IMAGE)))
    assert violation.message == "Pix allows at most 1 image in this post; it has 2."
    assert codes(SUPPORTED, IMAGE, VIDEO) == [("media", "mixed_media")]
    mixing = replace(SUPPORTED, mixes=True)
    assert codes(mixing, IMAGE, VIDEO) == []
    assert codes(mixing, IMAGE, VIDEO, VIDEO) == [("media", "too_many_media")]


def test_an_unsupported_kind_and_missing_media() -> None:
    films = replace(SUPPORTED, image=None, max_images=0, needs_media=True)
    assert codes(films, IMAGE) == [("media[0]", "media_kind_not_supported")]
    assert codes(films) == [("media", "media_required")]


def test_alt_texts_need_a_file_and_support_and_have_a_limit() -> None:
    described = replace(SUPPORTED, max_alt_text=3)
    assert codes(described, IMAGE, altTexts=["abc"]) == []
    assert codes(described, IMAGE, IMAGE, altTexts=[None, "abcd"]) == [
        ("options.altTexts[1]", "alt_text_too_long")
    ]
    assert codes(described, IMAGE, altTexts=["a", "b"]) == [
        ("options.altTexts", "too_many_alt_texts")
    ]
    silent = ("options.altTexts[0]", "alt_text_not_supported")
    assert codes(SUPPORTED, IMAGE, altTexts=["a"]) == [silent]
    assert codes(described, VIDEO, altTexts=["a"]) == [silent]
    both = replace(described, alt_text_for=frozenset(MediaKind))
    assert codes(both, VIDEO, altTexts=["a"]) == []
