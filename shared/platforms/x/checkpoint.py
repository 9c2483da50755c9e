"""How far a post has come on X."""

from dataclasses import dataclass
from typing import Literal

from shared.platforms import base


@dataclass(frozen=True)
class Upload:
    """The medium that is being uploaded."""

    id: str
    sent: int = 0
    """Bytes."""
    state: Literal["processing", "ready"] | None = None
    """None until all bytes are sent and the upload is finalized."""
    waited: int = 0
    """Seconds spent waiting for X to process it."""


@dataclass(frozen=True)
class Checkpoint(base.Checkpoint):
    media_ids: tuple[str, ...] = ()
    """The media that can be attached, in the order of the post."""
    upload: Upload | None = None
    restarts: int = 0
    """Uploads of the current medium that were started again."""
    refused: int = 0
    """How often creating the post was refused because of its media ids."""
