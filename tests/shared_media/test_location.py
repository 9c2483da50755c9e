"""The position of a photo or video is removed; all else stays byte for byte."""

import io
import random
import struct
import time
import zlib

import pytest
from PIL import ExifTags, Image

from shared.media.location import MAX_METADATA, without_location
from shared.media.metadata import scrub_exif, scrub_xmp
from tests.geotagged import PLACES, XMP, exif, photo
from tests.media_samples import film, still


class Bits:
    """A stream that gives a few bytes at a time."""

    def __init__(self, data: bytes, most: int) -> None:
        self._file, self._most = io.BytesIO(data), most

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(min(size, self._most) if size >= 0 else self._most)


def cleaned(data: bytes, content_type: str, most: int = 10**9) -> bytes:
    stream = without_location(Bits(data, most), content_type)
    return b"".join(iter(lambda: stream.read(10_000), b""))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("most", [1, 7, 1000, 10**9])
def test_a_photo_loses_its_position_and_nothing_else(kind: str, order: str, most: int) -> None:
    data = photo(kind, order)
    after = cleaned(data, f"image/{kind.lower()}", most)
    assert len(after) == len(data)
    assert not [place for place in PLACES if place in after]
    assert all(place in data for place in PLACES)
    with Image.open(io.BytesIO(data)) as old, Image.open(io.BytesIO(after)) as new:
        assert old.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        assert not new.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        expected = {tag: value for tag, value in old.getexif().items() if tag != 0x8825}
        expected.pop(0x8769)
        remaining = dict(new.getexif().items())
        remaining.pop(0x8769)
        assert remaining == expected
        assert remaining[ExifTags.Base.Orientation] == 6
        assert new.getexif().get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FNumber] == 1.8
        assert new.info["icc_profile"] == old.info["icc_profile"]
        assert new.tobytes() == old.tobytes()
    assert b"GPS for hikers" in after
    assert cleaned(after, f"image/{kind.lower()}") == after


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_photo_without_a_position_stays_byte_for_byte(kind: str) -> None:
    data = still(kind, 200, 150, 6 if kind != "GIF" else None)
    for tail in (b"", b"\xff\xe1", random.Random(1).randbytes(300_000)):
        assert cleaned(data + tail, f"image/{kind.lower()}", 999) == data + tail


@pytest.mark.parametrize("most", [100, 10**9])
def test_every_picture_in_a_jpeg_loses_its_position(most: int) -> None:
    data = photo("JPEG") + photo("JPEG", "big")
    after = cleaned(data, "image/jpeg", most)
    assert len(after) == len(data)
    assert not [place for place in PLACES if place in after]
    with Image.open(io.BytesIO(after[len(after) // 2 :])) as second:
        assert not second.getexif().get_ifd(ExifTags.IFD.GPSInfo)


def chunk(name: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(name + data).to_bytes(4, "big")
    return len(data).to_bytes(4, "big") + name + data + checksum


PROFILE = b"\nexif\n%8d\n" % 0 + (b"Exif\0\0" + exif()[6:]).hex().encode()


@pytest.mark.parametrize(
    "extra",
    [
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP)),
        chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(PROFILE)),
        chunk(b"tEXt", b"Raw profile type APP1\0" + PROFILE),
        chunk(b"tEXt", b"XML:com.adobe.xmp\0" + XMP),
        chunk(b"zTXt", b"Comment\0\0" + bytes(MAX_METADATA)),
    ],
)
def test_other_metadata_of_a_png_is_removed_if_it_has_a_position(extra: bytes) -> None:
    data = still("PNG")
    assert cleaned(data[:33] + extra + data[33:], "image/png", 1000) == data


@pytest.mark.parametrize(
    "extra",
    [
        chunk(b"iTXt", b"Title\0\0\0\0\0GPS for hikers"),
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"a comment")),
        chunk(b"zTXt", b"Comment\0\0broken"),
        chunk(b"tEXt", b"Raw profile type iptc\0\niptc\n 4\n00ff00ff"),
        chunk(b"tEXt", b"Raw profile type exif\0not hexadecimal"),
        chunk(b"eXIf", b"broken"),
    ],
)
def test_other_metadata_of_a_png_stays(extra: bytes) -> None:
    data = still("PNG")
    data = data[:33] + extra + data[33:]
    assert cleaned(data, "image/png") == data


def atom(name: bytes, data: bytes) -> bytes:
    return (len(data) + 8).to_bytes(4, "big") + name + data


APPLE = atom(b"data", struct.pack(">II", 1, 0) + b"+52.5047+013.4060+034.100/")
CRS = atom(b"data", struct.pack(">II", 1, 0) + b"+52.5047+013.4060+8850CRSWGS_84/")
ANDROID = atom(b"\xa9xyz", struct.pack(">HH", 18, 0x15C7) + b"+52.5047+013.4060/")


@pytest.mark.parametrize("place", [APPLE, ANDROID, CRS])
@pytest.mark.parametrize("kind", ["video/mp4", "video/quicktime", "image/jpeg"])
@pytest.mark.parametrize("most", [1, 100, 10**9])
def test_a_video_loses_its_position(place: bytes, kind: str, most: int) -> None:
    film_ = film("mp4")
    data = film_ + atom(b"udta", place) + bytes(500)
    after = cleaned((still("JPEG") if kind == "image/jpeg" else b"") + data, kind, most)
    assert after[-len(data) :][: len(film_)] == film_
    assert len(after) >= len(data)
    assert b"52.5" not in after
    # Still atoms of the same sizes.
    assert after[-508 - len(place) :][:8] == (len(place) + 8).to_bytes(4, "big") + b"udta"


COORDINATES = struct.pack(">iii", 13 << 16, 52 << 16, 34 << 16)


@pytest.mark.parametrize("name", [b"", "Köln".encode(), b"\xfe\xff" + "Köln".encode("utf-16-be")])
@pytest.mark.parametrize("most", [1, 100, 10**9])
def test_a_video_loses_the_position_of_3gpp(name: bytes, most: int) -> None:
    end = b"\0\0" if name.startswith(b"\xfe\xff") else b"\0"
    place = atom(b"loci", bytes(4) + b"\x15\xc7" + name + end + b"\0" + COORDINATES + b"earth\0\0")
    data = film("mp4") + atom(b"udta", place) + bytes(600)
    after = cleaned(data, "video/mp4", most)
    assert len(after) == len(data)
    assert after.startswith(film("mp4"))
    assert COORDINATES not in after
    assert b"loci" not in after


def test_a_long_compressed_text_of_a_png_is_removed() -> None:
    xmp = b" " * 2**20 + b'<a exif:GPSLatitude="52,30N"/>'
    text = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(xmp)
    data = still("PNG")
    data, plain = data[:33] + chunk(b"iTXt", text) + data[33:], data
    assert cleaned(data, "image/png") == plain


def test_a_compressed_text_with_a_wrong_checksum_loses_its_position() -> None:
    packed = bytearray(zlib.compress(b'<a exif:GPSLatitude="52,30N"/>'))
    packed[-1] ^= 1  # the checksum
    text = b"XML:com.adobe.xmp\0\1\0\0\0" + packed
    data = still("PNG")
    assert cleaned(data[:33] + chunk(b"iTXt", text) + data[33:], "image/png") == data


def test_a_png_keeps_few_texts() -> None:
    data, text = still("PNG"), chunk(b"tEXt", b"Title\0One of many")
    after = cleaned(data[:33] + text * 1_000 + data[33:], "image/png")
    assert after == data[:33] + text * 64 + data[33:]


def test_exif_with_a_long_chain_of_directories_becomes_zeros() -> None:
    chain = b"".join(struct.pack("<HI", 0, 8 + 6 * n) for n in range(1, 12))
    data = b"II*\0" + struct.pack("<I", 8) + chain + bytes(6)
    assert scrub_exif(data) == bytes(len(data))


def test_directories_that_overlap_are_not_followed_for_long() -> None:
    count = 2_000
    entries = b"".join(struct.pack("<HHII", 0x8825, 4, 1, 24_100 + 2 * n) for n in range(count))
    data = b"II*\0" + struct.pack("<IH", 8, count) + entries
    data += b"\xff" * 40_000
    assert scrub_exif(data) == bytes(len(data))


def test_other_texts_of_a_video_stay() -> None:
    texts = [b"A title", b"+49-30-123456", b"", b"-", b"+1+2+3"]
    data = film("mp4") + b"".join(atom(b"data", struct.pack(">II", 1, 0) + t) for t in texts)
    for most in (50, 10**9):
        assert cleaned(data, "video/mp4", most) == data


def test_damaged_metadata_are_no_error() -> None:
    dice = random.Random(5)
    for content_type, data in (("image/jpeg", photo("JPEG")), ("image/png", photo("PNG"))):
        for _ in range(300):
            damaged = bytearray(data)
            for _ in range(dice.choice((1, 3, 10))):
                damaged[dice.randrange(min(len(damaged), 3000))] = dice.randrange(256)
            cleaned(bytes(damaged), content_type, dice.choice((100, 10**9)))
    whole = exif()[6:]
    for end in range(len(whole)):
        assert len(scrub_exif(whole[:end])) == end


HOSTILE = {
    "many tags": b"<a:gps>" * 120_000,
    "nested": b"".join(b"<a:gps%d>" % n for n in range(60_000)) * 2,
    "crossed": b"".join(b"<a:gps%d>" % n for n in range(40_000))
    + b"".join(b"</a:gps%d>" % n for n in range(40_000)),
    "long names": b"a" * 1_000_000,
    "spaces": b" a:gps" + b" " * 1_000_000,
    "quotes": b" a:gps='" * 120_000,
    "open": b"<a:gps " * 140_000,
}


@pytest.mark.full
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_metadata_take_linear_time(name: str) -> None:
    """Ten times the data takes about ten times as long, where a quadratic rule takes a hundred."""
    data = HOSTILE[name]

    def once(text: bytes) -> float:
        start = time.process_time()
        scrub_xmp(text)
        return time.process_time() - start

    def seconds(text: bytes) -> float:
        return min(once(text) for _ in range(3))

    assert seconds(data) < 40 * max(seconds(data[: len(data) // 10]), 0.005)


def test_overlapping_entries_take_linear_time() -> None:
    entries = b"".join(struct.pack("<HHII", n, 1, 60_000, 26) for n in range(4_000))
    gps = struct.pack("<H", 4_000) + entries
    data = b"II*\0" + struct.pack("<I", 8)
    data += struct.pack("<HHHIII", 1, 0x8825, 4, 1, 26, 0) + gps + bytes(20_000)
    start = time.process_time()
    assert len(scrub_exif(data)) == len(data)
    assert time.process_time() - start < 1
