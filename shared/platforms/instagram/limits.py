"""What Instagram supports in each kind of post.

Facts are from Meta's documentation (developers.facebook.com/docs/instagram-platform/
instagram-graph-api/reference/ig-user/media and …/content-publishing) as of 2026-11-22.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from shared.domain.content import Content
from shared.domain.errors import Violation
from shared.platforms import instagram
from shared.platforms.instagram.options import InstagramOptions
from shared.platforms.limits import PLAIN_CHROMA, Capabilities, Limits, MediaLimits

# Error 36000/2207004 says "It should be less than 8 MiB"; other sizes are read the same way.
_MIB = 1024 * 1024
MAX_HASHTAGS = 30
# Instagram has announced a limit of 5; the API still documents 30 (unverified which applies).
FEW_HASHTAGS = 5
MAX_MENTIONS = 20
MAX_COLLABORATORS = 3
# 25 Mbps for the video track, 128 kbps for the audio track.
MAX_BITS_PER_SECOND = 25_128_000
# docs/instagram-platform/content-publishing: 2 to 10 items in a carousel from the API.
MAX_ITEMS = 10


class Product(StrEnum):
    POST = "post"
    CAROUSEL = "carousel"
    REEL = "reel"
    STORY = "story"


def product_of(content: Content) -> Product:
    """The kind of post that `content` becomes."""
    chosen = content.options.get("postType")
    if chosen in (Product.REEL, Product.STORY):
        return Product(chosen)
    if len(content.media) > 1:
        return Product.CAROUSEL
    return Product.REEL if content.videos else Product.POST


# The documentation names MPO as not supported, although it begins as a JPEG.
_STORY_IMAGE = MediaLimits(
    content_types=frozenset({"image/jpeg"}),
    max_bytes=8 * _MIB,
    refused_formats=frozenset({"mpo"}),
)
# Instagram accepts any width and scales it to 320 to 1440 pixels. It has supported 3:4 since
# May 2025; the documentation of the API still says 4:5 (unverified).
_IMAGE = replace(_STORY_IMAGE, min_aspect=0.75, max_aspect=1.91)
_REEL_VIDEO = MediaLimits(
    content_types=frozenset({"video/mp4", "video/quicktime"}),
    max_bytes=300 * _MIB,
    max_width=1920,
    min_aspect=0.01,
    max_aspect=10,
    min_seconds=3,
    max_seconds=15 * 60,
    min_frame_rate=23,
    max_frame_rate=60,
    max_bit_rate=MAX_BITS_PER_SECOND,
    codecs=frozenset({"h264", "hevc"}),
    audio_codecs=frozenset({"aac"}),
    pixel_formats=PLAIN_CHROMA,
    # "moov atom at the front of the file": unverified that this excludes fragments.
    fragmented=False,
)
_STORY_VIDEO = replace(_REEL_VIDEO, max_bytes=100 * _MIB, max_seconds=60)

CAPABILITIES = Capabilities(
    max_text=2200,
    text_unit="characters",
    image=_IMAGE,
    # Nothing is documented about videos in carousels: those that could be reels are left to
    # Instagram to judge.
    video=_REEL_VIDEO,
    max_images=MAX_ITEMS,
    max_videos=MAX_ITEMS,
    mixes=True,
    needs_media=True,
    max_alt_text=1000,
)
_REEL = Capabilities(
    max_text=2200, text_unit="characters", video=_REEL_VIDEO, max_videos=1, needs_media=True
)
_STORY = Capabilities(
    max_text=0,
    text_unit="characters",
    image=_STORY_IMAGE,
    video=_STORY_VIDEO,
    max_images=1,
    max_videos=1,
    needs_media=True,
)
_BY_PRODUCT: Mapping[Product, Capabilities] = {
    Product.POST: CAPABILITIES,
    Product.CAROUSEL: CAPABILITIES,
    Product.REEL: _REEL,
    Product.STORY: _STORY,
}

# Sizes in whole pixels differ a little in shape.
_SAME_SHAPE = 0.01
_URL = re.compile(r"https?://\S+", re.IGNORECASE)
_HASHTAG = re.compile(r"#\w")
# The lookbehind excludes email addresses.
_MENTION = re.compile(r"(?<![\w.])@\w")
_USERNAME = re.compile(r"[A-Za-z0-9._]{1,30}")
_FOR_REELS = ("shareToFeed", "thumbOffset", "audioName", "trialReel")
_NOT_SUPPORTED: Mapping[Product, Sequence[str]] = {
    Product.POST: _FOR_REELS,
    Product.CAROUSEL: _FOR_REELS,
    Product.REEL: (),
    Product.STORY: (*_FOR_REELS, "collaborators", "locationId"),
}


def limits_of(content: Content) -> Capabilities:
    return _BY_PRODUCT[product_of(content)]


def violations(content: Content) -> Iterator[Violation]:
    """Violations that no capability covers."""
    yield from _text_violations(content)
    yield from _option_violations(content)
    yield from _collaborator_violations(content)
    yield from _cover_violations(content)


def _text_violations(content: Content) -> Iterator[Violation]:
    prose = _URL.sub("", content.text)
    for name, pattern, most in (
        ("hashtags", _HASHTAG, MAX_HASHTAGS),
        ("mentions", _MENTION, MAX_MENTIONS),
    ):
        count = len(pattern.findall(prose))
        if count > most:
            message = f"Instagram allows at most {most} {name}; this text has {count}."
            yield Violation("text", f"too_many_{name}", message)


def warnings(content: Content) -> Iterator[Violation]:
    """Hashtags that Instagram may not count, and images that it crops."""
    hashtags = len(_HASHTAG.findall(_URL.sub("", content.text)))
    if FEW_HASHTAGS < hashtags <= MAX_HASHTAGS:
        message = (
            f"Instagram recommends at most {FEW_HASHTAGS} hashtags and may ignore or refuse more; "
            f"this text has {hashtags}."
        )
        yield Violation("text", "many_hashtags", message)
    first = content.media[0].aspect_ratio if content.media else None
    for position, image in enumerate(content.media):
        ratio = image.aspect_ratio
        # Content publishing: "all images are cropped based on the first image".
        if first and ratio and abs(ratio / first - 1) > _SAME_SHAPE:
            message = "Instagram crops this file to the shape of the first one of the carousel."
            yield Violation(f"media[{position}]", "media_cropped", message)


def _option_violations(content: Content) -> Iterator[Violation]:
    product = product_of(content)
    for name in _NOT_SUPPORTED[product]:
        if content.options.get(name) not in (None, (), []):
            message = f"Instagram does not support {name} for a {product}. Remove it."
            yield Violation(f"options.{name}", "option_not_supported", message)


def _collaborator_violations(content: Content) -> Iterator[Violation]:
    names: Sequence[str] = content.options.get("collaborators") or ()
    if len(names) > MAX_COLLABORATORS:
        message = f"Instagram allows at most {MAX_COLLABORATORS} collaborators, not {len(names)}."
        yield Violation("options.collaborators", "too_many_collaborators", message)
    for position, name in enumerate(names):
        if not _USERNAME.fullmatch(name):
            message = "Enter the user name as Instagram shows it, without @."
            yield Violation(f"options.collaborators[{position}]", "invalid_username", message)


def _cover_violations(content: Content) -> Iterator[Violation]:
    offset: int | None = content.options.get("thumbOffset")
    durations = [video.duration for video in content.videos if video.duration is not None]
    if offset is not None and durations and offset >= durations[0] * 1000:
        message = f"thumbOffset must be less than the video's {durations[0] * 1000:.0f} ms."
        yield Violation("options.thumbOffset", "thumb_offset_too_large", message)


def _text_length(text: str) -> int:
    # How Instagram counts emoji is not documented; Soku counts code points.
    return len(text)


LIMITS = Limits(
    about=instagram.ABOUT,
    capabilities=CAPABILITIES,
    text_length=_text_length,
    options=InstagramOptions,
    narrowed=limits_of,
    check=violations,
    warn=warnings,
)
