"""The options of a post on LinkedIn."""

from typing import Literal

from shared.platforms.limits import AltTextOptions


class LinkedinOptions(AltTextOptions):
    visibility: Literal["PUBLIC", "CONNECTIONS", "LOGGED_IN"] | None = None
    """Who can see the post; everyone when omitted. CONNECTIONS is for members, not for pages."""
    title: str | None = None
    """The title of a video."""
    disable_reshare: bool | None = None
    """Whether resharing is disabled; it is allowed when omitted."""
