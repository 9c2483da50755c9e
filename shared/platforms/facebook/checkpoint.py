"""How far a post has come on Facebook."""

from dataclasses import dataclass

from shared.platforms import base


@dataclass(frozen=True)
class Checkpoint(base.Checkpoint):
    photos: tuple[str, ...] = ()
    """Ids of the uploaded photos, in the order of the post."""
    video_id: str | None = None
    upload_session: str | None = None
    """The upload of an ordinary video, in chunks."""
    upload_url: str | None = None
    """Where the bytes of a reel or a story video go, in one stream."""
    start: int = 0
    """The next chunk, in bytes; `end` is the first byte after it."""
    end: int = 0
    uploaded: bool = False
    finished: bool = False
    """Facebook was told to publish the video."""
    post_id: str | None = None
    """The post of a video, where Facebook returns it early."""
    polls: int = 0
