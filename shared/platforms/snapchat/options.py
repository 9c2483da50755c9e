"""The options of a post on Snapchat."""

from typing import Literal

from pydantic import Field

from shared.platforms.limits import Options


class SnapchatOptions(Options):
    post_type: Literal["story", "saved_story", "spotlight"] | None = None
    """What to publish; when omitted, a video becomes a spotlight and an image a story."""
    title: str | None = None
    """The title of a saved story; its text when omitted."""
    locale: str | None = Field(default=None, pattern="^[a-z]{2,3}_[A-Z]{2}$")
    """Language and country of a spotlight's description; en_US when omitted."""
    ttl: Literal["ONE_DAY", "TWO_DAYS", "THREE_DAYS", "ONE_WEEK"] | None = None
    """How long a story is shown; one day when omitted."""
    save_to_profile: bool | None = None
    """Whether a spotlight is also shown on the profile; true when omitted."""
