"""The media and alt texts of a post against the limits of a platform.

`name` is the display name of the platform. The `field` of a violation is relative to the content.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from shared.domain.content import Content
from shared.domain.errors import Violation
from shared.domain.media import MediaAsset, MediaKind
from shared.platforms.limits import Capabilities, MediaLimits


def media_faults(name: str, limits: Capabilities, content: Content) -> Iterator[Violation]:
    """Violations of the number of media, their kinds, and the properties of each file."""
    if limits.needs_media and not content.media:
        message = f"{name} does not support text-only posts. Add {kinds_of(limits)}."
        yield Violation("media", "media_required", message)
    for position, asset in enumerate(content.media):
        allowed = limits.limits_of(asset.kind)
        if allowed is None:
            message = f"{name} supports {kinds_of(limits)} in this post, not {a(asset.kind)}."
            yield Violation(f"media[{position}]", "media_kind_not_supported", message)
        else:
            yield from _asset_faults(name, allowed, asset, position)
    yield from _number_faults(name, limits, content)


def alt_text_faults(name: str, limits: Capabilities, content: Content) -> Iterator[Violation]:
    """Violations of `options.altTexts` against the media that they describe."""
    texts: Sequence[str | None] = content.options.get("altTexts") or ()
    if len(texts) > len(content.media):
        message = f"The post has {len(texts)} alt texts but {len(content.media)} media."
        yield Violation("options.altTexts", "too_many_alt_texts", message)
    for position, (text, asset) in enumerate(zip(texts, content.media, strict=False)):
        place = f"options.altTexts[{position}]"
        if not text:
            continue
        if limits.max_alt_text is None or asset.kind not in limits.alt_text_for:
            message = f"{name} does not support an alt text for {a(asset.kind)} in this post."
            yield Violation(place, "alt_text_not_supported", message)
        elif len(text) > limits.max_alt_text:
            most = limits.max_alt_text
            message = f"{name} allows at most {most} characters; this alt text has {len(text)}."
            yield Violation(place, "alt_text_too_long", message)


def _number_faults(name: str, limits: Capabilities, content: Content) -> Iterator[Violation]:
    images, videos = len(content.images), len(content.videos)
    if images and videos and not limits.mixes:
        message = f"{name} supports images or a video in one post, not both."
        yield Violation("media", "mixed_media", message)
    counted = [(images + videos, limits.max_images, "media")] if limits.mixes else []
    if not limits.mixes:
        counted = [(images, limits.max_images, "images"), (videos, limits.max_videos, "videos")]
    for count, most, what in counted:
        # Where none are allowed, each file already has its own violation.
        if count > most > 0:
            things = what.removesuffix("s") if most == 1 else what
            message = f"{name} allows at most {most} {things} in this post; it has {count}."
            yield Violation("media", "too_many_media", message)


def _asset_faults(
    name: str, limits: MediaLimits, asset: MediaAsset, position: int
) -> Iterator[Violation]:
    place = f"media[{position}]"
    if asset.content_type not in limits.content_types:
        supported = _listed(limits.content_types)
        message = f"{name} supports {supported} in this post, not {asset.content_type}."
        yield Violation(place, "media_type_not_supported", message)
    faults = _image_faults if asset.kind is MediaKind.IMAGE else _video_faults
    for code, message in faults(limits, asset):
        yield Violation(place, code, f"{name} {message}")
    for measure in _measures(limits, asset):
        fault = measure.fault()
        if fault:
            yield Violation(place, fault[0], f"{name} allows {fault[1]}.")


def _image_faults(limits: MediaLimits, asset: MediaAsset) -> Iterator[tuple[str, str]]:
    """(code, message without the platform's name) for properties that are not measures."""
    if asset.format_name in limits.refused_formats:
        form = asset.format_name.upper()
        what = f"does not support {form} files, which contain several pictures. Convert this one."
        yield "media_type_not_supported", what
    if not asset.animated or asset.content_type in limits.animated_types:
        return
    if limits.animated_types:
        moving = f"a {_listed(limits.animated_types).upper()} or a video"
        what = f"supports an animation only as {moving}. Convert this image."
    else:
        what = "does not support animated images. Publish the animation as a video."
    yield "animation_not_supported", what


def _video_faults(limits: MediaLimits, asset: MediaAsset) -> Iterator[tuple[str, str]]:
    """(code, message without the platform's name) for properties that are not measures."""
    codec, audio, chroma = asset.codec, asset.audio_codec, asset.pixel_format
    if limits.codecs is not None and codec is not None and codec not in limits.codecs:
        yield (
            "codec_not_supported",
            f"supports the video codec {_listed(limits.codecs)}, not {codec}.",
        )
    if limits.audio_codecs is not None and audio is not None and audio not in limits.audio_codecs:
        supported = _listed(limits.audio_codecs).upper()
        yield "audio_codec_not_supported", f"supports only {supported} audio, not {audio}."
    formats = (limits.pixel_formats or {}).get(codec or "")
    if formats is not None and chroma is not None and chroma not in formats:
        what = (
            f"supports {codec} video only with the pixel format {_listed(formats)} (4:2:0), not "
            f"{chroma}. Convert this video."
        )
        yield "pixel_format_not_supported", what
    if asset.fragmented and not limits.fragmented:
        what = "does not support fragmented MP4 files. Save this video as one file with its index."
        yield "fragmented_not_supported", what


@dataclass(frozen=True)
class _Measure:
    """A property of a file that can be too small or too large."""

    code: str
    what: str
    value: float | None
    """None: not known from the bytes, so the platform must check it."""
    least: float | None
    most: float | None

    def fault(self) -> tuple[str, str] | None:
        """The code of the violation, and the limit in words."""
        if self.value is None:
            return None
        actual = f"; this file has {self.value:,.10g}"
        if self.least is not None and self.value < self.least:
            return f"{self.code}_too_small", f"at least {self.least:,.10g} {self.what}{actual}"
        if self.most is not None and self.value > self.most:
            return f"{self.code}_too_large", f"at most {self.most:,.10g} {self.what}{actual}"
        return None


def _measures(limits: MediaLimits, asset: MediaAsset) -> Iterator[_Measure]:
    pixels = asset.width * asset.height if asset.width and asset.height else None
    moving = pixels * asset.frames if pixels and asset.frames else None
    bit_rate = asset.size * 8 / asset.duration if asset.duration else None
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
    if asset.kind is MediaKind.VIDEO:
        yield _Measure("bit_rate", "bits a second", bit_rate, None, limits.max_bit_rate)
    yield _Measure("frames", "frames", asset.frames, None, limits.max_frames)
    yield _Measure("animation", "pixels in all frames", moving, None, limits.max_moving_pixels)


def kinds_of(limits: Capabilities) -> str:
    """The supported kinds of media, in words."""
    return " or ".join(a(kind) for kind in MediaKind if limits.limits_of(kind)) or "no media"


def a(kind: MediaKind) -> str:
    """The kind with its article."""
    return "an image" if kind is MediaKind.IMAGE else "a video"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(name.partition("/")[2] or name for name in names))
