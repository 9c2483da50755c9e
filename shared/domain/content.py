"""What one target publishes."""

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


def comparable(text: str) -> str:
    """`text` in the form in which two texts are compared: platforms change spaces and accents."""
    return " ".join(unicodedata.normalize("NFC", text).split())
