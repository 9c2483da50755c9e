"""What X supports in a post.

Sizes and lengths are from docs.x.com (x-api/media/quickstart, best practices) as of 2026-11-22.
"""

from collections.abc import Iterator
from dataclasses import replace

from shared import config
from shared.domain.content import Content
from shared.domain.errors import Violation
from shared.domain.media import MediaAsset, MediaKind
from shared.platforms import x
from shared.platforms.limits import PLAIN_CHROMA, Capabilities, Limits, MediaLimits
from shared.platforms.x.options import XOptions
from shared.platforms.x.text import (
    INVALID_CHARACTERS,
    MAX_WEIGHT,
    cashtags,
    has_link,
    weighted_length,
)

MIB = 1024 * 1024
# 1000 segments of 4 MiB, as uploads.py sends them.
MAX_UPLOAD = 4000 * MIB
GIF_TYPE = "image/gif"

_PHOTO = MediaLimits(
    content_types=frozenset({"image/jpeg", "image/png", "image/webp", GIF_TYPE}),
    max_bytes=5 * MIB,
    animated_types=frozenset({GIF_TYPE}),
)
_MOVING_GIF = MediaLimits(
    content_types=frozenset({GIF_TYPE}),
    max_bytes=15 * MIB,
    max_width=1280,
    max_height=1080,
    animated_types=frozenset({GIF_TYPE}),
    max_frames=350,
    max_moving_pixels=300_000_000,
)
_VIDEO = MediaLimits(
    content_types=frozenset({"video/mp4", "video/quicktime"}),
    # For accounts without Premium. Secondary sources of October 2026 name 8 GB and 20 minutes for
    # all (unverified), so an operator can raise both.
    max_bytes=min(config.video_limit("x", "MAX_VIDEO_BYTES", 512 * MIB), MAX_UPLOAD),
    min_width=32,
    min_height=32,
    # The documented box of 1280 x 1024 excludes 720 x 1280 and 1080p, both of which X documents
    # elsewhere (1080p is scaled down for accounts without Premium): allow 1080p either way.
    max_width=1920,
    max_height=1920,
    max_pixels=1920 * 1080,
    min_aspect=1 / 3,
    max_aspect=3,
    min_seconds=0.5,
    max_seconds=config.video_limit("x", "MAX_VIDEO_SECONDS", 140),
    max_frame_rate=60,
    codecs=frozenset({"h264"}),
    audio_codecs=frozenset({"aac"}),
    pixel_formats=PLAIN_CHROMA,
    # Unverified, but reported by other clients: X fails to process a video in fragments.
    fragmented=False,
)
CAPABILITIES = Capabilities(
    max_text=MAX_WEIGHT,
    text_unit="characters, where a link counts 23 and an emoji 2",
    image=_PHOTO,
    video=_VIDEO,
    max_images=4,
    max_videos=1,
    max_alt_text=1000,
    deletes=True,
)

_CATEGORY_TYPES = {"tweet_image": "photo", "tweet_gif": "animated_gif", "tweet_video": "video"}


def limits_of(content: Content) -> Capabilities:
    if any(_is_moving_gif(asset) for asset in content.media):
        return replace(CAPABILITIES, image=_MOVING_GIF)
    return CAPABILITIES


def category(asset: MediaAsset) -> str:
    """`media_category` of an upload. A GIF that does not move is an image like any other."""
    if asset.kind is MediaKind.VIDEO:
        return "tweet_video"
    return "tweet_gif" if _is_moving_gif(asset) else "tweet_image"


def listed_type(asset: MediaAsset) -> str:
    """The `type` with which the API lists the medium of a post."""
    return _CATEGORY_TYPES[category(asset)]


def _is_moving_gif(asset: MediaAsset) -> bool:
    return asset.animated and asset.content_type == GIF_TYPE


def violations(content: Content) -> Iterator[Violation]:
    """Violations that no capability covers."""
    yield from _media_violations(content)
    if any(character in content.text for character in INVALID_CHARACTERS):
        message = "X does not allow the characters U+FFFE, U+FEFF and U+FFFF. Remove them."
        yield Violation("text", "invalid_characters", message)
    if cashtags(content.text) > 1:
        message = "X allows at most one cashtag ($ABC) in a post. Remove the others."
        yield Violation("text", "too_many_cashtags", message)


def warnings(content: Content) -> Iterator[Violation]:
    """What costs the operator more."""
    if has_link(content.text):
        # docs.x.com, pricing since February 2026.
        message = "X charges $0.20 for a post with a link, instead of $0.015 without one."
        yield Violation("text", "link_costs_more", message)


def _media_violations(content: Content) -> Iterator[Violation]:
    is_gif = [asset.content_type == GIF_TYPE for asset in content.images]
    # Undocumented whether a still GIF may be combined with photos, so it is not allowed.
    if any(is_gif) and len(is_gif) > 1:
        message = (
            "X allows only one image in a post with a GIF. Publish the GIF in its own post, or "
            "convert it to another image format."
        )
        yield Violation("media", "mixed_media", message)


LIMITS = Limits(
    about=x.ABOUT,
    capabilities=CAPABILITIES,
    text_length=weighted_length,
    options=XOptions,
    narrowed=limits_of,
    check=violations,
    warn=warnings,
)
