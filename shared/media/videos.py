"""Inspecting a video. Runs only in the process of `inspector`: a file may crash its reader, make it
use a gigabyte, or keep it busy for minutes.
"""

import os
import re
from typing import IO, TYPE_CHECKING, Any, cast

from shared.media.content_types import NotMedia, broken
from shared.media.facts import Facts
from shared.media.webm import is_of_unknown_size, seconds_of_blocks

if TYPE_CHECKING:
    from pymediainfo import Track

_MPEG = ("MPEG-4", "QuickTime")
_CONTAINERS = {"video/mp4": _MPEG, "video/quicktime": _MPEG, "video/webm": ("WebM",)}
# MediaInfo's names that differ from the usual ones.
_CODECS = {"avc": "h264", "mpeg-4 visual": "mpeg4", "mpeg audio": "mp3"}
_CHROMA = re.compile(r"4:([0-4]):([0-4])")
# Boxes at the top of a file, or in its index; a fragmented file has one pair for each fragment.
_MAX_BOXES = 1_000


def look_into(file: IO[bytes], content_type: str) -> Facts:
    """Inspect a video, of which only the index is read. Raises NotMedia."""
    from xml.etree.ElementTree import ParseError

    from pymediainfo import MediaInfo

    file.seek(0)
    try:
        info = MediaInfo.parse(cast(Any, file), encoding_errors="replace")
    except ParseError as error:
        raise broken(content_type) from error
    general, videos = info.general_tracks, info.video_tracks
    is_known = general and general[0].format in _CONTAINERS[content_type]
    if not is_known or not (videos or info.audio_tracks):
        raise broken(content_type)
    if general[0].istruncated == "Yes" and not _may_look_truncated(file, content_type):
        raise broken(content_type)
    if not videos:
        raise NotMedia("The file has no video track. Use a file that has one.")
    return _facts(file, general[0], videos[0], info.audio_tracks, content_type)


def _facts(
    file: IO[bytes], general: "Track", video: "Track", audio: "list[Track]", content_type: str
) -> Facts:
    duration = (_number(general.duration) or _number(video.duration)) / 1000
    is_webm = content_type == "video/webm"
    if is_webm and not duration:
        duration = seconds_of_blocks(file)
    width, height = int(_number(video.width)), int(_number(video.height))
    if not (duration and width and height):
        raise broken(content_type)
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
        pixel_format=_pixel_format(video),
        fragmented=not is_webm and _is_fragmented(file),
    )


def _may_look_truncated(file: IO[bytes], content_type: str) -> bool:
    return content_type == "video/webm" and is_of_unknown_size(file)


def _number(value: Any) -> float:
    """MediaInfo returns numbers as int or as text, and 0 for none."""
    try:
        return float(value or 0)
    except ValueError:
        return 0.0


def _codec(track: "Track") -> str | None:
    name = (track.format or "").lower()
    return _CODECS.get(name, name)[:40] or None


def _pixel_format(video: "Track") -> str | None:
    """As FFmpeg calls it, without the byte order: yuv420p, yuv422p10. None if unknown."""
    color, depth = (video.color_space or "").lower(), round(_number(video.bit_depth))
    bits = "" if depth in (0, 8) else str(depth)
    chroma = _CHROMA.match(video.chroma_subsampling or "")
    if chroma:
        return f"yuv{'a' if color == 'yuva' else ''}4{chroma[1]}{chroma[2]}p{bits}"
    if color == "y":
        return f"gray{bits}"
    return f"{color}{bits}" if color in ("rgb", "rgba") else None


def _is_fragmented(file: IO[bytes]) -> bool:
    """Whether the index announces fragments (moov/mvex, ISO/IEC 14496-12, 8.8.1)."""
    end = file.seek(0, os.SEEK_END)
    index = next((b for b in _boxes(file, 0, end) if b[0] in (b"moov", b"moof")), None)
    if index is None or index[0] == b"moof":
        return index is not None
    return any(name == b"mvex" for name, _, _ in _boxes(file, index[1], index[2]))


def _boxes(file: IO[bytes], start: int, end: int) -> Any:
    """(type, start of the content, end) of the boxes in a part of the file."""
    for _ in range(_MAX_BOXES):
        if start + 8 > end:
            return
        file.seek(start)
        head = file.read(16)
        size, name, header = int.from_bytes(head[:4], "big"), head[4:8], 8
        if size == 1:
            size, header = int.from_bytes(head[8:16], "big"), 16
        elif size == 0:
            size = end - start
        if size < header or len(head) < header:
            return
        yield name, start + header, min(start + size, end)
        start += size
