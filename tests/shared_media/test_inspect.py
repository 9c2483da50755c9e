"""The inspection of complete files."""

import io
import random
import struct
import tracemalloc
import zlib
from typing import Any

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from local.sample_media import clip
from shared.media import inspector, pictures
from shared.media.content_types import content_type_of
from shared.media.facts import Facts, facts_from
from tests.media_samples import (
    film,
    jpeg_of_scans,
    moving,
    png_of,
    recorded,
    rotated,
    still,
    webp_of,
)

pytestmark = pytest.mark.slow

STILLS = ["JPEG", "PNG", "GIF", "WEBP"]
MOVING = ["GIF", "WEBP", "PNG"]


def answer(data: bytes, content_type: str | None = None) -> Any:
    """What the inspecting process prints, here without the process."""
    return inspector.answer(io.BytesIO(data), content_type or content_type_of(data))


def facts_of(data: bytes) -> Facts:
    facts = facts_from(answer(data).get("facts"))
    assert facts is not None, answer(data)
    return facts


def refusal(data: bytes) -> str:
    message = answer(data)["refused"]
    assert isinstance(message, str)
    return message


@pytest.mark.parametrize("kind", STILLS)
def test_a_still_image_has_a_size_and_no_duration(kind: str) -> None:
    assert facts_of(still(kind)) == Facts(64, 48)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "rotation"),
    [(1, 0), (2, 0), (3, 180), (4, 180), (5, 270), (6, 90), (7, 90), (8, 270), (9, 0), (0, 0)],
)
def test_an_image_has_its_displayed_size(kind: str, orientation: int, rotation: int) -> None:
    size = (48, 64) if rotation in (90, 270) else (64, 48)
    assert facts_of(still(kind, orientation=orientation)) == Facts(*size, rotation=rotation)


def test_an_image_with_broken_exif_has_its_stored_size() -> None:
    data = still("JPEG", orientation=6)
    at = data.index(b"Exif\0\0") + 6
    assert facts_of(data[:at] + b"\xff" * 8 + data[at + 8 :]) == Facts(64, 48)


@pytest.mark.parametrize("kind", MOVING)
def test_an_animated_image_lasts_as_long_as_its_frames(kind: str) -> None:
    facts = facts_of(moving(kind, frames=3, milliseconds=100))
    assert (facts.width, facts.height, facts.animated, facts.frames) == (32, 32, True, 3)
    assert facts.duration == pytest.approx(0.3)


def test_a_jpeg_with_several_images_is_a_still_image() -> None:
    file = io.BytesIO()
    one, two = Image.new("RGB", (64, 48)), Image.new("RGB", (32, 24))
    one.save(file, "MPO", save_all=True, append_images=[two])
    assert facts_of(file.getvalue()) == Facts(64, 48, format_name="mpo")


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_jpeg_of_any_color_space_is_accepted(mode: str) -> None:
    file = io.BytesIO()
    Image.new(mode, (64, 48)).save(file, "JPEG", progressive=True)
    assert facts_of(file.getvalue()) == Facts(64, 48)


@pytest.mark.parametrize("kind", STILLS)
@pytest.mark.parametrize("size", [(1200, 1), (1200, 5), (7, 1200), (1, 1), (7, 7), (8, 8)])
def test_an_image_may_be_thin(kind: str, size: tuple[int, int]) -> None:
    assert facts_of(still(kind, *size)) == Facts(*size)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_an_image_may_have_a_large_color_profile(kind: str) -> None:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile += random.Random(1).randbytes(1_400_000)
    profile[:4] = struct.pack(">I", len(profile))
    file = io.BytesIO()
    Image.new("RGB", (64, 48)).save(file, kind, icc_profile=bytes(profile))
    assert facts_of(file.getvalue()) == Facts(64, 48)


@pytest.mark.parametrize("is_compressed", [True, False])
def test_a_png_may_have_a_long_text(is_compressed: bool) -> None:
    info, file = PngImagePlugin.PngInfo(), io.BytesIO()
    info.add_itxt("XML:com.adobe.xmp", "<x/>" * 500_000, zip=is_compressed)
    Image.new("RGB", (64, 48)).save(file, "PNG", pnginfo=info)
    assert facts_of(file.getvalue()) == Facts(64, 48)


@pytest.mark.parametrize("kind", STILLS)
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_an_incomplete_image_is_refused(kind: str, part: float) -> None:
    data = still(kind, 640, 480)
    assert "incomplete" in refusal(data[: int(len(data) * part)])


@pytest.mark.parametrize("kind", MOVING)
def test_an_animated_image_with_an_incomplete_frame_is_refused(kind: str) -> None:
    data = moving(kind, frames=3, side=200)
    assert "broken" in refusal(data[: len(data) - 40])


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff\xe0" + b"\0" * 100,
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        b"\x89PNG\r\n\x1a\n<html><script>alert(1)</script></html>",
        b"GIF89a/*" + b"\0" * 20 + b"*/=alert(1);//",
        b"GIF89a<html><script>alert(1)</script></html>",
        b"GIF89a",
        b"RIFF\x10\0\0\0WEBPVP8 \0\0\0\0",
        b"\xff\xd8\xff\xe1<svg onload=alert(1)>",
        png_of(64, 48),
        png_of(64, 48, b"\0" * 20),
    ],
    ids=lambda data: ascii(data[:30]),
)
def test_a_file_that_only_begins_like_an_image_is_refused(data: bytes) -> None:
    assert "broken" in refusal(data)


@pytest.mark.parametrize("kind", STILLS)
@pytest.mark.parametrize(
    "tail", [b"<html><script>alert(1)</script></html>", b"PK\x03\x04" + b"\0" * 60, b"%PDF-1.4"]
)
def test_data_after_a_complete_image_is_ignored(kind: str, tail: bytes) -> None:
    assert facts_of(still(kind) + tail) == Facts(64, 48)


def test_a_file_of_another_type_than_given_is_refused() -> None:
    for content_type in ("image/jpeg", "image/webp", "video/mp4", "video/webm"):
        assert answer(still("PNG"), content_type).keys() == {"refused"}
    assert answer(film("webm", "libvpx"), "video/mp4").keys() == {"refused"}


@pytest.mark.parametrize(
    ("width", "height"), [(10_001, 10_000), (20_001, 10), (10, 20_001), (60_000, 60_000)]
)
def test_an_image_with_a_large_announced_size_is_refused_undecoded(width: int, height: int) -> None:
    data = png_of(width, height)
    tracemalloc.start()
    message = refusal(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "too many pixels" in message
    assert peak < 1_000_000


@pytest.mark.parametrize("size", [(16_000, 6_250), (16_383, 16_383), (5_300, 5_200)])
def test_a_webp_has_a_limit_of_its_own(size: tuple[int, int]) -> None:
    assert "too many pixels. At most 27 megapixels" in refusal(webp_of(*size))


@pytest.mark.parametrize("kind", ["GIF", "PNG"])
def test_an_animated_image_has_a_limit_of_its_own(kind: str) -> None:
    data = moving(kind, frames=2, side=32)
    large = (6_000).to_bytes(2, "little") if kind == "GIF" else (6_000).to_bytes(4, "big")
    at = 6 if kind == "GIF" else 16
    data = data[:at] + large * 2 + data[at + 2 * len(large) :]
    if kind == "PNG":
        data = data[:29] + zlib.crc32(data[12:29]).to_bytes(4, "big") + data[33:]
    assert "too many pixels. At most 33 megapixels" in refusal(data)


def test_a_progressive_jpeg_has_a_limit_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    data = jpeg_of_scans(0, 2000)
    assert facts_of(data) == Facts(2000, 2000)
    monkeypatch.setattr(pictures, "MAX_DECODING_BYTES", 2 * 2000 * 2000 - 1)
    assert "too many pixels. At most 3 megapixels" in refusal(data)
    assert facts_of(still("JPEG", 2000, 2000)) == Facts(2000, 2000)


def test_an_image_with_too_many_scans_is_refused_undecoded() -> None:
    assert facts_of(jpeg_of_scans(5, 2000)) == Facts(2000, 2000)
    assert "too many scans" in refusal(jpeg_of_scans(500, 2000))
    assert "too many scans" in refusal(jpeg_of_scans(100_000, 8))


def test_scans_of_thumbnails_and_appended_data_do_not_count() -> None:
    assert facts_of(jpeg_of_scans(0, 2000, tail=jpeg_of_scans(2000, 2000))) == Facts(2000, 2000)
    thumbnail = jpeg_of_scans(600, 64)[:60_000]
    comment = b"\xff\xfe" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    data = jpeg_of_scans(0, 2000)
    assert facts_of(data[:2] + comment + data[2:]) == Facts(2000, 2000)


def test_an_image_of_the_largest_size_is_accepted() -> None:
    rows = bytes(1 + 20_000 // 8) * 5_000
    assert facts_of(png_of(20_000, 5_000, rows)) == Facts(20_000, 5_000)


def test_an_animated_image_with_too_many_pixels_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_MOVING_PIXELS", 3 * 32 * 32)
    assert facts_of(moving("GIF", frames=3)).animated
    assert "too many frames" in refusal(moving("GIF", frames=4))


def test_a_frame_that_is_larger_than_its_image_is_refused_undecoded() -> None:
    data = bytearray(moving("GIF"))
    # The second frame: its descriptor begins with a comma; four numbers follow.
    at = data.index(b"\x2c", data.index(b"\x2c") + 10)
    data[at + 5 : at + 9] = struct.pack("<2H", 30_000, 10)
    assert "20000 pixels" in refusal(bytes(data))


def test_an_animated_image_with_too_many_frames_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_FRAMES", 3)
    assert facts_of(moving("WEBP", frames=3)).animated
    assert "too many frames" in refusal(moving("WEBP", frames=4))


@pytest.mark.parametrize(
    ("made_with", "codec", "audio_codec"),
    [
        (("mp4", "libx264"), "h264", None),
        (("mp4", "libx265"), "hevc", None),
        (("mp4", "libsvtav1"), "av1", None),
        (("mp4", "mpeg4"), "mpeg4", None),
        (("mp4", "libx264", "aac"), "h264", "aac"),
        (("mp4", "libx264", "libmp3lame"), "h264", "mp3"),
        (("mp4", "libx264", "libopus"), "h264", "opus"),
        (("mov", "libx264", "pcm_s16le"), "h264", "pcm"),
        (("webm", "libvpx", "libopus"), "vp8", "opus"),
        (("webm", "libvpx-vp9"), "vp9", None),
    ],
)
def test_a_video_has_size_duration_rate_and_codecs(
    made_with: tuple[str, ...], codec: str, audio_codec: str | None
) -> None:
    facts = facts_of(film(*made_with))
    assert (facts.width, facts.height, facts.rotation, facts.animated) == (64, 48, 0, False)
    assert facts.duration == pytest.approx(0.5, abs=0.05)
    assert facts.frame_rate == pytest.approx(30)
    assert (facts.codec, facts.audio_codec) == (codec, audio_codec)


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        ("yuv420p", "yuv420p"),
        ("yuv422p", "yuv422p"),
        ("yuv444p", "yuv444p"),
        ("yuv420p10le", "yuv420p10"),
        ("yuv422p10le", "yuv422p10"),
    ],
)
def test_a_video_has_a_pixel_format(codec: str, pixels: str, expected: str) -> None:
    assert facts_of(film("mp4", codec, pixels=pixels)).pixel_format == expected


@pytest.mark.parametrize(
    ("form", "movflags", "is_fragmented"),
    [
        ("mp4", "", False),
        ("mov", "", False),
        ("mp4", "frag_keyframe+empty_moov+default_base_moof", True),
        ("mov", "frag_keyframe+empty_moov", True),
    ],
)
def test_a_video_may_be_in_fragments(form: str, movflags: str, is_fragmented: bool) -> None:
    facts = facts_of(film(form, sound="aac", movflags=movflags))
    assert (facts.fragmented, facts.audio_codec) == (is_fragmented, "aac")
    assert facts.duration == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("sound", [None, "libopus"])
@pytest.mark.parametrize("frames", [2, 45, 400])
def test_a_video_of_a_browser_lasts_until_its_last_block(frames: int, sound: str | None) -> None:
    facts = facts_of(recorded(frames, sound))
    assert facts.duration == pytest.approx(frames / 30, abs=0.06)
    assert (facts.width, facts.height, facts.codec, facts.audio_codec) == (
        *(64, 48, "vp8"),
        "opus" if sound else None,
    )


@pytest.mark.parametrize("form", ["mp4", "mov"])
@pytest.mark.parametrize(
    ("degrees", "size"), [(0, (64, 48)), (90, (48, 64)), (180, (64, 48)), (270, (48, 64))]
)
def test_a_video_has_its_displayed_size(form: str, degrees: int, size: tuple[int, int]) -> None:
    facts = facts_of(rotated(film(form), degrees))
    assert (facts.rotation, (facts.width, facts.height)) == (degrees, size)


def test_an_old_quicktime_video_is_accepted() -> None:
    assert facts_of(film("mov")[20:]).codec == "h264"


def test_a_video_without_a_video_track_is_refused() -> None:
    assert "no video track" in refusal(film("mp4", "", "aac"))
    assert "no video track" in refusal(film("webm", "", "libopus"))


VIDEOS = {
    "index in front": lambda: clip(0.5, 64, 48),
    "index at the end": lambda: film("mp4"),
    "mov": lambda: film("mov"),
    "webm": lambda: film("webm", "libvpx"),
}


@pytest.mark.parametrize("name", VIDEOS)
@pytest.mark.parametrize("part", [0.05, 0.3, 0.6, 0.95])
def test_an_incomplete_video_is_refused(name: str, part: float) -> None:
    data = VIDEOS[name]()
    assert "like a video/" in refusal(data[: int(len(data) * part)])


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\x18ftypisom\0\0\0\0isommp42",
        b"\0\0\0\x18ftypisom\0\0\0\0<script>alert(1)</script>",
        b"\x1aE\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm<html>",
        b"\0\0\0\x08wide<html></html>",
        b"\0\0\0\x18ftypisom\0\0\0\0isommp42\xff\xd8\xff",
    ],
)
def test_a_file_that_only_begins_like_a_video_is_refused(data: bytes) -> None:
    assert "broken" in refusal(data)


class CountingFile(io.BytesIO):
    """Counts the bytes that are read."""

    read_bytes = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.read_bytes += len(data)
        return data


@pytest.mark.parametrize("at_end", [False, True])
def test_only_the_index_of_a_large_video_is_read(at_end: bool) -> None:
    filling = (32 * 1024 * 1024).to_bytes(4, "big") + b"free" + bytes(32 * 1024 * 1024 - 8)
    data = film("mp4")
    at = data.index(b"moov") - 4
    whole = data[:at] + filling + data[at:] if at_end else clip(0.5, 64, 48) + filling
    file: Any = CountingFile(whole)
    assert inspector.answer(file, "video/mp4")["facts"]["codec"] == "h264"
    assert file.read_bytes < 4 * 1024 * 1024
