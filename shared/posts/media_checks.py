"""What a platform carries, held against the media, the text and the alt texts of a post."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from shared.domain.content import Content
from shared.domain.errors import Violation
from shared.domain.media import MediaAsset, MediaKind
from shared.platforms.base import Capabilities, MediaLimits


def media_faults(name: str, limits: Capabilities, content: Content) -> Iterator[Violation]:
    """Faults of number, kind and each medium's own measures; `field` is relative to the content."""
    if limits.needs_media and not content.media:
        message = f"{name} has no posts of text alone; add {kinds_of(limits)}."
        yield Violation("media", "media_required", message, name)
    for position, asset in enumerate(content.media):
        allowed = limits.limits_of(asset.kind)
        if allowed is None:
            message = f"{name} takes {kinds_of(limits)} here, not {a(asset.kind)}."
            yield Violation(f"media[{position}]", "media_kind_not_supported", message, name)
        else:
            yield from _asset_faults(name, allowed, asset, position)
    yield from _number_faults(name, limits, content)


def alt_text_faults(name: str, limits: Capabilities, content: Content) -> Iterator[Violation]:
    """Faults of `options.altTexts` against the media that they describe."""
    texts: Sequence[str | None] = content.options.get("altTexts") or ()
    if len(texts) > len(content.media):
        message = f"There are {len(texts)} alt texts for {len(content.media)} media."
        yield Violation("options.altTexts", "too_many_alt_texts", message, name)
    for position, (text, asset) in enumerate(zip(texts, content.media, strict=False)):
        place = f"options.altTexts[{position}]"
        if not text:
            continue
        if limits.max_alt_text is None or asset.kind not in limits.alt_text_for:
            message = f"{name} has no alt text for {a(asset.kind)} here."
            yield Violation(place, "alt_text_not_supported", message, name)
        elif len(text) > limits.max_alt_text:
            most = limits.max_alt_text
            message = f"{name} takes at most {most} characters; this alt text has {len(text)}."
            yield Violation(place, "alt_text_too_long", message, name)


def _number_faults(name: str, limits: Capabilities, content: Content) -> Iterator[Violation]:
    images, videos = len(content.images), len(content.videos)
    if images and videos and not limits.mixes:
        message = f"{name} takes images or a video in one post, not both."
        yield Violation("media", "mixed_media", message, name)
    counted = [(images + videos, limits.max_images, "media")] if limits.mixes else []
    if not limits.mixes:
        counted = [(images, limits.max_images, "images"), (videos, limits.max_videos, "videos")]
    for count, most, what in counted:
        # Where there may be none at all, each medium has its own fault already.
        if count > most > 0:
            message = f"{name} takes at most {most} {what} in this post; there are {count}."
            yield Violation("media", "too_many_media", message, name)


def _asset_faults(
    name: str, limits: MediaLimits, asset: MediaAsset, position: int
) -> Iterator[Violation]:
    place = f"media[{position}]"
    if asset.content_type not in limits.content_types:
        message = f"{name} takes {_listed(limits.content_types)} here, not {asset.content_type}."
        yield Violation(place, "media_type_not_supported", message, name)
    if limits.codecs is not None and asset.codec is not None and asset.codec not in limits.codecs:
        message = f"{name} takes video coded as {_listed(limits.codecs)}, not {asset.codec}."
        yield Violation(place, "codec_not_supported", message, name)
    for measure in _measures(limits, asset):
        fault = measure.fault()
        if fault:
            yield Violation(place, fault[0], f"{name} takes {fault[1]}.", name)


@dataclass(frozen=True)
class _Measure:
    """Something of a medium that can be too small or too large."""

    code: str
    what: str
    value: float | None
    """None: the bytes do not tell, so the platform must judge."""
    least: float | None
    most: float | None

    def fault(self) -> tuple[str, str] | None:
        """The code of the violation, and what is taken instead."""
        if self.value is None:
            return None
        found = f"; this has {self.value:,.10g}"
        if self.least is not None and self.value < self.least:
            return f"{self.code}_too_small", f"at least {self.least:,.10g} {self.what}{found}"
        if self.most is not None and self.value > self.most:
            return f"{self.code}_too_large", f"at most {self.most:,.10g} {self.what}{found}"
        return None


def _measures(limits: MediaLimits, asset: MediaAsset) -> Iterator[_Measure]:
    pixels = asset.width * asset.height if asset.width and asset.height else None
    ratio = round(asset.aspect_ratio, 4) if asset.aspect_ratio else None
    aspect = (limits.min_aspect, limits.max_aspect)
    yield _Measure("media", "bytes", asset.size, limits.min_bytes, limits.max_bytes)
    yield _Measure("width", "pixels in width", asset.width, limits.min_width, limits.max_width)
    yield _Measure("height", "pixels in height", asset.height, limits.min_height, limits.max_height)
    yield _Measure("resolution", "pixels in all", pixels, None, limits.max_pixels)
    yield _Measure("aspect_ratio", "for width divided by height", ratio, *aspect)
    yield _Measure("duration", "seconds", asset.duration, limits.min_seconds, limits.max_seconds)
    yield _Measure(
        "frame_rate",
        "frames a second",
        asset.frame_rate,
        limits.min_frame_rate,
        limits.max_frame_rate,
    )


def kinds_of(limits: Capabilities) -> str:
    """What kinds of media are taken, in words."""
    return " or ".join(a(kind) for kind in MediaKind if limits.limits_of(kind)) or "no media"


def a(kind: MediaKind) -> str:
    """The kind with its article."""
    return "an image" if kind is MediaKind.IMAGE else "a video"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(name.partition("/")[2] or name for name in names))
