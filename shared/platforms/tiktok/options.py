"""What a caller may choose for a post on TikTok, and which choices do not go together."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from shared.domain.content import Content
from shared.domain.errors import Violation
from shared.platforms.base import Options

MAX_TITLE = 90

VIDEO_ONLY = ("disableDuet", "disableStitch", "aiGenerated", "coverTimestampMs")
PHOTO_ONLY = ("title", "autoAddMusic", "photoCoverIndex")


class TikTokOptions(Options):
    privacy_level: (
        Literal["PUBLIC_TO_EVERYONE", "FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
        | None
    ) = None
    """Who may see the post; when omitted, as many as the account allows."""
    disable_comment: bool | None = None
    """Nobody may comment; as the account has it when omitted, as are the next two."""
    disable_duet: bool | None = None
    """Nobody may make a duet with the video."""
    disable_stitch: bool | None = None
    """Nobody may stitch the video."""
    brand_content: bool = False
    """A paid partnership: TikTok labels the post so."""
    brand_organic: bool = False
    """It promotes the creator's own business: TikTok labels the post so."""
    ai_generated: bool = False
    """TikTok labels the video as made by AI."""
    cover_timestamp_ms: int | None = Field(default=None, ge=0)
    """The moment of the video that is its cover; the beginning when omitted."""
    title: str | None = None
    """A title above the text of a post of photos."""
    auto_add_music: bool = False
    """TikTok puts music of its choice under the photos."""
    photo_cover_index: int | None = Field(default=None, ge=0)
    """The photo that is the cover, counted from 0; the first when omitted."""


def utf16_units(text: str) -> int:
    """The length of `text` as TikTok counts it."""
    return sum(2 if ord(character) > 0xFFFF else 1 for character in text)


def option_faults(content: Content) -> Iterator[Violation]:
    options = content.options
    yield from _misplaced(content)
    title = utf16_units(options.get("title") or "")
    if title > MAX_TITLE:
        message = f"TikTok takes at most {MAX_TITLE} UTF-16 units as a title; this has {title}."
        yield Violation("options.title", "text_too_long", message)
    if options.get("brandContent") and options.get("privacyLevel") == "SELF_ONLY":
        # Other clients' reports; the documentation is silent on it.
        message = "TikTok shows branded content to others only; choose another privacyLevel."
        yield Violation("options.privacyLevel", "privacy_not_allowed", message)
    cover = options.get("photoCoverIndex") or 0
    if content.images and cover >= len(content.images):
        message = f"There are {len(content.images)} photos, counted from 0; there is no {cover}."
        yield Violation("options.photoCoverIndex", "out_of_range", message)
    for video in content.videos:
        if video.duration is not None and (options.get("coverTimestampMs") or 0) > (
            video.duration * 1000
        ):
            message = f"The video ends after {video.duration * 1000:.0f} milliseconds."
            yield Violation("options.coverTimestampMs", "out_of_range", message)


def _misplaced(content: Content) -> Iterator[Violation]:
    if content.images:
        for name in VIDEO_ONLY:
            if name in content.options:
                message = f"TikTok has no {name} for photos; leave it out."
                yield Violation(f"options.{name}", "option_not_supported", message)
    if content.videos:
        for name in PHOTO_ONLY:
            if name in content.options:
                message = f"TikTok has no {name} for a video; leave it out."
                yield Violation(f"options.{name}", "option_not_supported", message)
