"""WebM files that say neither their size nor their duration, as browsers record them.

Matroska specification, RFC 9559: a Segment of unknown size has Clusters, each with a Timestamp and
with blocks whose times are relative to it.
"""

import os
from collections.abc import Iterator
from typing import IO

# The last cluster begins here: browsers write one at least every few seconds.
_TAIL_BYTES = 8 * 1024 * 1024
_HEAD_BYTES = 64 * 1024
_CLUSTER = b"\x1f\x43\xb6\x75"
_TIMESTAMP, _SIMPLE_BLOCK, _BLOCK_GROUP, _BLOCK = 0xE7, 0xA3, 0xA0, 0xA1
# Elements that cannot be in a cluster end it.
_END = (0x1F43B675, 0x1C53BB6B, 0x1254C367)  # Cluster, Cues, Tags
_SCALE = b"\x2a\xd7\xb1"  # TimestampScale, in nanoseconds
_DEFAULT_SCALE = 1_000_000
_MAX_ELEMENTS = 100_000

_SEGMENT = b"\x18\x53\x80\x67"

_Element = tuple[int, int, int]
"""Its id, the start of its content and its end."""


def is_of_unknown_size(file: IO[bytes]) -> bool:
    """Whether the file was written without going back, so that nobody can tell if it is whole."""
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    segment = _element(head, head.find(_SEGMENT)) if _SEGMENT in head else None
    return segment is not None and segment[2] == len(head)


def seconds_of_blocks(file: IO[bytes]) -> float:
    """The time of the last block in the file; 0.0 if it has none that can be read."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    scale = _scale(file.read(_HEAD_BYTES))
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read(_TAIL_BYTES)
    at = len(tail)
    while (at := tail.rfind(_CLUSTER, 0, at)) >= 0:
        ticks = _last_tick(tail, at)
        if ticks > 0:
            return ticks * scale / 1_000_000_000
    return 0.0


def _scale(head: bytes) -> int:
    at = head.find(_SCALE)
    if at < 0 or at + 4 > len(head):
        return _DEFAULT_SCALE
    width = head[at + 3] & 0x7F
    return int.from_bytes(head[at + 4 : at + 4 + min(width, 8)], "big") or _DEFAULT_SCALE


def _last_tick(data: bytes, cluster: int) -> int:
    head = _element(data, cluster)
    if head is None:
        return 0
    start, last = 0, -1
    for name, content, end in _elements(data, head[1], head[2]):
        if name == _TIMESTAMP:
            start = int.from_bytes(data[content : min(end, content + 8)], "big")
        elif name == _SIMPLE_BLOCK:
            last = max(last, _tick(data, content))
        elif name == _BLOCK_GROUP:
            for part, block, _ in _elements(data, content, end):
                last = max(last, _tick(data, block)) if part == _BLOCK else last
    return start + last if last >= 0 else 0


def _tick(data: bytes, block: int) -> int:
    """The time of a block: a signed number after the number of its track, which is one byte."""
    return int.from_bytes(data[block + 1 : block + 3], "big", signed=True)


def _elements(data: bytes, start: int, end: int) -> Iterator[_Element]:
    for _ in range(_MAX_ELEMENTS):
        element = _element(data, start) if start < min(end, len(data)) else None
        if element is None or element[0] in _END:
            return
        yield element
        start = element[2]


def _element(data: bytes, at: int) -> _Element | None:
    """The element at `at`; one of unknown size ends with the data."""
    if at >= len(data) or data[at] < 0x10:
        return None
    width = 9 - data[at].bit_length()
    name = int.from_bytes(data[at : at + width], "big")
    at += width
    if at >= len(data) or data[at] == 0:
        return None
    width = 9 - data[at].bit_length()
    size = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
    is_unknown = size == (1 << 7 * width) - 1
    return name, at + width, len(data) if is_unknown else at + width + size
