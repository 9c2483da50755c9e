"""Inspecting an image. Runs only in the process of `inspector`, because decoders have bugs.

What an image needs to be decoded is computed from its head, so nothing too large is ever decoded.
"""

import re
import struct
import zlib
from typing import IO, Any

from shared.media.content_types import NotMedia, broken
from shared.media.facts import Facts

MAX_PIXELS = 100_000_000
MAX_SIDE = 20_000
# The inspecting process may use `inspector.MEMORY_BYTES`, and Python with Pillow needs a part.
MAX_DECODING_BYTES = 416 * 1024 * 1024
# Of all frames of an animated image: at most ten seconds of decoding.
MAX_MOVING_PIXELS = 300_000_000
MAX_FRAMES = 5_000
# A JPEG can repeat its pixels in many scans, with 31 bytes for each.
MAX_SCANNED_PIXELS = 2_000_000_000
MAX_MARKERS = 10_000
# Of a PNG's colour profile or text. Pillow's own limit is 1 MB, and real profiles are larger.
MAX_TEXT_BYTES = 64 * 1024 * 1024

# Bytes that Pillow holds for each pixel: libwebp's animation decoder has two canvases, its copy of
# the frame, and the image; GIF and animated PNG have the frame, the previous one and its disposal.
_WEBP, _GIF, _ANIMATED_PNG = 16, 13, 13
_MODES = {"1": 1, "L": 1, "P": 1}
_OTHER_MODES = 4

# Markers that are followed by a length: not 0xff00 (a plain 0xff), TEM, RSTn, SOI.
_MARKER = re.compile(rb"\xff+([^\x00\x01\xd0-\xd8\xff])", re.DOTALL)
_EOI, _SOS = b"\xd9", b"\xda"

_ORIENTATION = 0x0112
# EXIF 2.32, tag 274; 2, 4, 5 and 7 are also mirrored.
_ROTATIONS = {3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270}
# The number of images in a multi-picture file, CIPA DC-007, 5.2.3.2.
_NUMBER_OF_IMAGES = 45057
# What Pillow raises for damaged files.
DAMAGE = (
    *(OSError, EOFError, SyntaxError, ValueError, LookupError, TypeError, OverflowError),
    *(struct.error, zlib.error, ArithmeticError, AttributeError, AssertionError),
)


def look_into(file: IO[bytes], content_type: str) -> Facts:
    """Inspect an image, with all frames of an animated one. Raises NotMedia.

    It is decoded, so a broken or incomplete one is noticed. Data after a complete image is allowed:
    phones store videos and depth maps there, and the file is only ever served as an image.
    """
    from PIL.Image import DecompressionBombError

    try:
        with opened(file, content_type) as image:
            refuse_too_large(image)
            if image.format == "JPEG":
                return _jpeg(image, file)
            return _decoded(image)
    except (MemoryError, DecompressionBombError):
        raise _too_many_pixels(0) from None
    except DAMAGE as error:
        raise broken(content_type) from error


def opened(file: IO[bytes], content_type: str) -> Any:
    """The image of this one format: importing all formats of Pillow would take longer."""
    file.seek(0)
    if content_type == "image/jpeg":
        from PIL.JpegImagePlugin import JpegImageFile

        return JpegImageFile(file)
    if content_type == "image/png":
        from PIL import PngImagePlugin

        PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY = MAX_TEXT_BYTES
        return PngImagePlugin.PngImageFile(file)
    if content_type == "image/gif":
        from PIL.GifImagePlugin import GifImageFile

        return GifImageFile(file)
    from PIL.WebPImagePlugin import WebPImageFile

    # Opening it allocates the whole canvas.
    if _size_of_webp(file.read(30)) > MAX_DECODING_BYTES // _WEBP:
        raise _too_many_pixels(MAX_DECODING_BYTES // _WEBP)
    file.seek(0)
    return WebPImageFile(file)


def _size_of_webp(head: bytes) -> int:
    """The pixels that the first chunk announces (RFC 9649, 2.5 to 2.7); 0 if it is damaged."""
    kind, body = head[12:16], head[20:].ljust(10, b"\0")
    if kind == b"VP8X":
        return (int.from_bytes(body[4:7], "little") + 1) * (
            int.from_bytes(body[7:10], "little") + 1
        )
    if kind == b"VP8L":
        sides = int.from_bytes(body[1:5], "little")
        return ((sides & 0x3FFF) + 1) * ((sides >> 14 & 0x3FFF) + 1)
    width, height = body[6:8], body[8:10]
    return (int.from_bytes(width, "little") & 0x3FFF) * (int.from_bytes(height, "little") & 0x3FFF)


def _jpeg(image: Any, file: IO[bytes]) -> Facts:
    width, height = image.size
    _refuse_many_scans(image, file)
    # Decoding at an eighth of its size reads all bytes but needs little memory.
    image.draft(image.mode, (max(width // 8, 1), max(height // 8, 1)))
    image.load()
    format_name = "mpo" if _number_of_images(image) > 1 else None
    return _still(image, width, height, format_name)


def _decoded(image: Any) -> Facts:
    width, height = image.size
    image.load()
    frames, seconds = _animation(image)
    if frames == 1:
        return _still(image, width, height)
    rotation = _rotation(image)
    width, height = (height, width) if rotation in (90, 270) else (width, height)
    return Facts(width, height, seconds or None, rotation=rotation, animated=True, frames=frames)


def _still(image: Any, width: int, height: int, format_name: str | None = None) -> Facts:
    rotation = _rotation(image)
    if rotation in (90, 270):
        width, height = height, width
    return Facts(width, height, rotation=rotation, format_name=format_name)


def _refuse_many_scans(image: Any, file: IO[bytes]) -> None:
    """Count scans up to the end of the image, without the data that phones append.

    A JPEG of one scan is decoded row by row. Of any other, all coefficients are held.
    """
    pixels = image.width * image.height
    scans = _scans(file, pixels)
    areas = [across * down for _, across, down, *_ in image.layer]
    widest = max(areas, default=1)
    coefficients = sum(2 * area / widest for area in areas)
    if scans > 1 and pixels * coefficients > MAX_DECODING_BYTES:
        raise _too_many_pixels(int(MAX_DECODING_BYTES / coefficients))


def _scans(file: IO[bytes], pixels: int) -> int:
    position, scans, markers = 2, 0, 0
    while markers < MAX_MARKERS and scans * pixels <= MAX_SCANNED_PIXELS:
        file.seek(position)
        piece = file.read(4096)
        marker = _MARKER.search(piece)
        if marker is None:
            if len(piece) < 4096:
                return scans
            position += len(piece) - 1  # which may be the first half of a marker
            continue
        if marker[1] == _EOI:
            return scans
        markers, scans = markers + 1, scans + (marker[1] == _SOS)
        file.seek(position + marker.end())
        position += marker.end() + int.from_bytes(file.read(2), "big")
    raise NotMedia("The image has too many scans. Save it as a baseline JPEG.")


def _animation(image: Any) -> tuple[int, float]:
    """The number of frames, and the seconds of all of them; each is decoded."""
    milliseconds = image.info.get("duration", 0)
    pixels = image.width * image.height
    number = 0
    while True:
        number += 1
        try:
            image.seek(number)
        except EOFError:
            return number, milliseconds / 1000
        # A frame may be larger than the previous ones.
        refuse_too_large(image)
        pixels += image.width * image.height
        if number >= MAX_FRAMES or pixels > MAX_MOVING_PIXELS:
            raise NotMedia("The animated image has too many frames. Use a video instead.")
        image.load()
        milliseconds += image.info.get("duration", 0)


def _rotation(image: Any) -> int:
    try:
        return _ROTATIONS.get(image.getexif().get(_ORIENTATION, 1), 0)
    except DAMAGE:
        # Viewers display such an image as it is stored.
        return 0


def _number_of_images(image: Any) -> int:
    """More than 1 in a multi-picture file (MPO), as some cameras and phones write."""
    try:
        index = image._getmp()
        return int(index[_NUMBER_OF_IMAGES]) if index else 1
    except DAMAGE:
        return 1


def refuse_too_large(image: Any) -> None:
    """By the announced size: nothing is decoded before."""
    most = min(MAX_PIXELS, MAX_DECODING_BYTES // _bytes_for_a_pixel(image))
    if image.width * image.height > most or max(image.size) > MAX_SIDE:
        raise _too_many_pixels(most)


def _bytes_for_a_pixel(image: Any) -> int:
    if image.format == "WEBP":
        return _WEBP
    if image.format == "GIF":
        return _GIF
    if image.format == "PNG":
        if getattr(image, "is_animated", False):
            return _ANIMATED_PNG
        return _MODES.get(image.mode, _OTHER_MODES)
    return 1  # JPEG: see _refuse_many_scans


def _too_many_pixels(most: int) -> NotMedia:
    limit = f"At most {most // 1_000_000} megapixels" if most else "Fewer megapixels"
    return NotMedia(
        f"The image has too many pixels. {limit}, and at most {MAX_SIDE} pixels on one side, are "
        "supported for an image like this. Make it smaller."
    )
