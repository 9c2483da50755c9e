"""What a Public Profile carries, by the kind of post, and what a caller may choose."""

from dataclasses import replace
from typing import Literal

from pydantic import Field

from shared.domain.content import Content
from shared.domain.errors import Violation
from shared.platforms.base import Capabilities, MediaLimits, Options
from shared.platforms.snapchat.products import Product, product_of, words_of

MAX_TITLE = 45
MAX_DESCRIPTION = 160  # hashtags included; how it is counted is not documented: code points

_IMAGE = MediaLimits(frozenset({"image/jpeg", "image/png"}), max_bytes=20_000_000)
# Other containers than MP4 (H.264/AAC) are not known to work. Sources give 5 or 6 seconds as the
# shortest; 9:16 is asked for, and encoders round.
_VIDEO = MediaLimits(
    frozenset({"video/mp4"}),
    max_bytes=1_000_000_000,
    min_width=540,
    min_height=960,
    min_aspect=0.55,
    max_aspect=0.575,
    min_seconds=6,
    max_seconds=60,
    codecs=frozenset({"h264"}),
)
ANYTHING = Capabilities(
    max_text=MAX_DESCRIPTION,
    text_unit="characters",
    image=_IMAGE,
    video=_VIDEO,
    max_images=1,
    max_videos=1,
    needs_media=True,
)
_LIMITS = {
    Product.STORY: replace(ANYTHING, max_text=0),
    Product.SAVED_STORY: replace(
        ANYTHING, max_text=MAX_TITLE, text_unit="characters in the title of a saved story"
    ),
    Product.SPOTLIGHT: replace(
        ANYTHING, text_unit="characters in the description of a spotlight", image=None, max_images=0
    ),
}
_OPTIONS_OF = {
    "title": Product.SAVED_STORY,
    "ttl": Product.STORY,
    "locale": Product.SPOTLIGHT,
    "saveToProfile": Product.SPOTLIGHT,
}


class SnapchatOptions(Options):
    post_type: Literal["story", "saved_story", "spotlight"] | None = None
    """What to publish; a spotlight of a video and a story of an image when omitted."""
    title: str | None = None
    """Of a saved story; its text when omitted."""
    locale: str | None = Field(default=None, pattern="^[a-z]{2,3}_[A-Z]{2}$")
    """Language and country of a spotlight's description; en_US when omitted."""
    ttl: Literal["ONE_DAY", "TWO_DAYS", "THREE_DAYS", "ONE_WEEK"] | None = None
    """How long a story is shown; one day when omitted."""
    save_to_profile: bool | None = None
    """Whether a spotlight is shown on the profile as well; it is when omitted."""


def limits_of(content: Content) -> Capabilities:
    return _LIMITS[product_of(content)] if _is_decided(content) else ANYTHING


def faults_of(content: Content) -> list[Violation]:
    """Options that the kind of post has no place for, and what is wrong with a title."""
    if not _is_decided(content):
        return []
    product = product_of(content)
    faults = [
        Violation(
            f"options.{name}",
            "option_not_supported",
            f"Only a {owner.shown} has this option; this is a {product.shown}. Leave it out, or "
            "choose another postType.",
        )
        for name, owner in _OPTIONS_OF.items()
        if name in content.options and owner is not product
    ]
    return faults + (_title_faults(content) if product is Product.SAVED_STORY else [])


def _is_decided(content: Content) -> bool:
    """Whether there is enough to tell which kind of post it is."""
    return bool(content.media or content.options.get("postType"))


def _title_faults(content: Content) -> list[Violation]:
    title, place = content.options.get("title"), "options.title"
    if not words_of(content).strip():
        return [Violation(place, "missing", "A saved story needs a title, or a text as its title.")]
    faults = []
    if title and len(title) > MAX_TITLE:
        message = f"snapchat takes at most {MAX_TITLE} characters; this title has {len(title)}."
        faults.append(Violation(place, "title_too_long", message))
    if title and content.text.strip() and content.text != title:
        message = (
            "A saved story shows its title and no other text. Give this target a `text` of its "
            "own that is empty or the same as the title."
        )
        faults.append(Violation(place, "title_differs_from_text", message))
    return faults
