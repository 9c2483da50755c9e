"""What Facebook supports in each kind of post on a Page.

Facts are from Meta's documentation (docs/pages-api, docs/video-api) as of 2026-11-22; where it
names no limit, the stricter of two known ones applies and a comment gives its source.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from shared.domain.content import Content
from shared.domain.errors import Violation
from shared.domain.media import MediaKind
from shared.platforms import facebook
from shared.platforms.facebook.options import FacebookOptions, Product
from shared.platforms.limits import Capabilities, Limits, MediaLimits

MEGABYTE = 1_000_000
GIGABYTE = 1000 * MEGABYTE

# Titles have no documented limit, only an error for one that is too long; players show 255.
MAX_TITLE = 255
# No limit is documented; this is Instagram's.
MAX_ALT_TEXT = 1000

# The error 1366046 says "less than 4 MB" (unverified which applies); docs/pages-api says 10 MB, and
# that a PNG over 1 MB may look pixelated.
SAFE_PHOTO_BYTES = 4 * MEGABYTE
SHARP_PNG_BYTES = MEGABYTE
_PHOTO = MediaLimits(content_types=frozenset({"image/jpeg", "image/png"}), max_bytes=10 * MEGABYTE)

# docs/video-api/guides/publishing; codecs are those of reels, which Facebook processes alike.
_VIDEO = MediaLimits(
    content_types=frozenset({"video/mp4", "video/quicktime"}),
    max_bytes=10 * GIGABYTE,
    max_seconds=240 * 60,
    codecs=frozenset({"h264", "hevc"}),
    audio_codecs=frozenset({"aac"}),
)

# docs/video-api/guides/reels-publishing. 9:16, with room for whole and even pixels.
# No size is documented: one request must carry it (4 MB/s within the time for an upload).
_REEL_VIDEO = MediaLimits(
    content_types=frozenset({"video/mp4"}),
    max_bytes=GIGABYTE,
    min_width=540,
    min_height=960,
    min_aspect=0.56,
    max_aspect=0.565,
    min_seconds=3,
    max_seconds=90,
    min_frame_rate=24,
    max_frame_rate=60,
    codecs=frozenset({"h264", "hevc"}),
    audio_codecs=frozenset({"aac"}),
)

# docs/page-stories-api: as reels, but shorter.
_STORY_VIDEO = replace(_REEL_VIDEO, max_seconds=60)

_MAX_TEXT = 63_206  # gitroomhq/postiz-app; the documentation names none
_TEXT_UNIT = "characters, an emoji counting at least 2"

CAPABILITIES = Capabilities(
    max_text=_MAX_TEXT,
    text_unit=_TEXT_UNIT,
    image=_PHOTO,
    video=_VIDEO,
    # No number is documented; inovector/mixpost allows 10.
    max_images=10,
    max_videos=1,
    max_alt_text=MAX_ALT_TEXT,
    deletes=True,
)
_REEL = Capabilities(
    max_text=_MAX_TEXT,
    text_unit=_TEXT_UNIT,
    video=_REEL_VIDEO,
    max_videos=1,
    needs_media=True,
    deletes=True,
)
_STORY = Capabilities(
    max_text=0,
    text_unit=_TEXT_UNIT,
    image=_PHOTO,
    video=_STORY_VIDEO,
    max_images=1,
    max_videos=1,
    needs_media=True,
    deletes=True,
)
_BY_PRODUCT: Mapping[Product, Capabilities] = {
    "post": CAPABILITIES,
    "reel": _REEL,
    "story": _STORY,
}
# Meta's crawler opens no other addresses.
_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


def product_of(content: Content) -> Product:
    """The kind of post that `content` becomes."""
    chosen: Product = content.options.get("postType") or "post"
    return chosen


def limits_of(content: Content) -> Capabilities:
    return _BY_PRODUCT[product_of(content)]


def violations(content: Content) -> Iterator[Violation]:
    """Violations that no capability covers."""
    yield from _link_violations(content)
    yield from _title_violations(content)


def warnings(content: Content) -> Iterator[Violation]:
    """Photos that Facebook may refuse or show badly."""
    for position, image in enumerate(content.media):
        place = f"media[{position}]"
        if image.kind is MediaKind.IMAGE and image.size > SAFE_PHOTO_BYTES:
            message = "Facebook documents 10 MB for a photo, but may refuse one over 4 MB."
            yield Violation(place, "image_may_be_refused", message)
        if image.content_type == "image/png" and image.size > SHARP_PNG_BYTES:
            message = "Facebook may show a PNG over 1 MB pixelated. Make it smaller, or use a JPEG."
            yield Violation(place, "image_may_be_pixelated", message)


def _link_violations(content: Content) -> Iterator[Violation]:
    link = content.options.get("link")
    if link is None:
        return
    if content.media or product_of(content) != "post":
        message = (
            "Facebook supports a link preview only in a post without media. Put the link in the "
            "text instead."
        )
        yield Violation("options.link", "link_not_supported", message)
    if not _LINK.fullmatch(link) or not urlsplit(link).hostname:
        message = "The link must be a URL that begins with https:// or http://."
        yield Violation("options.link", "invalid_link", message)


def _title_violations(content: Content) -> Iterator[Violation]:
    title = content.options.get("title")
    if title is None:
        return
    if not content.videos or product_of(content) == "story":
        message = "Facebook supports a title only for a video or a reel. Remove it."
        yield Violation("options.title", "title_not_supported", message)
    if len(title) > MAX_TITLE:
        message = (
            f"Facebook allows at most {MAX_TITLE} characters in a title; this one has {len(title)}."
        )
        yield Violation("options.title", "title_too_long", message)


def _text_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


LIMITS = Limits(
    about=facebook.ABOUT,
    capabilities=CAPABILITIES,
    text_length=_text_length,
    options=FacebookOptions,
    narrowed=limits_of,
    check=violations,
    warn=warnings,
)
