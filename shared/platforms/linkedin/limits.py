"""What LinkedIn supports in a post.

Facts are from learn.microsoft.com/linkedin as of 2026-11-22; a comment says where only other
clients' reports are known.
"""

from collections.abc import Iterator

from shared.domain.content import Content
from shared.domain.errors import Violation
from shared.platforms import linkedin
from shared.platforms.limits import Capabilities, Limits, MediaLimits
from shared.platforms.linkedin.options import LinkedinOptions
from shared.platforms.linkedin.text import utf16_length

# Documented for the title of an article only.
MAX_TITLE = 400

CAPABILITIES = Capabilities(
    max_text=3000,
    text_unit="characters, where an emoji counts 2 or more",
    image=MediaLimits(
        content_types=frozenset({"image/jpeg", "image/png", "image/gif"}),
        # No limit is documented; other publishers stop at 5 to 8 MB.
        max_bytes=8_000_000,
        max_pixels=36_152_319,
        animated_types=frozenset({"image/gif"}),
        max_frames=250,
    ),
    # Unverified: a note on the schema says 5 GB, everything else says 500 MB.
    video=MediaLimits(
        content_types=frozenset({"video/mp4"}),
        max_bytes=500_000_000,
        min_bytes=75 * 1024,
        min_aspect=round(1 / 2.4, 4),
        max_aspect=2.4,
        min_seconds=3,
        max_seconds=30 * 60,
    ),
    max_images=20,
    max_videos=1,
    max_alt_text=4086,
    deletes=True,
)


def violations(content: Content) -> Iterator[Violation]:
    """Violations that no capability covers."""
    title = content.options.get("title")
    if not title:
        return
    if not content.videos:
        message = "LinkedIn supports a title only for videos. Remove it."
        yield Violation("options.title", "title_not_supported", message)
    elif len(title) > MAX_TITLE:
        message = (
            f"LinkedIn allows at most {MAX_TITLE} characters in a title; this one has {len(title)}."
        )
        yield Violation("options.title", "title_too_long", message)


LIMITS = Limits(
    about=linkedin.ABOUT,
    capabilities=CAPABILITIES,
    text_length=utf16_length,
    options=LinkedinOptions,
    check=violations,
)
