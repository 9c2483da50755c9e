"""How far a post has come on YouTube."""

from dataclasses import dataclass, field

from shared.platforms import base


@dataclass(frozen=True)
class Checkpoint(base.Checkpoint):
    session: str | None = field(default=None, repr=False)
    """The URL of the upload session. Anyone who knows it can upload to it."""
    offset: int = 0
    """Bytes that the session holds."""
    sessions: int = 0
    """Sessions started so far."""
    stalls: int = 0
    """Uploads of which YouTube kept nothing."""
    video: str | None = None
    """The id of the video, once the session holds all bytes."""
    polls: int = 0
