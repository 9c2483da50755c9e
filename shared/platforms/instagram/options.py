"""The options of a post on Instagram."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from shared.platforms.limits import AltTextOptions


class InstagramOptions(AltTextOptions):
    post_type: Literal["post", "reel", "story"] | None = None
    """A post when omitted. Instagram publishes a single video as a reel in any case."""
    share_to_feed: bool | None = None
    """Reels: show the reel in the feed as well as in the Reels tab."""
    thumb_offset: Annotated[int, Field(ge=0)] | None = None
    """Reels: the position of the cover image in the video, in milliseconds."""
    audio_name: Annotated[str, Field(min_length=1)] | None = None
    """Reels: a name for their original audio."""
    trial_reel: Literal["manual", "performance"] | None = None
    """Reels: show the reel first to people who do not follow the account. Sharing it with
    followers is then decided manually or by its performance."""
    collaborators: Sequence[str] = ()
    """User names, without @, of up to 3 accounts to invite as co-authors. Not for stories."""
    location_id: Annotated[str, Field(pattern=r"^[0-9]+$")] | None = None
    """The id of a Facebook Page that has a location. Not for stories."""
