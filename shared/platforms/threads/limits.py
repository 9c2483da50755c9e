"""What Threads supports in a post.

From developers.facebook.com/docs/threads (posts, overview) as of 2026-11-22.
"""

import re
from collections.abc import Iterator

from shared.domain.content import Content
from shared.domain.errors import Violation
from shared.domain.media import MediaKind
from shared.platforms import threads
from shared.platforms.limits import PLAIN_CHROMA, Capabilities, Limits, MediaLimits
from shared.platforms.threads.options import ThreadsOptions
from shared.platforms.threads.text import links_of, utf8_length

MIB = 1024 * 1024
# "Emojis are counted as the number of UTF-8 bytes"; Threads was seen to count every character so
# (gitroomhq/postiz-app, August 2026: 498 characters with three curly apostrophes were refused).
MAX_TEXT = 500

# Threads recommends widths from 320 to 1440 pixels; it scales others instead of refusing them.
_IMAGE = MediaLimits(
    content_types=frozenset({"image/jpeg", "image/png"}),
    max_bytes=8 * MIB,
    # The documentation says only "10:1". Soku applies it both ways: Threads may refuse images
    # that are taller.
    min_aspect=0.1,
    max_aspect=10,
)
_VIDEO = MediaLimits(
    content_types=frozenset({"video/mp4", "video/quicktime"}),
    max_bytes=1024 * MIB,
    max_width=1920,
    min_aspect=0.01,
    max_aspect=10,
    max_seconds=300,
    min_frame_rate=23,
    max_frame_rate=60,
    max_bit_rate=100_000_000,
    codecs=frozenset({"h264", "hevc"}),
    audio_codecs=frozenset({"aac"}),
    pixel_formats=PLAIN_CHROMA,
    # As on Instagram, whose rules for videos Threads repeats.
    fragmented=False,
)
CAPABILITIES = Capabilities(
    max_text=MAX_TEXT,
    text_unit="bytes in UTF-8, where an emoji or an accented letter counts 2 or more",
    image=_IMAGE,
    video=_VIDEO,
    max_images=20,
    max_videos=20,
    mixes=True,
    max_alt_text=1000,
    alt_text_for=frozenset(MediaKind),
    deletes=True,
)

# Since 2025-12-22: unique links of the text and the attachment together.
MAX_LINKS = 5
_HASHTAG = re.compile(r"(?<![\w/&#])#[^\W\d_]")


def violations(content: Content) -> Iterator[Violation]:
    """Violations that no capability covers."""
    attached = content.options.get("linkAttachment")
    links = links_of(content.text) | links_of(attached or "")
    if len(links) > MAX_LINKS:
        message = f"Threads allows at most {MAX_LINKS} different links; this post has {len(links)}."
        yield Violation("text", "too_many_links", message)
    if attached and content.media:
        message = (
            "Threads supports a link attachment only without media. Remove linkAttachment or the "
            "media."
        )
        yield Violation("options.linkAttachment", "link_attachment_not_supported", message)


def warnings(content: Content) -> Iterator[Violation]:
    """Hashtags that do not become topics: a post has one topic, the first `#word` by default."""
    count = len(_HASHTAG.findall(content.text))
    if count > (0 if content.options.get("topicTag") else 1):
        message = (
            "Threads has one topic for a post: topicTag, or the first hashtag of the text. The "
            "other hashtags stay plain text."
        )
        yield Violation("text", "one_topic", message)


LIMITS = Limits(
    about=threads.ABOUT,
    capabilities=CAPABILITIES,
    text_length=utf8_length,
    options=ThreadsOptions,
    check=violations,
    warn=warnings,
)
