"""What a platform supports in a post: its options, its limits, and the check against them.

This is all that accepting a post needs of a platform, so nothing here can make a request.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from shared.domain.content import Content
from shared.domain.errors import ErrorCategory, Violation
from shared.domain.media import MediaKind
from shared.platforms.about import About

OUTCOMES = ("succeed", "slow", "unconfirm", *(f"fail:{category}" for category in ErrorCategory))
"""What a simulated post can be asked to do."""


def _known_outcome(outcome: str) -> str:
    if outcome not in OUTCOMES:
        raise PydanticCustomError("invalid", f"Use one of {', '.join(OUTCOMES)}")
    return outcome


_Outcome = Annotated[
    str, AfterValidator(_known_outcome), Field(json_schema_extra={"enum": list(OUTCOMES)})
]


class Options(BaseModel):
    """The options of one target on this platform; unknown names are rejected."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        alias_generator=to_camel,
        # Built when first used: a cold start builds only those that a request names.
        defer_build=True,
        # For the OpenAPI description; the text below an option is its description.
        field_title_generator=lambda name, _: to_camel(name),
    )

    simulate: _Outcome | None = None
    """How the simulation of a test post ends; `succeed` if you leave it out. Only for posts that
    are sent with a test key, where TEST_MODE is on."""


class AltTextOptions(Options):
    alt_texts: Sequence[str | None] = ()
    """Descriptions of the media for people who cannot see them, in their order; null for none."""


# 4:2:0 in 8 bits, which every player of H.264 supports. HEVC has 10 bits too: phones record so.
PLAIN_CHROMA: Mapping[str, frozenset[str]] = {
    "h264": frozenset({"yuv420p"}),
    "hevc": frozenset({"yuv420p", "yuv420p10"}),
}


@dataclass(frozen=True)
class MediaLimits:
    """The limits of a platform for one kind of media. None: no documented limit."""

    content_types: frozenset[str]
    max_bytes: int
    min_bytes: int = 1
    min_width: int = 1
    """Pixels as displayed, like the other sizes."""
    max_width: int | None = None
    min_height: int = 1
    max_height: int | None = None
    max_pixels: int | None = None
    min_aspect: float | None = None
    """Width over height."""
    max_aspect: float | None = None
    min_seconds: float | None = None
    max_seconds: float | None = None
    min_frame_rate: float | None = None
    max_frame_rate: float | None = None
    max_bit_rate: int | None = None
    """Bits per second of the whole file, on average."""
    codecs: frozenset[str] | None = None
    """Video codecs, as in `MediaAsset.codec`."""
    audio_codecs: frozenset[str] | None = None
    """As in `MediaAsset.audio_codec`. A silent video is always allowed."""
    pixel_formats: Mapping[str, frozenset[str]] | None = None
    """For each video codec, as in `MediaAsset.pixel_format`; other codecs are not checked."""
    fragmented: bool = True
    """A video may be in fragments."""
    animated_types: frozenset[str] = frozenset()
    """Content types of images that may be animated."""
    max_frames: int | None = None
    """Of an animated image."""
    max_moving_pixels: int | None = None
    """Width times height times frames of an animated image."""
    refused_formats: frozenset[str] = frozenset()
    """Formats within a content type, as in `MediaAsset.format_name`."""


@dataclass(frozen=True)
class Capabilities:
    """What a platform supports in a post."""

    max_text: int
    """Longest text, as the platform counts; 0 when a post has no text."""
    text_unit: str
    """The unit of that count, as in "at most 280 …"."""
    image: MediaLimits | None = None
    """None: no images."""
    video: MediaLimits | None = None
    max_images: int = 0
    max_videos: int = 0
    mixes: bool = False
    """A post may have both images and videos, `max_images` of both together."""
    needs_media: bool = False
    """The platform does not support text-only posts."""
    max_alt_text: int | None = None
    """Characters; None: no alt texts."""
    alt_text_for: frozenset[MediaKind] = frozenset({MediaKind.IMAGE})
    deletes: bool = False
    """The API can delete a published post."""

    def limits_of(self, kind: MediaKind) -> MediaLimits | None:
        """The limits of one kind of media; None if it is not supported."""
        return self.image if kind is MediaKind.IMAGE else self.video


@dataclass(frozen=True)
class Limits:
    """`LIMITS` in `limits.py` of a platform's folder."""

    about: About
    capabilities: Capabilities
    """The most that the platform supports; `narrowed` restricts that for one post."""
    text_length: Callable[[str], int]
    """The length of a text as this platform counts it."""
    options: type[Options] = Options
    narrowed: Callable[[Content], Capabilities] | None = None
    check: Callable[[Content], Iterable[Violation]] = lambda _: ()
    """Violations that no capability covers. `field` is relative to the content: `text`,
    `options.title`, `media`, `media[0]`."""
    warn: Callable[[Content], Iterable[Violation]] = lambda _: ()
    """What the platform accepts, but the author may not want; fields as in `check`."""

    def of(self, content: Content) -> Capabilities:
        """What the platform supports for a post with the options and media of `content`."""
        return self.narrowed(content) if self.narrowed else self.capabilities

    def violations(self, content: Content) -> list[Violation]:
        return list(self.check(content))

    def warnings(self, content: Content) -> list[Violation]:
        return list(self.warn(content))
