"""How far a post has come on LinkedIn."""

from dataclasses import dataclass
from datetime import datetime

from shared.platforms import base


@dataclass(frozen=True)
class VideoPart:
    """A part of a video as LinkedIn wants it: where to send which bytes."""

    url: str
    first: int
    last: int
    """The last byte, included."""


@dataclass(frozen=True)
class VideoUpload:
    """The video that is being uploaded."""

    urn: str
    token: str
    """Returned to LinkedIn as it came, even when it is empty."""
    parts: tuple[VideoPart, ...]
    etags: tuple[str, ...] = ()
    """Of the parts that were sent."""


@dataclass(frozen=True)
class Checkpoint(base.Checkpoint):
    media: tuple[str, ...] = ()
    """URNs of the uploaded media, in the order of the post."""
    video: VideoUpload | None = None
    renewed: bool = False
    """The upload of the video was started again because its URLs had expired."""
    available: int = 0
    """How many of the media LinkedIn has processed."""
    polls: int = 0
    unprocessed: int = 0
    """How often the post was refused because LinkedIn had not processed its media."""
    ready: bool = False
    """All media can be posted."""
    first_try: datetime | None = None
    """When a post with an unknown outcome was first sent. It can be sent again for minutes."""
