"""What TikTok supports in a post (Media Transfer Guide, read 2026-11-22)."""

from collections.abc import Iterator
from dataclasses import replace

from shared.domain.content import Content
from shared.domain.errors import Violation
from shared.domain.media import MediaKind
from shared.platforms import tiktok
from shared.platforms.limits import Capabilities, Limits, MediaLimits
from shared.platforms.tiktok.options import TikTokOptions
from shared.platforms.tiktok.text import utf16_units

MAX_TITLE = 90
# `max_video_post_duration_sec` of a creator is 3, 5 or 10 minutes.
SAFE_SECONDS = 180
MAX_IMAGE_LINES = 1080
MAX_VIDEO_TEXT = 2200
_VIDEO_ONLY = ("disableDuet", "disableStitch", "aiGenerated", "coverTimestampMs")
_PHOTO_ONLY = ("title", "autoAddMusic", "photoCoverIndex")

CAPABILITIES = Capabilities(
    max_text=4000,
    text_unit="UTF-16 units, where an emoji counts 2 or more",
    # MB and GB are powers of 10 in one place of the documentation and powers of 2 in another.
    image=MediaLimits(
        content_types=frozenset({"image/jpeg", "image/webp"}),
        max_bytes=20_000_000,
        # "1080p": 1080 lines of 1920 pixels, or the other way round (see `_image_violations`).
        max_width=1920,
        max_height=1920,
    ),
    video=MediaLimits(
        content_types=frozenset({"video/mp4", "video/quicktime", "video/webm"}),
        max_bytes=4_000_000_000,
        min_width=360,
        max_width=4096,
        min_height=360,
        max_height=4096,
        # The minimum is from other clients' documentation. Many creators have a lower maximum.
        min_seconds=3,
        max_seconds=600,
        min_frame_rate=23,
        max_frame_rate=60,
        codecs=frozenset({"h264", "hevc", "vp8", "vp9"}),
    ),
    max_images=35,
    max_videos=1,
    needs_media=True,
)


def limits_of(content: Content) -> Capabilities:
    """The caption of a video is shorter than the description of photos."""
    return replace(CAPABILITIES, max_text=MAX_VIDEO_TEXT) if content.videos else CAPABILITIES


def violations(content: Content) -> Iterator[Violation]:
    """Violations that no capability covers."""
    yield from _option_violations(content)
    yield from _image_violations(content)


def warnings(content: Content) -> Iterator[Violation]:
    """Videos that are too long for some creators."""
    for position, video in enumerate(content.videos):
        if video.duration is not None and video.duration > SAFE_SECONDS:
            message = "TikTok allows some accounts only 3 or 5 minutes, and may refuse this video."
            yield Violation(f"media[{position}]", "video_may_be_too_long", message)


def _image_violations(content: Content) -> Iterator[Violation]:
    for position, asset in enumerate(content.media):
        if asset.kind is not MediaKind.IMAGE:
            continue
        if min(asset.width or 0, asset.height or 0) > MAX_IMAGE_LINES:
            message = (
                f"TikTok supports photos of at most {MAX_IMAGE_LINES} by 1920 pixels; this one has "
                f"{asset.width} by {asset.height}."
            )
            yield Violation(f"media[{position}]", "resolution_too_large", message)


def _option_violations(content: Content) -> Iterator[Violation]:
    options = content.options
    yield from _misplaced_options(content)
    title = utf16_units(options.get("title") or "")
    if title > MAX_TITLE:
        message = (
            f"TikTok allows at most {MAX_TITLE} UTF-16 units in a title; this one has {title}."
        )
        yield Violation("options.title", "text_too_long", message)
    if options.get("brandContent") and options.get("privacyLevel") == "SELF_ONLY":
        # Reported by other clients; not documented.
        message = "TikTok does not allow SELF_ONLY for branded content. Change privacyLevel."
        yield Violation("options.privacyLevel", "privacy_not_allowed", message)
    cover = options.get("photoCoverIndex") or 0
    if content.images and cover >= len(content.images):
        message = (
            f"photoCoverIndex counts from 0 and must be less than the number of photos, "
            f"{len(content.images)}."
        )
        yield Violation("options.photoCoverIndex", "out_of_range", message)
    for video in content.videos:
        if video.duration is not None and (options.get("coverTimestampMs") or 0) > (
            video.duration * 1000
        ):
            message = f"The video ends after {video.duration * 1000:.0f} milliseconds."
            yield Violation("options.coverTimestampMs", "out_of_range", message)


def _misplaced_options(content: Content) -> Iterator[Violation]:
    misplaced = [("photos", name) for name in _VIDEO_ONLY if content.images]
    misplaced += [("videos", name) for name in _PHOTO_ONLY if content.videos]
    for media, name in misplaced:
        if name in content.options:
            message = f"TikTok does not support {name} for {media}. Remove it."
            yield Violation(f"options.{name}", "option_not_supported", message)


LIMITS = Limits(
    about=tiktok.ABOUT,
    capabilities=CAPABILITIES,
    text_length=utf16_units,
    options=TikTokOptions,
    narrowed=limits_of,
    check=violations,
    warn=warnings,
)
