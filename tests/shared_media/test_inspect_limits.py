"""Images that would cost too much: refused before they are decoded."""

import struct
import tracemalloc
import zlib

import pytest

from shared.media import pictures
from shared.media.facts import Facts
from tests.media_samples import (
    jpeg_of_scans,
    moving,
    png_of,
    still,
    webp_of,
)
from tests.shared_media.inspecting import facts_of, refusal

pytestmark = pytest.mark.slow


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
