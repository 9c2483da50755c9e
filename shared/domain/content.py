"""What one target publishes."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.domain.media import MediaAsset, MediaKind


@dataclass(frozen=True)
class Content:
    """What one target publishes: its own text or the post's, its options, the media."""

    text: str
    options: Mapping[str, Any] = field(default_factory=dict)
    media: tuple[MediaAsset, ...] = ()
    """In the order of display."""

    @property
    def images(self) -> tuple[MediaAsset, ...]:
        return tuple(asset for asset in self.media if asset.kind is MediaKind.IMAGE)

    @property
    def videos(self) -> tuple[MediaAsset, ...]:
        return tuple(asset for asset in self.media if asset.kind is MediaKind.VIDEO)


# Spaces, and characters that show nothing on their own: joiners, marks of direction, fillers,
# variation selectors.
_BLANK = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0]*"
)


def is_blank(text: str) -> bool:
    """Whether nothing in `text` can be seen."""
    return _BLANK.fullmatch(text) is not None


def comparable(text: str) -> str:
    """`text` in the form in which two texts are compared: platforms change spaces and accents."""
    return " ".join(unicodedata.normalize("NFC", text).split())
