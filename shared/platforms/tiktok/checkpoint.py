"""How far a post has come on TikTok."""

from dataclasses import dataclass, field

from shared.platforms import base


@dataclass(frozen=True)
class Settings(base.Checkpoint):
    """The part of a post that depends on what the creator allows."""

    privacy_level: str = ""
    disable_comment: bool = False
    disable_duet: bool | None = None
    """None, as the next: the post has photos."""
    disable_stitch: bool | None = None

    @property
    def fields(self) -> dict[str, str | bool]:
        """As `post_info` has them."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class Checkpoint(base.Checkpoint):
    settings: Settings | None = None
    creator: str | None = None
    """The user name, for links."""
    publish_id: str | None = None
    upload_url: str | None = field(default=None, repr=False)
    """Anyone who knows it can upload to it."""
    offset: int = 0
    """Bytes uploaded."""
    tries: int = 0
    """Uploads, or requests for photos, so far."""
    sent: bool = False
    """TikTok has the whole post."""
    polls: int = 0
    asked_for_id: int = 0
    """Polls of a public post that had no id yet."""

    @property
    def new_try(self) -> "Checkpoint":
        """The start of another try."""
        return Checkpoint(tries=self.tries)
