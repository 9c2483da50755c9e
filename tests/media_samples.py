"""Pictures and videos of every kind, whole and damaged, made on the spot."""

import io
import struct
import zlib
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Any

import av
from PIL import Image

from local.sample_media import picture

_SOUND_RATE = 48_000


@cache
def still(kind: str, width: int = 64, height: int = 48, orientation: int | None = None) -> bytes:
    """A picture in one of Pillow's formats, with the EXIF orientation if one is given."""
    options: dict[str, Any] = {}
    if orientation is not None:
        exif = Image.Exif()
        exif[0x0112] = orientation
        options["exif"] = exif
    with Image.open(io.BytesIO(picture(width, height, "PNG"))) as image:
        file = io.BytesIO()
        image.save(file, kind, **options)
    return file.getvalue()


@cache
def moving(kind: str, frames: int = 3, milliseconds: int = 100, side: int = 32) -> bytes:
    """A moving picture whose frames differ."""
    images = [
        Image.new("RGB", (side, side), (40 * n % 256, n // 7 % 256, 9)) for n in range(frames)
    ]
    file = io.BytesIO()
    images[0].save(
        file, kind, save_all=True, append_images=images[1:], duration=milliseconds, loop=0
    )
    return file.getvalue()


@cache
def film(
    form: str = "mp4",
    codec: str = "libx264",
    sound: str | None = None,
    frames: int = 15,
    width: int = 64,
    height: int = 48,
    pixels: str = "yuv420p",
    movflags: str = "",
) -> bytes:
    """A video of 30 frames in a second; all names as FFmpeg's."""
    file = io.BytesIO()
    options = {"movflags": movflags} if movflags else {}
    with av.open(file, "w", format=form, options=options) as container:
        pictures = container.add_stream(codec, rate=30) if codec else None
        silence = container.add_stream(sound, rate=_SOUND_RATE, layout="mono") if sound else None
        if pictures is not None:
            pictures.width, pictures.height, pictures.pix_fmt = width, height, pixels
            for frame in _pictures(frames, width, height):
                container.mux(pictures.encode(frame.reformat(format=pixels)))
            container.mux(pictures.encode())
        if silence is not None:
            for frame in _silence(silence.codec_context, frames * _SOUND_RATE // 30):
                container.mux(silence.encode(frame))
            container.mux(silence.encode())
    return file.getvalue()


class _Pipe(io.RawIOBase):
    """What is written cannot be gone back to."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self.data += data
        return len(data)


@cache
def recorded(frames: int = 45, sound: str | None = "libopus") -> bytes:
    """A WebM as browsers record it: without a duration and without sizes of its clusters."""
    pipe = _Pipe()
    with av.open(pipe, "w", format="webm", options={"live": "1"}) as container:
        pictures = container.add_stream("libvpx", rate=30)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        silence = container.add_stream(sound, rate=_SOUND_RATE, layout="mono") if sound else None
        for frame in _pictures(frames, 64, 48):
            container.mux(pictures.encode(frame))
        container.mux(pictures.encode())
        if silence is not None:
            for frame in _silence(silence.codec_context, frames * _SOUND_RATE // 30):
                container.mux(silence.encode(frame))
            container.mux(silence.encode())
    return bytes(pipe.data)


def _pictures(count: int, width: int, height: int) -> Iterator[av.VideoFrame]:
    for number in range(count):
        image = Image.new("RGB", (width, height), (9 * number % 256, 80, 90))
        frame = av.VideoFrame.from_image(image).reformat(format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, 30)
        yield frame


def _silence(codec: Any, count: int) -> Iterator[av.AudioFrame]:
    codec.open(strict=False)
    samples = codec.frame_size or 1024
    for start in range(0, count - samples + 1, samples):
        frame = av.AudioFrame(codec.format.name, "mono", samples)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.rate, frame.pts, frame.time_base = _SOUND_RATE, start, Fraction(1, _SOUND_RATE)
        yield frame


def rotated(data: bytes, degrees: int) -> bytes:
    """An MP4 whose first track is shown turned clockwise: the matrix in its track header."""
    one = 0x10000
    a, b, c, d = {
        0: (one, 0, 0, one),
        90: (0, one, -one, 0),
        180: (-one, 0, 0, -one),
        270: (0, -one, one, 0),
    }[degrees]
    at = data.index(b"tkhd") + 44
    matrix = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 0x40000000)
    return data[:at] + matrix + data[at + 36 :]


def png_of(width: int, height: int, rows: bytes = b"") -> bytes:
    """A PNG that says it is so large; `rows` are all it has."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def webp_of(width: int, height: int) -> bytes:
    """A lossless WebP of 40 bytes that says it is so large."""
    size = (width - 1) | (height - 1) << 14
    body = b"\x2f" + size.to_bytes(4, "little") + b"\x88\x88\x08" + bytes(12)
    chunk = b"VP8L" + len(body).to_bytes(4, "little") + body
    return b"RIFF" + (4 + len(chunk)).to_bytes(4, "little") + b"WEBP" + chunk


def with_long_index(data: bytes) -> bytes:
    """An MP4 whose table of times claims 2^32 entries."""
    at = data.index(b"stts") + 8
    return data[:at] + b"\xff\xff\xff\xff" + data[at + 4 :]


def jpeg_of_scans(scans: int, side: int, tail: bytes = b"") -> bytes:
    """A progressive JPEG that goes over its pixels so many times more than it has to."""
    file = io.BytesIO()
    Image.new("L", (side, side)).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * scans + data[-2:] + tail
