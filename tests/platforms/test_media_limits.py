"""The files that each platform supports: codecs, pixel formats, sound, fragments and animations."""

import io
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

import pytest

from shared.domain.content import Content
from shared.domain.media import MediaAsset
from shared.media.inspect import inspect
from shared.platforms import registry
from shared.posts.media_checks import media_faults
from tests import media_samples as samples

JPEG = MediaAsset("i", "https://e.com/i.jpg", "image/jpeg", 200_000, "00", 1080, 1350)
PNG = replace(JPEG, content_type="image/png")
GIF = replace(JPEG, content_type="image/gif", width=640, height=480)
WEBP = replace(JPEG, content_type="image/webp")
VIDEO = MediaAsset(
    "v", "https://e.com/v.mp4", "video/mp4", 2_000_000, "01", 720, 1280, 10.0, 30.0, "h264", "aac"
)
HEVC = replace(VIDEO, codec="hevc")
STORY = {"postType": "story"}
REEL = {"postType": "reel"}


def codes(platform: str, asset: MediaAsset, options: Mapping[str, Any] | None = None) -> set[str]:
    limits, content = registry.limits(platform), Content("", options or {}, (asset,))
    name = limits.about.display_name
    faults = list(media_faults(name, limits.of(content), content))
    assert all(fault.message.startswith(f"{name} ") for fault in faults)
    return {fault.code for fault in faults}


def moving(asset: MediaAsset, frames: int) -> MediaAsset:
    return replace(asset, animated=True, frames=frames, duration=frames / 25)


@pytest.mark.parametrize("platform", registry.names())
@pytest.mark.parametrize("audio", ["aac", None])
def test_a_plain_video_is_supported_everywhere(platform: str, audio: str | None) -> None:
    plain = replace(VIDEO, audio_codec=audio, pixel_format="yuv420p")
    assert codes(platform, plain) == set()


@pytest.mark.parametrize("platform", ["instagram", "threads", "x"])
@pytest.mark.parametrize(
    "pixels", ["yuv444p", "yuv422p", "yuv420p10", "yuv422p10", "yuv440p", "yuv411p", "gray", "rgb"]
)
def test_h264_in_other_pixel_formats_is_refused(platform: str, pixels: str) -> None:
    assert codes(platform, replace(VIDEO, pixel_format=pixels)) == {"pixel_format_not_supported"}


@pytest.mark.parametrize("platform", ["instagram", "threads"])
def test_hevc_may_have_ten_bits_as_phones_record_it(platform: str) -> None:
    assert codes(platform, replace(HEVC, pixel_format="yuv420p10")) == set()
    for pixels in ("yuv422p", "yuv422p10", "yuv444p", "yuv420p12"):
        assert codes(platform, replace(HEVC, pixel_format=pixels)) == {"pixel_format_not_supported"}


@pytest.mark.parametrize("platform", ["instagram", "threads", "x"])
def test_a_fragmented_video_is_refused(platform: str) -> None:
    assert codes(platform, replace(VIDEO, fragmented=True)) == {"fragmented_not_supported"}


@pytest.mark.parametrize("audio", ["mp3", "opus", "ac-3", "e-ac-3", "flac", "pcm", "vorbis"])
@pytest.mark.parametrize(
    ("platform", "options"),
    [
        ("facebook", {}),
        ("facebook", REEL),
        ("facebook", STORY),
        ("instagram", {}),
        ("instagram", STORY),
        ("snapchat", {}),
        ("threads", {}),
        ("x", {}),
    ],
)
def test_sound_that_is_not_aac_is_refused(
    platform: str, options: Mapping[str, Any], audio: str
) -> None:
    assert codes(platform, replace(VIDEO, audio_codec=audio), options) == {
        "audio_codec_not_supported"
    }


def test_x_supports_gifs_of_up_to_350_frames_and_300_million_pixels() -> None:
    assert codes("x", moving(GIF, 350)) == set()
    assert codes("x", moving(replace(GIF, width=64, height=64), 351)) == {"frames_too_large"}
    large = replace(GIF, width=1280, height=1080)
    assert codes("x", moving(large, 217)) == set()
    assert codes("x", moving(large, 218)) == {"animation_too_large"}


def test_linkedin_supports_gifs_of_up_to_250_frames() -> None:
    assert codes("linkedin", moving(GIF, 250)) == set()
    assert codes("linkedin", moving(GIF, 251)) == {"frames_too_large"}


@pytest.mark.parametrize(
    ("platform", "image", "options"),
    [
        ("facebook", PNG, {}),
        ("facebook", PNG, STORY),
        ("linkedin", PNG, {}),
        ("snapchat", PNG, {}),
        ("threads", PNG, {}),
        ("tiktok", replace(WEBP, width=720, height=1280), {}),
        ("x", PNG, {}),
        ("x", WEBP, {}),
    ],
)
def test_an_animated_image_is_refused_where_it_would_not_move(
    platform: str, image: MediaAsset, options: Mapping[str, Any]
) -> None:
    assert codes(platform, image, options) == set()
    assert codes(platform, moving(image, 2), options) == {"animation_not_supported"}


@pytest.mark.parametrize("options", [{}, STORY])
def test_instagram_refuses_a_jpeg_of_several_pictures_by_its_name(
    options: Mapping[str, Any],
) -> None:
    several = replace(JPEG, format_name="mpo")
    assert codes("instagram", several, options) == {"media_type_not_supported"}
    limits, content = registry.limits("instagram"), Content("", options, (several,))
    (fault,) = media_faults("Instagram", limits.of(content), content)
    assert "MPO" in fault.message
    assert codes("facebook", several) == set()


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (1080, 1440, set()),
        (1080, 1350, set()),
        (1080, 1080, set()),
        (1080, 566, set()),
        (1080, 1441, {"aspect_ratio_too_small"}),
        (1080, 564, {"aspect_ratio_too_large"}),
    ],
)
def test_instagram_supports_pictures_from_three_by_four(
    width: int, height: int, expected: set[str]
) -> None:
    assert codes("instagram", replace(JPEG, width=width, height=height)) == expected


def test_facebook_supports_pictures_of_up_to_ten_megabytes() -> None:
    assert codes("facebook", replace(JPEG, size=10_000_000)) == set()
    assert codes("facebook", replace(JPEG, size=10_000_001)) == {"media_too_large"}


FRAGMENTS = "frag_keyframe+empty_moov+default_base_moof"


def _film(sound: str = "aac", **options: str) -> bytes:
    return samples.film(sound=sound, frames=60, **options)  # type: ignore[arg-type]


FILES: dict[str, tuple[str, Callable[[], bytes], str, set[str]]] = {
    "plain": ("video/mp4", _film, "x", set()),
    "depth": (
        "video/mp4",
        lambda: _film(pixels="yuv420p10le"),
        "x",
        {"pixel_format_not_supported"},
    ),
    "sound": ("video/mp4", lambda: _film(sound="libmp3lame"), "x", {"audio_codec_not_supported"}),
    "fragments": (
        "video/mp4",
        lambda: _film(movflags=FRAGMENTS),
        "x",
        {"fragmented_not_supported"},
    ),
    "frames": ("image/gif", lambda: samples.moving("GIF", 351), "x", {"frames_too_large"}),
    "animation": (
        "image/png",
        lambda: samples.moving("PNG"),
        "linkedin",
        {"animation_not_supported"},
    ),
}


@pytest.mark.full
@pytest.mark.parametrize("name", FILES)
def test_the_properties_are_those_of_the_file(name: str) -> None:
    content_type, make, platform, expected = FILES[name]
    data = make()
    facts = asdict(inspect(io.BytesIO(data), content_type, len(data)))
    asset = MediaAsset("f", "https://e.com/f", content_type, len(data), "02", **facts)
    assert codes(platform, asset) == expected
