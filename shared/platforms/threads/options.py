"""The options of a post on Threads."""

from typing import Literal

from pydantic import Field

from shared.platforms.limits import AltTextOptions


class ThreadsOptions(AltTextOptions):
    reply_control: (
        Literal[
            "everyone",
            "accounts_you_follow",
            "mentioned_only",
            "parent_post_author_only",
            "followers_only",
        ]
        | None
    ) = None
    """Who may reply; everyone when omitted."""
    topic_tag: str | None = Field(None, min_length=1, max_length=50, pattern=r"^[^.&]+$")
    """The topic, without `.` and `&`; when omitted, the first `#word` of the text."""
    link_attachment: str | None = Field(None, max_length=2000, pattern=r"^https?://\S+$")
    """The link to preview below a text; when omitted, the first link in the text."""
