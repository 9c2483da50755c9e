"""How far a post has come on Snapchat."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.platforms import base


@dataclass(frozen=True)
class Media(base.Checkpoint):
    """The media that Snapchat has created for the post."""

    id: str
    key: str = field(default="", repr=False)
    """What the file is encrypted with, in Base64."""
    iv: str = field(default="", repr=False)
    """The initialization vector of the next part, in Base64."""
    add_path: str = ""
    finalize_path: str = ""
    parts: int = 0
    """How many parts were sent."""
    finalized: bool = False


@dataclass(frozen=True)
class Checkpoint(base.Checkpoint):
    media: Media | None = None
    made: int = 0
    """How many media were created for the post, because earlier ones expired."""
    waits: int = 0
    """How often Snapchat was still processing the media when Soku published them."""
    posted_at: datetime | None = None
    """When Snapchat accepted the post."""
    post_id: str | None = None
    polls: int = 0
    """How often Soku has checked the accepted post."""
