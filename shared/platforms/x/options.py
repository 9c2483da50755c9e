"""The options of a post on X."""

from typing import Literal

from shared.platforms.limits import AltTextOptions


class XOptions(AltTextOptions):
    reply_settings: Literal["following", "mentionedUsers", "subscribers", "verified"] | None = None
    """Who may reply; everyone when omitted."""
