"""The inspection of complete images."""

import io
import random
import struct

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from shared.media.facts import Facts
from tests.media_samples import (
    film,
    moving,
    png_of,
    still,
)
from tests.shared_media.inspecting import answer, facts_of, refusal

pytestmark = pytest.mark.slow
STILLS = ["JPEG", "PNG", "GIF", "WEBP"]
MOVING = ["GIF", "WEBP", "PNG"]


@pytest.mark.parametrize("kind", STILLS)
def test_a_still_image_has_a_size_and_no_duration(kind: str) -> None:
    assert facts_of(still(kind)) == Facts(64, 48)


@pytest.mark.full
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


@pytest.mark.full
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
