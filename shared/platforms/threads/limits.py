"""What Threads takes of images and videos, and of links.

From developers.facebook.com/docs/threads (posts, overview) as of 2026-11-22.
"""

import re
from collections.abc import Iterator
from typing import Any

from shared.domain.content import Content
from shared.domain.errors import Violation
from shared.domain.media import MediaAsset, MediaKind
from shared.platforms.base import MediaLimits

MIB = 1024 * 1024

# Widths from 320 to 1440 pixels are asked for; others are scaled, not refused.
IMAGE = MediaLimits(
    content_types=frozenset({"image/jpeg", "image/png"}),
    max_bytes=8 * MIB,
    # "10:1" is all that is said; it is taken for both ways, since a taller one may be refused.
    min_aspect=0.1,
    max_aspect=10,
)
VIDEO = MediaLimits(
    content_types=frozenset({"video/mp4", "video/quicktime"}),
    max_bytes=1024 * MIB,
    max_width=1920,
    min_aspect=0.01,
    max_aspect=10,
    max_seconds=300,
    min_frame_rate=23,
    max_frame_rate=60,
    codecs=frozenset({"h264", "hevc"}),
)
MAX_BIT_RATE = 100_000_000

# Since 2025-12-22: unique links of text and attachment together.
MAX_LINKS = 5
_LINK = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)

# `media_type` in the listing. Its names are known from other clients alone, so those by which
# containers are created are taken as well.
_SHOWN_AS: dict[str, frozenset[Any]] = {
    "text": frozenset({"TEXT_POST", "TEXT"}),
    "image": frozenset({"IMAGE"}),
    "video": frozenset({"VIDEO"}),
    "carousel": frozenset({"CAROUSEL_ALBUM", "CAROUSEL"}),
}


def violations(content: Content) -> Iterator[Violation]:
    """What no capability names."""
    attached = content.options.get("linkAttachment")
    links = {*_LINK.findall(content.text), *([attached] if attached else [])}
    if len(links) > MAX_LINKS:
        message = f"Threads takes at most {MAX_LINKS} different links; this post has {len(links)}."
        yield Violation("text", "too_many_links", message)
    if attached and content.media:
        message = "Threads attaches a link to a text alone; leave it or the media out."
        yield Violation("options.linkAttachment", "link_attachment_not_supported", message)
    for position, asset in enumerate(content.media):
        if asset.animated:
            message = "Threads shows images standing still; publish what moves as a video."
            yield Violation(f"media[{position}]", "animation_not_supported", message)
        if _bit_rate(asset) > MAX_BIT_RATE:
            message = "Threads takes videos of at most 100 Mbit/s; compress this one."
            yield Violation(f"media[{position}]", "bit_rate_too_large", message)


def is_shown_as(media_type: str | None, content: Content) -> bool:
    """Whether a listed post of `media_type` may be `content`; one that names none may be."""
    if media_type is None:
        return True
    kind = "text"
    if len(content.media) > 1:
        kind = "carousel"
    elif content.media:
        kind = "image" if content.media[0].kind is MediaKind.IMAGE else "video"
    return media_type in _SHOWN_AS[kind]


def _bit_rate(asset: MediaAsset) -> float:
    """The average; 0 where it cannot be told."""
    return asset.size * 8 / asset.duration if asset.duration else 0
