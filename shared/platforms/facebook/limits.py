"""What each kind of post on a Page carries.

Facts are from Meta's documentation (docs/pages-api, docs/video-api) as of
2026-11-22; where it is silent, the stricter of two readings is taken and a
comment says whose.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal
from urllib.parse import urlsplit

from shared.domain.content import Content
from shared.domain.errors import Violation
from shared.platforms.base import AltTextOptions, Capabilities, MediaLimits

MEGABYTE = 1_000_000
GIGABYTE = 1000 * MEGABYTE

# Titles have no documented limit, only an error for one that is too long; players show 255.
MAX_TITLE = 255
# No limit is documented either; this is Instagram's for the same thing.
MAX_ALT_TEXT = 1000

PostType = Literal["post", "reel", "story"]


class FacebookOptions(AltTextOptions):
    post_type: PostType | None = None
    """An ordinary post when omitted. A reel is one upright video, a story one photo or video."""
    link: str | None = None
    """A page that a post without media shows a preview of."""
    title: str | None = None
    """Of a video or a reel."""


# The docs say 10 MB; the error 1366046 says "less than 4 MB and saved as JPG, PNG".
PHOTO = MediaLimits(content_types=frozenset({"image/jpeg", "image/png"}), max_bytes=4 * MEGABYTE)

# docs/video-api/guides/publishing; codecs as for reels, since both go through one pipeline.
VIDEO = MediaLimits(
    content_types=frozenset({"video/mp4", "video/quicktime"}),
    max_bytes=10 * GIGABYTE,
    max_seconds=240 * 60,
    codecs=frozenset({"h264", "hevc"}),
)

# docs/video-api/guides/reels-publishing. 9:16, as nearly as whole and even pixels come to it.
# No size is documented: one request must carry it (4 MB/s within the time for an upload).
REEL = MediaLimits(
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
)

# docs/page-stories-api: as reels, but shorter.
STORY_VIDEO = replace(REEL, max_seconds=60)

_MAX_TEXT = 63_206  # gitroomhq/postiz-app; the documentation names none
_TEXT_UNIT = "characters, an emoji counting at least 2"

POST = Capabilities(
    max_text=_MAX_TEXT,
    text_unit=_TEXT_UNIT,
    image=PHOTO,
    video=VIDEO,
    # No number is documented; inovector/mixpost stops at 10.
    max_images=10,
    max_videos=1,
    max_alt_text=MAX_ALT_TEXT,
    deletes=True,
)
REEL_POST = Capabilities(
    max_text=_MAX_TEXT,
    text_unit=_TEXT_UNIT,
    video=REEL,
    max_videos=1,
    needs_media=True,
    deletes=True,
)
STORY = Capabilities(
    max_text=0,
    text_unit=_TEXT_UNIT,
    image=PHOTO,
    video=STORY_VIDEO,
    max_images=1,
    max_videos=1,
    needs_media=True,
    deletes=True,
)
_BY_TYPE: Mapping[PostType, Capabilities] = {"post": POST, "reel": REEL_POST, "story": STORY}


def post_type(content: Content) -> PostType:
    chosen: PostType = content.options.get("postType") or "post"
    return chosen


def limits_of(content: Content) -> Capabilities:
    return _BY_TYPE[post_type(content)]


def violations_of(content: Content) -> list[Violation]:
    return [*_link_faults(content), *_title_faults(content), *_sound_faults(content)]


# Meta's crawler opens nothing else.
_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


def _link_faults(content: Content) -> Iterator[Violation]:
    link = content.options.get("link")
    if link is None:
        return
    if content.media or post_type(content) != "post":
        message = "Facebook shows a link only in a post without media; write it into the text."
        yield Violation("options.link", "link_not_supported", message)
    if not _LINK.fullmatch(link) or not urlsplit(link).hostname:
        message = "The link must be an address that begins with https:// or http://."
        yield Violation("options.link", "invalid_link", message)


def _title_faults(content: Content) -> Iterator[Violation]:
    title = content.options.get("title")
    if title is None:
        return
    if not content.videos or post_type(content) == "story":
        message = "Facebook has a title only for a video or a reel; leave it out here."
        yield Violation("options.title", "title_not_supported", message)
    if len(title) > MAX_TITLE:
        message = f"Facebook takes at most {MAX_TITLE} characters; this title has {len(title)}."
        yield Violation("options.title", "title_too_long", message)


def _sound_faults(content: Content) -> Iterator[Violation]:
    """Sound must be AAC; a silent video is taken."""
    for position, asset in enumerate(content.media):
        if asset.audio_codec not in (None, "aac"):
            message = f"Facebook takes sound coded as aac, not {asset.audio_codec}."
            yield Violation(f"media[{position}]", "audio_codec_not_supported", message)
