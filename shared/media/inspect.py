"""What a file is, from its bytes alone, not from its name or the server's Content-Type.

`content_type_of` uses the first bytes, during the download; `inspect` reads the whole file.
"""

import os
import re
import struct
import threading
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from PIL.Image import Image
    from pymediainfo import Track

_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
)
# The first box of a file of the MP4 family; an old QuickTime file has no ftyp.
_OLD_QUICKTIME = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
# Brands in the first box that are no MP4 video, mp4ra.org/registered-types/brands. A file with any
# other brand is inspected as a video.
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), "a HEIC image"),
    **dict.fromkeys((b"mif1", b"msf1", b"mif2"), "a HEIC image"),
    **dict.fromkeys((b"avif", b"avis"), "an AVIF image"),
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P ", b"F4A "), "an audio file"),
}
# What people may upload as an image or a video; the message names its type.
_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"BM", "a BMP image"),
    (b"\xff\x0a", "a JPEG XL image"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL image"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image"),
    (b"\x1aE\xdf\xa3", "a Matroska video"),
    (b"FLV", "a Flash video"),
    (b"OggS", "an Ogg file"),
    (b"ID3", "an audio file"),
    (b"RIFF", "an AVI or WAV file"),
)
_MARKUP = ((b"<svg", "an SVG image"), (b"<!doctype html", "a web page"), (b"<html", "a web page"))
_SUPPORTED = "Use a JPEG, PNG, GIF or WebP image, or an MP4, MOV or WebM video."

MAX_PIXELS = 100_000_000
MAX_SIDE = 20_000
_TOO_LARGE = (
    f"The image is larger than {MAX_PIXELS // 1_000_000} megapixels or {MAX_SIDE} pixels "
    "on one side. Make it smaller."
)
# Of all frames of an animated image: at most half a minute of decoding.
MAX_MOVING_PIXELS = 500_000_000
MAX_FRAMES = 5_000
# A JPEG can repeat its pixels in many scans, with 31 bytes for each.
MAX_SCANNED_PIXELS = 2_000_000_000
MAX_MARKERS = 10_000
# A decoded image needs up to 400 MB, even from a small file: one at a time.
_DECODING = threading.Lock()

# Markers that are followed by a length: not 0xff00 (a plain 0xff), TEM, RSTn, SOI.
_MARKER = re.compile(rb"\xff+([^\x00\x01\xd0-\xd8\xff])", re.DOTALL)
_EOI, _SOS = b"\xd9", b"\xda"

_ORIENTATION = 0x0112
# EXIF 2.32, tag 274; 2, 4, 5 and 7 are also mirrored.
_ROTATIONS = {3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270}
# What Pillow raises for damaged files.
_DAMAGE = (
    *(OSError, EOFError, SyntaxError, ValueError, LookupError, TypeError, OverflowError),
    *(struct.error, zlib.error),
)

_MPEG = ("MPEG-4", "QuickTime")
_CONTAINERS = {"video/mp4": _MPEG, "video/quicktime": _MPEG, "video/webm": ("WebM",)}
# MediaInfo's names that differ from the usual ones.
_CODECS = {"avc": "h264", "mpeg-4 visual": "mpeg4", "mpeg audio": "mp3"}


class NotMedia(Exception):
    """A file is no supported image or video. `message` says what it is, and what is supported."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Facts:
    """As in MediaAsset: sizes in pixels as displayed, duration in seconds, rotation clockwise."""

    width: int
    height: int
    duration: float | None = None
    frame_rate: float | None = None
    codec: str | None = None
    audio_codec: str | None = None
    rotation: int = 0
    animated: bool = False


def content_type_of(head: bytes) -> str:
    """A type in names.EXTENSIONS, from at most the first 64 KiB of a file.

    `inspect` finds files that only begin like that type. Raises NotMedia.
    """
    for signature, content_type in _SIGNATURES:
        if head.startswith(signature):
            return content_type
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"\x1aE\xdf\xa3") and b"webm" in head[:64]:
        return "video/webm"
    if head[4:8] == b"ftyp" and head[8:12] not in _BRANDS:
        return "video/quicktime" if head[8:12] == b"qt  " else "video/mp4"
    if head[4:8] in _OLD_QUICKTIME:
        return "video/quicktime"
    raise NotMedia(f"The file is {_kind_of(head)}, which is not supported. {_SUPPORTED}")


def _kind_of(head: bytes) -> str:
    if not head:
        return "empty"
    if head[4:8] == b"ftyp":
        return _BRANDS[head[8:12]]
    for signature, kind in _OTHERS:
        if head.startswith(signature):
            return kind
    start = head[:4096].removeprefix(b"\xef\xbb\xbf").lower()
    for mark, kind in _MARKUP:
        if mark in start:
            return kind
    return "a text file" if start.isascii() and b"\0" not in start else "of an unknown type"


def inspect(file: IO[bytes], content_type: str, size: int) -> Facts:
    """Inspect a seekable file of `size` bytes that begins like a `content_type`.

    An image is decoded, with all frames of an animated one, so a broken or incomplete file is
    noticed. Data after a complete image is allowed: phones store videos and depth maps there, and
    the file is only ever served as an image. Of a video, only the index is read. Raises NotMedia.
    """
    if file.seek(0, os.SEEK_END) != size:
        raise _broken(content_type)
    if content_type.startswith("video/"):
        return _video(file, content_type)
    with _DECODING:
        return _image(file, content_type)


def _image(file: IO[bytes], content_type: str) -> Facts:
    from PIL import Image

    # The library warns above this limit, and raises an error above twice that.
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    kind = content_type.removeprefix("image/").upper()
    try:
        file.seek(0)
        with Image.open(file, formats=[kind]) as image:
            _refuse_too_large(image)
            if kind == "JPEG":
                _refuse_many_scans(file, image.width * image.height)
            return _decoded(image, is_still=kind == "JPEG")
    except Image.DecompressionBombError:
        raise NotMedia(_TOO_LARGE) from None
    except _DAMAGE as error:
        raise _broken(content_type) from error


def _decoded(image: "Image", is_still: bool) -> Facts:
    width, height = image.size
    # JPEG can be decoded at an eighth of its size, which reads all bytes but needs little memory.
    image.draft(image.mode, (width // 8, height // 8))
    image.load()
    seconds = None if is_still else _animation_seconds(image)
    rotation = _rotation(image)
    if rotation in (90, 270):
        width, height = height, width
    animated = seconds is not None
    return Facts(width, height, seconds or None, rotation=rotation, animated=animated)


def _refuse_many_scans(file: IO[bytes], pixels: int) -> None:
    """Count scans up to the end of the image, without the data that phones append."""
    position, scans, markers = 2, 0, 0
    while markers < MAX_MARKERS and scans * pixels <= MAX_SCANNED_PIXELS:
        file.seek(position)
        piece = file.read(4096)
        marker = _MARKER.search(piece)
        if marker is None:
            if len(piece) < 4096:
                return
            position += len(piece) - 1  # which may be the first half of a marker
            continue
        if marker[1] == _EOI:
            return
        markers, scans = markers + 1, scans + (marker[1] == _SOS)
        file.seek(position + marker.end())
        position += marker.end() + int.from_bytes(file.read(2), "big")
    raise NotMedia("The image has too many scans. Save it as a baseline JPEG.")


def _animation_seconds(image: "Image") -> float | None:
    """The duration of all frames, each of which is decoded; None for a still image."""
    milliseconds = image.info.get("duration", 0)
    pixels = image.width * image.height
    number = 0
    while True:
        number += 1
        try:
            image.seek(number)
        except EOFError:
            return milliseconds / 1000 if number > 1 else None
        # A frame may be larger than the previous ones.
        _refuse_too_large(image)
        pixels += image.width * image.height
        if number >= MAX_FRAMES or pixels > MAX_MOVING_PIXELS:
            raise NotMedia("The animated image has too many frames. Use a video instead.")
        image.load()
        milliseconds += image.info.get("duration", 0)


def _rotation(image: "Image") -> int:
    try:
        return _ROTATIONS.get(image.getexif().get(_ORIENTATION, 1), 0)
    except _DAMAGE:
        # Viewers display such an image as it is stored.
        return 0


def _refuse_too_large(image: "Image") -> None:
    if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_SIDE:
        raise NotMedia(_TOO_LARGE)


def _video(file: IO[bytes], content_type: str) -> Facts:
    from xml.etree.ElementTree import ParseError

    from pymediainfo import MediaInfo

    try:
        info = MediaInfo.parse(cast(Any, file), encoding_errors="replace")
    except ParseError as error:
        raise _broken(content_type) from error
    general, videos = info.general_tracks, info.video_tracks
    is_known = general and general[0].format in _CONTAINERS[content_type]
    if not is_known or general[0].istruncated == "Yes" or not (videos or info.audio_tracks):
        raise _broken(content_type)
    if not videos:
        raise NotMedia("The file has no video track. Use a file that has one.")
    return _video_facts(general[0], videos[0], info.audio_tracks, content_type)


def _video_facts(
    general: "Track", video: "Track", audio: "list[Track]", content_type: str
) -> Facts:
    duration = (_number(general.duration) or _number(video.duration)) / 1000
    width, height = int(_number(video.width)), int(_number(video.height))
    if not (duration and width and height):
        raise _broken(content_type)
    rotation = round(_number(video.rotation)) % 360
    if rotation in (90, 270):
        width, height = height, width
    return Facts(
        width,
        height,
        duration,
        frame_rate=_number(video.frame_rate) or None,
        codec=_codec(video),
        audio_codec=_codec(audio[0]) if audio else None,
        rotation=rotation,
    )


def _number(value: Any) -> float:
    """MediaInfo returns numbers as int or as text, and 0 for none."""
    try:
        return float(value or 0)
    except ValueError:
        return 0.0


def _codec(track: "Track") -> str | None:
    name = (track.format or "").lower()
    return _CODECS.get(name, name) or None


def _broken(content_type: str) -> NotMedia:
    return NotMedia(
        f"The file begins like a {content_type} file but is broken or incomplete. "
        "Export it again and retry."
    )
