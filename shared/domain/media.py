"""A stored file for posts, with facts read from its bytes."""

from dataclasses import dataclass
from enum import StrEnum


class MediaKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"


@dataclass(frozen=True)
class MediaAsset:
    """`users/{uid}/media/{media_id}`. A fact that the bytes do not tell is None."""

    media_id: str
    url: str
    """Public and stable: anyone can download the bytes there, without a redirect."""
    content_type: str
    size: int
    """Bytes."""
    sha256: str
    """Hexadecimal."""
    width: int | None = None
    """Pixels as displayed, after rotation; the same for `height`."""
    height: int | None = None
    duration: float | None = None
    """Seconds; only of videos and animated images."""
    frame_rate: float | None = None
    """Frames per second."""
    codec: str | None = None
    """The video codec in lower case: h264, hevc, vp9, av1, …"""
    audio_codec: str | None = None
    """aac, …; None for a silent video."""
    rotation: int = 0
    """Degrees clockwise that the stored picture is rotated for display."""
    animated: bool = False
    """An image with several frames, such as an animated GIF."""
    frames: int | None = None
    """The number of frames of an animated image."""
    pixel_format: str | None = None
    """Of a video, as FFmpeg calls it without the byte order: yuv420p, yuv422p10, …"""
    fragmented: bool = False
    """An MP4 or MOV file in fragments, whose index does not cover the whole file."""
    format_name: str | None = None
    """`mpo` for a JPEG that contains several pictures."""

    @property
    def kind(self) -> MediaKind:
        return MediaKind(self.content_type.partition("/")[0])

    @property
    def aspect_ratio(self) -> float | None:
        """Width divided by height."""
        return self.width / self.height if self.width and self.height else None
