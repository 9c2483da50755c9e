"""The options of a post on TikTok."""

from typing import Literal

from pydantic import Field

from shared.platforms.limits import Options


class TikTokOptions(Options):
    privacy_level: (
        Literal["PUBLIC_TO_EVERYONE", "FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
        | None
    ) = None
    """Who can see the post; as many people as the account allows when omitted."""
    disable_comment: bool | None = None
    """Turn off comments; the account's setting when omitted, as for the next two."""
    disable_duet: bool | None = None
    """Turn off duets with the video."""
    disable_stitch: bool | None = None
    """Turn off stitches of the video."""
    brand_content: bool = False
    """The post is a paid partnership; TikTok labels it."""
    brand_organic: bool = False
    """The post promotes the creator's own business; TikTok labels it."""
    ai_generated: bool = False
    """TikTok labels the video as AI-generated."""
    cover_timestamp_ms: int | None = Field(default=None, ge=0)
    """The time in the video to use as the cover; its beginning when omitted."""
    title: str | None = None
    """A title above the text of a photo post."""
    auto_add_music: bool = False
    """TikTok adds music of its choice to the photos."""
    photo_cover_index: int | None = Field(default=None, ge=0)
    """The photo to use as the cover, counted from 0; the first when omitted."""
