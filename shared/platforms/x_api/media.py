"""What X takes of images, GIFs and videos, and what it calls them.

Sizes and lengths are from docs.x.com (x-api/media/quickstart, best practices) as of 2026-11-22.
"""

from collections.abc import Iterator

from shared.domain.content import Content
from shared.domain.errors import Violation
from shared.domain.media import MediaAsset, MediaKind
from shared.platforms.base import MediaLimits

MIB = 1024 * 1024
GIF_TYPE = "image/gif"

PHOTO = MediaLimits(
    content_types=frozenset({"image/jpeg", "image/png", "image/webp", GIF_TYPE}),
    max_bytes=5 * MIB,
)
# It must also keep to 350 frames, which only X counts.
MOVING_GIF = MediaLimits(
    content_types=frozenset({GIF_TYPE}), max_bytes=15 * MIB, max_width=1280, max_height=1080
)
VIDEO = MediaLimits(
    content_types=frozenset({"video/mp4", "video/quicktime"}),
    max_bytes=512 * MIB,
    min_width=32,
    min_height=32,
    # The box of 1280 x 1024 in the documentation holds neither the 720 x 1280 nor the 1080p that
    # it takes elsewhere (1080p is scaled down for accounts without Premium): 1080p either way.
    max_width=1920,
    max_height=1920,
    max_pixels=1920 * 1080,
    min_aspect=1 / 3,
    max_aspect=3,
    min_seconds=0.5,
    max_seconds=140,
    max_frame_rate=60,
    codecs=frozenset({"h264"}),
)

_SHOWN_AS = {"tweet_image": "photo", "tweet_gif": "animated_gif", "tweet_video": "video"}


def category(asset: MediaAsset) -> str:
    """`media_category` of an upload. A GIF that does not move is an image like any other."""
    if asset.kind is MediaKind.VIDEO:
        return "tweet_video"
    return "tweet_gif" if is_moving_gif(asset) else "tweet_image"


def shown_as(asset: MediaAsset) -> str:
    """The `type` under which the API lists the medium of a post."""
    return _SHOWN_AS[category(asset)]


def is_moving_gif(asset: MediaAsset) -> bool:
    return asset.animated and asset.content_type == GIF_TYPE


def violations(content: Content) -> Iterator[Violation]:
    """What of the media no capability names."""
    is_gif = [asset.content_type == GIF_TYPE for asset in content.images]
    # Whether a GIF that does not move may stand beside photos is documented nowhere: it may not.
    if any(is_gif) and len(is_gif) > 1:
        message = "X takes a GIF alone in a post; publish it apart, or as another kind of image."
        yield Violation("media", "mixed_media", message)
    for position, asset in enumerate(content.media):
        if asset.animated and asset.content_type != GIF_TYPE:
            message = "X shows moving images only as GIF or video; convert this one."
            yield Violation(f"media[{position}]", "animation_not_supported", message)
