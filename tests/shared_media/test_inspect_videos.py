"""The inspection of complete videos."""

import io
from typing import Any

import pytest

from local.sample_media import clip
from shared.media import inspector
from tests.media_samples import (
    film,
    recorded,
    rotated,
)
from tests.shared_media.inspecting import facts_of, refusal

pytestmark = pytest.mark.slow


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
