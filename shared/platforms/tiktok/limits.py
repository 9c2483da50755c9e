"""What TikTok takes of a photo and of a video (Media Transfer Guide, read 2026-11-22)."""

from collections.abc import Iterator

from shared.domain.content import Content
from shared.domain.errors import Violation
from shared.domain.media import MediaKind
from shared.platforms.base import MediaLimits

# MB and GB are 10**6 and 10**9 in one place of the documentation and powers of 2 in another.
IMAGE = MediaLimits(
    content_types=frozenset({"image/jpeg", "image/webp"}),
    max_bytes=20_000_000,
    # "1080p": 1080 lines of 1920 pixels, or the other way round (see `image_faults`).
    max_width=1920,
    max_height=1920,
)
MAX_IMAGE_LINES = 1080
VIDEO = MediaLimits(
    content_types=frozenset({"video/mp4", "video/quicktime", "video/webm"}),
    max_bytes=4_000_000_000,
    min_width=360,
    max_width=4096,
    min_height=360,
    max_height=4096,
    # The shortest is by other clients' documentation. Many creators may post less than the longest.
    min_seconds=3,
    max_seconds=600,
    min_frame_rate=23,
    max_frame_rate=60,
    codecs=frozenset({"h264", "hevc", "vp8", "vp9"}),
)


def image_faults(content: Content) -> Iterator[Violation]:
    """Faults of photos that `IMAGE` cannot name."""
    for position, asset in enumerate(content.media):
        if asset.kind is not MediaKind.IMAGE:
            continue
        if min(asset.width or 0, asset.height or 0) > MAX_IMAGE_LINES:
            message = (
                f"TikTok takes photos of at most {MAX_IMAGE_LINES} by 1920 pixels; this has "
                f"{asset.width} by {asset.height}."
            )
            yield Violation(f"media[{position}]", "resolution_too_large", message)
        if asset.animated:
            message = "TikTok shows no animation in photos; post it as a video."
            yield Violation(f"media[{position}]", "animation_not_supported", message)
