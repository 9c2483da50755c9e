"""The options of a post on Facebook."""

from typing import Literal

from shared.platforms.limits import AltTextOptions

Product = Literal["post", "reel", "story"]


class FacebookOptions(AltTextOptions):
    post_type: Product | None = None
    """An ordinary post when omitted. A reel is one vertical video, a story one photo or video."""
    link: str | None = None
    """A page to preview, in a post without media."""
    title: str | None = None
    """The title of a video or a reel."""
