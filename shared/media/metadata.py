"""The position in EXIF and XMP, removed without moving any other byte.

Both functions return as many bytes as they get, take linear time, and never fail: what cannot be
read is returned as it is, and EXIF with absurdly many entries or directories becomes zeros.
"""

import re
from typing import Literal

_ORDERS: dict[bytes, Literal["little", "big"]] = {b"II*\0": "little", b"MM\0*": "big"}
_GPS_DIRECTORY = 0x8825
_ENTRY = 12
# Bytes of one value, by the type of the field (TIFF 6.0, section 2).
_SIZES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8)
# The image, its thumbnail, and some more. One behind them could have a position, too.
_MAX_DIRECTORIES = 8
# In all of them, and those of the position. A camera writes a few hundred; directories that overlap
# would make a small file take quadratic time.
_MAX_ENTRIES = 5_000

# exif:GPSLatitude, drone-dji:GpsLongitude, … as elements and as attributes. All repetitions that
# could overlap are bounded, so that no text takes more than linear time.
_TAG = re.compile(rb"<(/?)([\w-]{1,40}:gps\w{0,60})(?![\w:-])[^<>]{0,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    rb"""(?<=[\s"'])[\w-]{1,40}:gps\w{0,60}\s{0,9}=\s{0,9}(?:"[^"<]{0,500}"|'[^'<]{0,500}')""",
    re.IGNORECASE,
)


def scrub_exif(data: bytes) -> bytes:
    """`data` (TIFF) without its GPS directory; the other entries stay."""
    if data[:4] not in _ORDERS:
        return data
    try:
        return _Tiff(data).scrubbed()
    except _TooManyEntries:
        return bytes(len(data))


class _TooManyEntries(Exception):
    """No camera wrote this."""


class _Tiff:
    def __init__(self, data: bytes) -> None:
        self._data = bytearray(data)
        self._order = _ORDERS[data[:4]]
        self._entries_left = _MAX_ENTRIES

    def scrubbed(self) -> bytes:
        directory = self._number(4, 4)
        for _ in range(_MAX_DIRECTORIES):
            if not 8 <= directory <= len(self._data) - 2:
                return bytes(self._data)
            directory = self._scrub_directory(directory)
        raise _TooManyEntries

    def _number(self, at: int, size: int) -> int:
        return int.from_bytes(self._data[at : at + size], self._order)

    def _entries(self, directory: int) -> range:
        """The places of the entries that are in the data. Raises _TooManyEntries."""
        first = directory + 2
        end = min(first + _ENTRY * self._number(directory, 2), len(self._data) - _ENTRY + 1)
        entries = range(first, end, _ENTRY)
        self._entries_left -= len(entries)
        if self._entries_left < 0:
            raise _TooManyEntries
        return entries

    def _scrub_directory(self, directory: int) -> int:
        """Remove its GPS entries; the place of the next directory."""
        count = self._number(directory, 2)
        for entry in reversed(self._entries(directory)):
            if self._number(entry, 2) != _GPS_DIRECTORY:
                continue
            self._erase(self._number(entry + 8, 4))
            # The later entries, and the place of the next directory after them, move up.
            end = min(directory + 2 + _ENTRY * count + 4, len(self._data))
            later = bytes(self._data[entry + _ENTRY : end])
            self._data[entry:end] = later + bytes(end - entry - len(later))
            count -= 1
            self._data[directory : directory + 2] = count.to_bytes(2, self._order)
        return self._number(directory + 2 + _ENTRY * count, 4)

    def _erase(self, directory: int) -> None:
        """Overwrite a directory and its values with zeros."""
        if not 8 <= directory <= len(self._data) - 2:
            return
        left = len(self._data)
        entries = self._entries(directory)
        for entry in entries:
            kind, count = self._number(entry + 2, 2), self._number(entry + 4, 4)
            size = _SIZES[kind] * count if kind < len(_SIZES) else 0
            place = self._number(entry + 8, 4)
            # Values that overlap would make this take quadratic time.
            if 4 < size <= left and 8 <= place <= len(self._data) - size:
                self._data[place : place + size] = bytes(size)
                left -= size
        self._data[directory : directory + 2] = bytes(2)
        if entries:
            end = entries[-1] + _ENTRY
            self._data[directory:end] = bytes(end - directory)


def scrub_xmp(data: bytes) -> bytes:
    """`data` (XML) with spaces instead of the GPS properties."""
    spans = [match.span() for match in _ATTRIBUTE.finditer(data)]
    open_tags: dict[bytes, int] = {}
    for tag in _TAG.finditer(data):
        name = tag[2]
        if tag[0].endswith(b"/>"):
            spans.append(tag.span())
        elif not tag[1]:
            open_tags.setdefault(name, tag.start())
        elif name in open_tags:
            spans.append((open_tags.pop(name), tag.end()))
    text, done = bytearray(data), 0
    for start, end in sorted(spans):
        if end > done:
            first = max(start, done)
            text[first:end] = b" " * (end - first)
            done = end
    return bytes(text)
