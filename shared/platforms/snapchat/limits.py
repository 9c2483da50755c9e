"""What a Public Profile supports in each kind of post."""

from collections.abc import Iterator
from dataclasses import replace

from shared import config
from shared.domain.content import Content, is_blank
from shared.domain.errors import Violation
from shared.platforms import snapchat
from shared.platforms.limits import Capabilities, Limits, MediaLimits
from shared.platforms.snapchat.options import SnapchatOptions
from shared.platforms.snapchat.products import Product, product_of, words_of

MAX_TITLE = 45
# Including hashtags. Snap does not document how it counts; these are code points.
MAX_DESCRIPTION = 160

_IMAGE = MediaLimits(frozenset({"image/jpeg", "image/png"}), max_bytes=20_000_000)
# No container but MP4 (H.264/AAC) is known to work. Sources name 5 or 6 seconds as the shortest
# duration; Snap asks for 9:16, and encoders round.
_VIDEO = MediaLimits(
    frozenset({"video/mp4"}),
    max_bytes=1_000_000_000,
    min_width=540,
    min_height=960,
    min_aspect=0.55,
    max_aspect=0.575,
    min_seconds=6,
    # Secondary sources name 300 seconds (unverified), so an operator can raise it.
    max_seconds=config.video_limit("snapchat", "MAX_VIDEO_SECONDS", 60),
    codecs=frozenset({"h264"}),
    audio_codecs=frozenset({"aac"}),
)
CAPABILITIES = Capabilities(
    max_text=MAX_DESCRIPTION,
    text_unit="characters",
    image=_IMAGE,
    video=_VIDEO,
    max_images=1,
    max_videos=1,
    needs_media=True,
)
_LIMITS = {
    Product.STORY: replace(CAPABILITIES, max_text=0),
    Product.SAVED_STORY: replace(
        CAPABILITIES, max_text=MAX_TITLE, text_unit="characters in the title of a saved story"
    ),
    Product.SPOTLIGHT: replace(
        CAPABILITIES,
        text_unit="characters in the description of a spotlight",
        image=None,
        max_images=0,
    ),
}
_OPTIONS_OF = {
    "title": Product.SAVED_STORY,
    "ttl": Product.STORY,
    "locale": Product.SPOTLIGHT,
    "saveToProfile": Product.SPOTLIGHT,
}


def limits_of(content: Content) -> Capabilities:
    return _LIMITS[product_of(content)] if _has_product(content) else CAPABILITIES


def violations(content: Content) -> Iterator[Violation]:
    """Violations that no capability covers: options of another kind of post, and the title."""
    if not _has_product(content):
        return
    product = product_of(content)
    for name, owner in _OPTIONS_OF.items():
        if name in content.options and owner is not product:
            message = (
                f"Only a {owner.words} has this option, and this post is a {product.words}. "
                "Remove the option, or choose another postType."
            )
            yield Violation(f"options.{name}", "option_not_supported", message)
    if product is Product.SAVED_STORY:
        yield from _title_violations(content)


def _has_product(content: Content) -> bool:
    """Whether the content is enough to tell the kind of post."""
    return bool(content.media or content.options.get("postType"))


def _title_violations(content: Content) -> Iterator[Violation]:
    title, field = content.options.get("title"), "options.title"
    if is_blank(words_of(content)):
        message = "A saved story needs a title, or a text that becomes its title."
        yield Violation(field, "missing", message)
        return
    if title and len(title) > MAX_TITLE:
        message = (
            f"Snapchat allows at most {MAX_TITLE} characters in a title; this one has {len(title)}."
        )
        yield Violation(field, "title_too_long", message)
    if title and not is_blank(content.text) and content.text != title:
        message = (
            "A saved story shows its title and no other text. Give this target its own `text`, "
            "empty or the same as the title."
        )
        yield Violation(field, "title_differs_from_text", message)


LIMITS = Limits(
    about=snapchat.ABOUT,
    capabilities=CAPABILITIES,
    text_length=len,
    options=SnapchatOptions,
    narrowed=limits_of,
    check=violations,
)
