"""Removing the position from photos and videos, because stored files are public.

Nothing is decoded: pixels, orientation, colour profile and all else stay byte for byte. The stream
is changed as it passes, so a large file needs no memory. What is removed: EXIF's GPS directory and
XMP's GPS properties in JPEG, PNG and WebP; the position atoms of MP4 and MOV, also of the video
that phones append to a JPEG.
"""

import re
import zlib
from collections.abc import Callable, Iterator

from shared.gcp.storage import Stream
from shared.media.metadata import scrub_exif, scrub_xmp

_PIECE = 256 * 1024
# Of one block of metadata in PNG or WebP; real ones are a tenth of that. Larger ones are removed.
MAX_METADATA = 1024 * 1024
# In one PNG; real ones have a few. A small chunk can inflate to MAX_METADATA, and each is searched.
_MAX_CHUNKS = 64
_ZLIB_HEAD = 2
_EXIF, _XMP = b"Exif\0", b"http://ns.adobe.com/x"  # also …/xmp/extension/
_APP1 = b"\xff\xe1"
# An atom with a position is at most as long as this.
_ATOM = 512
_XYZ = b"\xa9xyz"  # QuickTime File Format, user data
_DATA = b"data\0\0\0\x01"  # a text value in QuickTime metadata
_POSITION = re.compile(
    rb"[+-][0-9.]{1,20}[+-][0-9.]{1,20}(?:[+-][0-9.]{1,20})?(?:CRS[\w.-]{1,20})?/?"
)
"""ISO 6709: latitude, longitude, altitude and the system that they are in."""
# 3GPP TS 26.244, 8.10: version, language, the place's name in UTF-8 or UTF-16, its role. Longitude,
# latitude and altitude follow.
_LOCI = re.compile(
    rb"loci\0{4}..(?:\xfe\xff(?:(?!\0\0)..){0,150}\0\0|[^\0]{0,300}\0)[\0-\2]", re.DOTALL
)
_COORDINATES = 12


def without_location(stream: Stream, content_type: str) -> Stream:
    """The same file without the position where it was taken."""
    change = _CHANGES.get(content_type)
    return stream if change is None else _Pieces(change(stream))


class _Pieces(Stream):
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, b""

    def read(self, size: int = -1, /) -> bytes:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._left = piece
        count = len(self._left) if size < 0 else size
        data, self._left = self._left[:count], self._left[count:]
        return data


def _searched(find: Callable[[bytearray, bool], int]) -> Callable[[Stream], Iterator[bytes]]:
    """Pass a stream through `find`, which changes a buffer in place.

    It returns how many bytes are final; the others are seen again with what follows them.
    """

    def change(stream: Stream) -> Iterator[bytes]:
        buffer = bytearray()
        while piece := stream.read(_PIECE):
            buffer += piece
            final = find(buffer, False)
            yield bytes(buffer[:final])
            del buffer[:final]
        find(buffer, True)
        yield bytes(buffer)

    return change


def _jpeg(buffer: bytearray, is_last: bool) -> int:
    """Metadata segments of the image and of others in the same file.

    Inside of an image's data, 0xff is followed by 0 or a marker of another kind.
    """
    final, at = _atoms(buffer, is_last), 0
    while (at := buffer.find(_APP1, at)) >= 0:
        length = int.from_bytes(buffer[at + 2 : at + 4], "big")
        name = bytes(buffer[at + 4 : at + 4 + len(_XMP)])
        end = at + 2 + length
        if not is_last and (len(buffer) < at + 4 + len(_XMP)):
            return min(final, at)
        if name.startswith((_EXIF, _XMP)):
            if not is_last and len(buffer) < end:
                return min(final, at)
            buffer[at + 4 : end] = _scrubbed_segment(bytes(buffer[at + 4 : end]))
            at = min(end, len(buffer)) - 2
        at += 2
    return final


def _scrubbed_segment(data: bytes) -> bytes:
    if data.startswith(_EXIF):
        return data[:6] + scrub_exif(data[6:])
    return scrub_xmp(data)


def _atoms(buffer: bytearray, is_last: bool) -> int:
    """Atoms that contain a position and nothing else."""
    for mark, skipped in ((_XYZ, 8), (_DATA, 12)):
        at = -1
        while (at := buffer.find(mark, at + 1)) >= 0:
            if not is_last and at + _ATOM > len(buffer):
                break
            start = at + skipped
            text = bytes(buffer[start : start + _ATOM - skipped])
            position = _POSITION.match(text)
            if position is None or (mark == _DATA and not position[0].endswith(b"/")):
                continue
            length = position.end()
            buffer[start : start + length] = b" " * length
            if mark == _XYZ:
                buffer[at : at + 4] = b"free"
    for found in list(_LOCI.finditer(buffer)):
        if is_last or found.start() + _ATOM <= len(buffer):
            buffer[found.start() : found.start() + 4] = b"free"
            end = min(found.end() + _COORDINATES, len(buffer))
            buffer[found.end() : end] = bytes(end - found.end())
    return len(buffer) if is_last else max(0, len(buffer) - _ATOM)


class _Blocks:
    """A stream read block by block."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def take(self, count: int) -> bytes:
        """`count` bytes, fewer only at the end."""
        data = bytearray()
        while len(data) < count and (piece := self._stream.read(count - len(data))):
            data += piece
        return bytes(data)

    def passing(self, count: int) -> Iterator[bytes]:
        while count > 0 and (piece := self._stream.read(min(count, _PIECE))):
            count -= len(piece)
            yield piece

    def rest(self) -> Iterator[bytes]:
        while piece := self._stream.read(_PIECE):
            yield piece


def _png(stream: Stream) -> Iterator[bytes]:
    blocks, chunks = _Blocks(stream), 0
    yield blocks.take(8)
    while len(head := blocks.take(8)) == 8:
        length, name = int.from_bytes(head[:4], "big"), head[4:]
        if name == b"IEND":
            yield head
            break
        if name not in (b"eXIf", b"iTXt", b"zTXt", b"tEXt"):
            yield head
            yield from blocks.passing(length + 4)
            continue
        chunks += 1
        if length > MAX_METADATA or chunks > _MAX_CHUNKS:
            for _ in blocks.passing(length + 4):
                pass
        else:
            data, checksum = blocks.take(length), blocks.take(4)
            changed = _png_metadata(name, data)
            if changed == data:
                yield head + data + checksum
            elif changed is not None:
                yield head + changed + zlib.crc32(name + changed).to_bytes(4, "big")
    else:
        yield head
    yield from blocks.rest()


def _png_metadata(name: bytes, data: bytes) -> bytes | None:
    """The chunk without the position; None if it must be removed for that."""
    if name == b"eXIf":
        return scrub_exif(data)
    keyword, _, text = data.partition(b"\0")
    if name == b"iTXt" and text[:1] == b"\0":
        return data[: len(keyword) + 1] + scrub_xmp(text)
    if name == b"iTXt":
        text = text[2:].partition(b"\0")[2].partition(b"\0")[2]
    if name != b"tEXt":
        inflated = _inflated(text[1:] if name == b"zTXt" else text)
        if inflated is None:
            return None
        text = inflated
    if keyword.startswith(b"Raw profile type"):
        # ImageMagick's form of EXIF and XMP: a length and hexadecimal digits.
        return None if _names_position(text) else data
    return data if scrub_xmp(text) == text else None


def _inflated(data: bytes) -> bytes | None:
    """None for more than is searched. A wrong checksum does not matter, as to some programs."""
    decompressor = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        text = decompressor.decompress(data[_ZLIB_HEAD:], MAX_METADATA)
    except zlib.error:
        return b""
    return None if decompressor.unconsumed_tail else text


def _names_position(profile: bytes) -> bool:
    digits = b"".join(profile.split()[2:])
    try:
        data = bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        return False
    data = data.removeprefix(b"Exif\0\0")
    return scrub_exif(data) != data or scrub_xmp(data) != data


def _webp(stream: Stream) -> Iterator[bytes]:
    """In place, because the file's head has its size."""
    blocks = _Blocks(stream)
    yield blocks.take(12)
    while len(head := blocks.take(8)) == 8:
        yield head
        name, length = head[:4], int.from_bytes(head[4:], "little")
        length += length % 2
        if name not in (b"EXIF", b"XMP "):
            yield from blocks.passing(length)
        elif length > MAX_METADATA:
            for piece in blocks.passing(length):
                yield bytes(len(piece))
        else:
            data = blocks.take(length)
            start = 6 if data.startswith(b"Exif\0\0") else 0
            is_exif = name == b"EXIF"
            yield data[:start] + scrub_exif(data[start:]) if is_exif else scrub_xmp(data)
    yield head
    yield from blocks.rest()


_CHANGES: dict[str, Callable[[Stream], Iterator[bytes]]] = {
    "image/jpeg": _searched(_jpeg),
    "image/png": _png,
    "image/webp": _webp,
    "video/mp4": _searched(_atoms),
    "video/quicktime": _searched(_atoms),
}
