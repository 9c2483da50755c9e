"""Generates sample pictures and clips for the local stack and for tests.

The same `seed` always gives the same file, and another `seed` another one.
"""

import io
import random
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from PIL import Image

_SOUND_RATE = 44_100
_SOUND_FRAME = 1024  # samples of an AAC frame


def picture(width: int = 1080, height: int = 1350, kind: str = "JPEG", seed: int = 1) -> bytes:
    """An image of `kind`: JPEG, PNG, WEBP or GIF."""
    file = io.BytesIO()
    _mosaic(width, height, 4, random.Random(seed)).save(file, kind)
    return file.getvalue()


def clip(
    seconds: float = 8,
    width: int = 720,
    height: int = 1280,
    *,
    rate: int = 30,
    seed: int = 1,
    draw: Callable[[float], Any] | None = None,
) -> bytes:
    """An MP4 (H.264 and silent AAC, with its index at the start) that every platform accepts.

    `draw` answers the picture at a time in seconds; without it, they are mosaics.
    """
    dice = random.Random(seed)
    draw = draw or (lambda _: _mosaic(width, height, 16, dice))
    with tempfile.TemporaryDirectory() as folder:
        # At the end the index is moved to the start, for which the file is opened again.
        path = Path(folder) / "clip.mp4"
        with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
            pictures = container.add_stream(
                "libx264", rate=rate, options={"preset": "ultrafast", "threads": "1"}
            )
            pictures.width, pictures.height, pictures.pix_fmt = width, height, "yuv420p"
            sound = container.add_stream("aac", rate=_SOUND_RATE, layout="mono")
            for frame in _frames(int(seconds * rate), rate, draw):
                container.mux(pictures.encode(frame))
            container.mux(pictures.encode())
            for frame in _silence(int(seconds * _SOUND_RATE / _SOUND_FRAME)):
                container.mux(sound.encode(frame))
            container.mux(sound.encode())
        return path.read_bytes()


def _frames(count: int, rate: int, draw: Callable[[float], Any]) -> Iterator[av.VideoFrame]:
    """A slide show: a new picture twice a second."""
    frame = None
    for number in range(count):
        if number % (rate // 2) == 0:
            frame = av.VideoFrame.from_image(draw(number / rate)).reformat(format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, rate)
        yield frame


def _silence(count: int) -> Iterator[av.AudioFrame]:
    for number in range(count):
        frame = av.AudioFrame(format="fltp", layout="mono", samples=_SOUND_FRAME)
        frame.planes[0].update(bytes(4 * _SOUND_FRAME))
        frame.rate, frame.pts = _SOUND_RATE, number * _SOUND_FRAME
        frame.time_base = Fraction(1, _SOUND_RATE)
        yield frame


def _mosaic(width: int, height: int, side: int, dice: random.Random) -> Any:
    """`side` × `side` colours that blend into each other."""
    small = Image.frombytes("RGB", (side, side), dice.randbytes(side * side * 3))
    return small.resize((width, height), Image.Resampling.BICUBIC)
