"""Damaged files: good ones of every kind, with bytes changed, removed, repeated or swapped."""

import random
from collections.abc import Iterator

from shared.media.content_types import NotMedia, content_type_of
from tests.media_samples import film, jpeg_of_scans, moving, recorded, rotated, still

# Numbers that break sizes, counts and offsets.
_NUMBERS = (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\x80\0\0\0", b"\0\0\0\1")


def originals() -> list[bytes]:
    return [
        *(still(kind, 96, 64, 6) for kind in ("JPEG", "PNG", "WEBP")),
        still("GIF"),
        *(moving(kind) for kind in ("GIF", "PNG", "WEBP")),
        jpeg_of_scans(3, 64),
        film("mp4", sound="aac"),
        film("mov", sound="pcm_s16le"),
        film("mp4", "libx265"),
        film("mp4", movflags="frag_keyframe+empty_moov+default_base_moof"),
        film("webm", "libvpx-vp9", "libopus"),
        rotated(film("mp4"), 90),
        recorded(),
    ]


def mutants(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """`count` damaged files that still begin like media, each with its content type."""
    dice, files = random.Random(seed), originals()
    while count:
        data = bytearray(dice.choice(files))
        for _ in range(dice.choice((1, 1, 2, 4, 16))):
            _damage(data, dice)
        try:
            yield content_type_of(bytes(data[:65_536])), bytes(data)
            count -= 1
        except NotMedia:
            continue


def _damage(data: bytearray, dice: random.Random) -> None:
    # Heads and indexes matter more than pixels do.
    area = dice.choice((64, 1024, len(data), len(data)))
    at = dice.randrange(min(area, len(data)) or 1)
    at = len(data) - 1 - at if dice.random() < 0.25 else at
    length = dice.choice((1, 2, 4, 8, 64, 512))
    what = dice.randrange(6)
    if what == 0:
        data[at : at + 1] = bytes([dice.randrange(256)])
    elif what == 1:
        data[at : at + 4] = dice.choice(_NUMBERS)
    elif what == 2:
        del data[at : at + length]
    elif what == 3:
        data[at:at] = data[at : at + length] * dice.choice((1, 3, 200))
    elif what == 4:
        data[at : at + length] = dice.randbytes(length)
    else:
        other = dice.randrange(len(data) or 1)
        data[at : at + length] = data[other : other + length]
