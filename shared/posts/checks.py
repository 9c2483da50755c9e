"""The rules for a well-formed request: its times, and the limits of each platform."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from shared import clock
from shared.domain.content import Content, is_blank
from shared.domain.errors import Violation
from shared.domain.media import MediaAsset, MediaKind
from shared.domain.schedule import SOONEST
from shared.domain.submission import Target, run_ids
from shared.domain.targets import RequestedTarget, ResolvedTarget, risk_of
from shared.platforms import registry
from shared.platforms.limits import Capabilities, Limits
from shared.posts.media_checks import a, alt_text_faults, kinds_of, media_faults
from shared.posts.request import PostRequest


def time_faults(
    request: PostRequest, now: datetime, *, keeps_time: bool = False
) -> list[Violation]:
    """Violations of scheduledTime and notAfter against the current time.

    `keeps_time`: scheduledTime was accepted earlier, so it may be close now, or over.
    """
    faults = []
    scheduled_time, not_after = request.scheduled_time, request.not_after
    if scheduled_time is not None and scheduled_time < now + SOONEST and not keeps_time:
        message = "The time must be at least 1 minute in the future. Omit it to publish now."
        faults.append(Violation("scheduledTime", "too_soon", message))
    if not_after is not None and not_after <= max(scheduled_time or now, now):
        message = "The time must be in the future and after scheduledTime."
        faults.append(Violation("notAfter", "too_soon", message))
    return faults


def targets_of(
    resolved: Sequence[ResolvedTarget], request: PostRequest, media: Sequence[MediaAsset]
) -> tuple[Target, ...]:
    """The targets as the submission stores them, each with its content."""
    ids = run_ids([(target.requested.platform, target.account_id) for target in resolved])
    return tuple(
        Target(
            platform=target.requested.platform,
            account_id=target.account_id,
            run_id=run_id,
            content=_content(request, target.requested, media),
            has_own_text=target.requested.text is not None,
            risk=risk_of(
                target,
                request.scheduled_time,
                registry.display_name(target.requested.platform),
                clock.now(),
            ),
        )
        for run_id, target in zip(ids, resolved, strict=True)
    )


def _content(request: PostRequest, target: RequestedTarget, media: Sequence[MediaAsset]) -> Content:
    return Content(_text(request, target), _options(target), tuple(media))


def _text(request: PostRequest, target: RequestedTarget) -> str:
    return (target.text if target.text is not None else request.text) or ""


def _options(target: RequestedTarget) -> dict[str, Any]:
    """The chosen options by their public names. Raises ValidationError."""
    model = registry.limits(target.platform).options
    return model.model_validate(target.options).model_dump(
        mode="json", by_alias=True, exclude_unset=True, exclude_none=True
    )


def kind_faults(request: PostRequest, media: Sequence[MediaAsset]) -> list[Violation]:
    """Violations of files that are not of the kind that the request says."""
    faults = []
    for place, asset in zip(request.media, media, strict=False):
        expected = _expected_kind(place, request)
        if expected is not None and asset.kind is not expected:
            message = f"Expected {a(expected)}, but the file is {asset.content_type}."
            faults.append(Violation(place, "contradiction", message))
    return faults


def _expected_kind(place: str, request: PostRequest) -> MediaKind | None:
    """The kind that the request says for the file at `place`; None if it says none."""
    if place.startswith("post.content.imageUrls"):
        return MediaKind.IMAGE
    if place == "post.content.videoUrl":
        return MediaKind.VIDEO
    return MediaKind(request.media_type.value) if request.media_type else None


class ContentChecks:
    """Checks the content of each target of a request against the limits of its platform.

    What several targets share is checked once: a text can be long, and targets can be many.
    """

    def __init__(self, request: PostRequest, media: Sequence[MediaAsset] | None) -> None:
        """`media`: the request's media in their order; None while some are not stored yet. Then
        only the checks that do not need them are made."""
        self._request = request
        self._media = media
        self._faults: dict[tuple[str, str, str], list[Violation]] = {}
        self._warnings: dict[tuple[str, str, str], list[Violation]] = {}
        self._lengths: dict[tuple[str, str], int] = {}

    def faults(self, target: RequestedTarget) -> list[Violation]:
        """Violations of the content of `target`."""
        text = _text(self._request, target)
        content = (target.platform, text, repr(target.options))
        if content not in self._faults:
            self._faults[content] = self._relative_faults(target, text)
        return [_placed(fault, self._request, target) for fault in self._faults[content]]

    def warnings(self, target: RequestedTarget) -> list[Violation]:
        """What the platform of `target` accepts, but the author may not want.

        Warnings need the files: there are none while a file is not stored.
        """
        text = _text(self._request, target)
        content = (target.platform, text, repr(target.options))
        if content not in self._warnings:
            self._warnings[content] = self._relative_warnings(target)
        return [_placed(warning, self._request, target) for warning in self._warnings[content]]

    def _relative_warnings(self, target: RequestedTarget) -> list[Violation]:
        if self._media is None or len(self._media) != len(self._request.media):
            return []
        try:
            content = _content(self._request, target, self._media)
        except ValidationError:
            return []
        return list(registry.limits(target.platform).warnings(content))

    def _relative_faults(self, target: RequestedTarget, text: str) -> list[Violation]:
        """With a `field` that is relative to the content."""
        platform, media = registry.limits(target.platform), tuple(self._media or ())
        faults: list[Violation] = []
        try:
            content = _content(self._request, target, media)
        except ValidationError as error:
            faults = _option_faults(target, error)
            # The rest is still checked, so that the answer has all violations.
            content = Content(text, media=media)
        if self._media is not None or not self._request.media:
            return faults + self._content_faults(platform, content)
        return faults + self._faults_before_media(platform, content)

    def _content_faults(self, platform: Limits, content: Content) -> list[Violation]:
        limits, name = platform.of(content), platform.about.display_name
        return [
            *self._text_faults(platform, limits, content),
            *media_faults(name, limits, content),
            *alt_text_faults(name, limits, content),
            *platform.violations(content),
        ]

    def _faults_before_media(self, platform: Limits, content: Content) -> list[Violation]:
        """Violations that do not depend on the files."""
        most, request = platform.capabilities, self._request
        faults = self._text_faults(platform, most, content) if not is_blank(content.text) else []
        for position, place in enumerate(request.media):
            expected = _expected_kind(place, request)
            kinds = [expected] if expected else list(MediaKind)
            if not any(most.limits_of(kind) for kind in kinds):
                name = platform.about.display_name
                message = f"{name} supports {kinds_of(most)}, not {a(kinds[0])}."
                faults.append(Violation(f"media[{position}]", "media_kind_not_supported", message))
        return faults

    def _text_faults(
        self, platform: Limits, limits: Capabilities, content: Content
    ) -> list[Violation]:
        name, most = platform.about.display_name, limits.max_text
        if is_blank(content.text):
            is_optional = limits.needs_media or bool(content.media)
            return [] if is_optional else [Violation("text", "missing", f"{name} requires a text.")]
        if most == 0:
            message = (
                f"{name} does not support text for this post type. Set an empty `text` in this "
                "target."
            )
            return [Violation("text", "text_not_supported", message)]
        length = self._length(platform, content.text)
        if length <= most:
            return []
        message = f"{name} allows at most {most} {limits.text_unit}; this text has {length}."
        return [Violation("text", "text_too_long", message)]

    def _length(self, platform: Limits, text: str) -> int:
        key = (platform.about.name, text)
        if key not in self._lengths:
            self._lengths[key] = platform.text_length(text)
        return self._lengths[key]


def _placed(fault: Violation, request: PostRequest, target: RequestedTarget) -> Violation:
    """A violation whose `field` is relative to the content, at its place in the request."""
    head, _, rest = fault.field.partition("[")
    if head == "text":
        field = f"{target.path}.text" if target.text is not None else "post.content.text"
    elif head == "media" and rest:
        field = list(request.media)[int(rest.rstrip("]"))]
    elif head == "media":
        field = _place_of_all(request)
    else:
        field = f"{target.path}.{fault.field}"
    return replace(fault, field=field, platform=target.platform)


def _place_of_all(request: PostRequest) -> str:
    """The first field with media, or where they are missing."""
    return next(iter(request.media), "post.content.mediaUrls").partition("[")[0]


def _option_faults(target: RequestedTarget, error: ValidationError) -> list[Violation]:
    unknown = _unknown_option(target)
    return [
        Violation(
            ".".join(["options", *(str(part) for part in fault["loc"])]),
            "invalid_option",
            unknown if fault["type"] == "extra_forbidden" else f"{fault['msg']}.",
        )
        for fault in error.errors(include_url=False, include_input=False)
    ]


def _unknown_option(target: RequestedTarget) -> str:
    platform = registry.limits(target.platform)
    options = [field.alias or name for name, field in platform.options.model_fields.items()]
    available = f"Available options: {', '.join(sorted(options))}." if options else ""
    return f"{platform.about.display_name} does not have this option. {available}".rstrip()
