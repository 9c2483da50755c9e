"""A file that we store and posts show: what it is, as found by looking into its bytes."""

from dataclasses import dataclass
from enum import StrEnum


class MediaKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"


@dataclass(frozen=True)
class MediaAsset:
    """`users/{uid}/media/{media_id}`. Whatever could not be told from the bytes is None."""

    media_id: str
    url: str
    """Public and stable: anybody may fetch the bytes there, without a redirect."""
    content_type: str
    size: int
    """Bytes."""
    sha256: str
    """In hexadecimal digits."""
    width: int | None = None
    """Pixels as shown, so after rotation; `height` likewise."""
    height: int | None = None
    duration: float | None = None
    """Seconds; of a moving picture alone."""
    frame_rate: float | None = None
    """Frames in a second."""
    codec: str | None = None
    """Of the pictures of a video, in lower case: h264, hevc, vp9, av1, …"""
    audio_codec: str | None = None
    """aac, …; None for a silent video."""
    rotation: int = 0
    """Degrees clockwise by which the stored picture is turned to be shown."""
    animated: bool = False
    """An image of several frames, such as a moving GIF."""

    @property
    def kind(self) -> MediaKind:
        return MediaKind(self.content_type.partition("/")[0])

    @property
    def aspect_ratio(self) -> float | None:
        """Width over height."""
        return self.width / self.height if self.width and self.height else None
