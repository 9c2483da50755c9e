"""What a well-formed request must still satisfy: its times, and each platform's own limits."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from shared.domain.content import Content
from shared.domain.errors import Violation
from shared.domain.media import MediaAsset, MediaKind
from shared.domain.schedule import SOONEST
from shared.domain.submission import Target, run_ids
from shared.domain.targets import RequestedTarget, ResolvedTarget
from shared.platforms import registry
from shared.platforms.base import Capabilities, Publishing
from shared.posts.media_checks import a, alt_text_faults, kinds_of, media_faults
from shared.posts.request import PostRequest


def time_faults(
    request: PostRequest, now: datetime, *, keeps_time: bool = False
) -> list[Violation]:
    """Faults of scheduledTime and notAfter against the present.

    `keeps_time`: scheduledTime was accepted before, so it may be near by now, or over.
    """
    faults = []
    scheduled_time, not_after = request.scheduled_time, request.not_after
    if scheduled_time is not None and scheduled_time < now + SOONEST and not keeps_time:
        message = "The time must be at least 1 minute ahead; leave it out to publish now."
        faults.append(Violation("scheduledTime", "too_soon", message))
    if not_after is not None and not_after <= max(scheduled_time or now, now):
        message = "The time must lie after scheduledTime, and after now."
        faults.append(Violation("notAfter", "too_soon", message))
    return faults


def targets_of(
    resolved: Sequence[ResolvedTarget], request: PostRequest, media: Sequence[MediaAsset]
) -> tuple[Target, ...]:
    """The targets as the submission keeps them, each with the content that it publishes."""
    ids = run_ids([(target.requested.platform, target.account_id) for target in resolved])
    return tuple(
        Target(
            platform=target.requested.platform,
            account_id=target.account_id,
            run_id=run_id,
            content=_content(request, target.requested, media),
            has_own_text=target.requested.text is not None,
        )
        for run_id, target in zip(ids, resolved, strict=True)
    )


def _content(request: PostRequest, target: RequestedTarget, media: Sequence[MediaAsset]) -> Content:
    return Content(_text(request, target), _options(target), tuple(media))


def _text(request: PostRequest, target: RequestedTarget) -> str:
    return (target.text if target.text is not None else request.text) or ""


def _options(target: RequestedTarget) -> dict[str, Any]:
    """The options that were chosen, by their public names. Raises ValidationError."""
    model = registry.publishing(target.platform).options
    return model.model_validate(target.options).model_dump(
        mode="json", by_alias=True, exclude_unset=True, exclude_none=True
    )


def kind_faults(request: PostRequest, media: Sequence[MediaAsset]) -> list[Violation]:
    """Files that are not what the request calls them."""
    faults = []
    for place, asset in zip(request.media, media, strict=False):
        called = _called(place, request)
        if called is not None and asset.kind is not called:
            message = f"This is {a(asset.kind)}, not {a(called)}: it is {asset.content_type}."
            faults.append(Violation(place, "contradiction", message))
    return faults


def _called(place: str, request: PostRequest) -> MediaKind | None:
    """What the request says that the file named at `place` is."""
    if place.startswith("post.content.imageUrls"):
        return MediaKind.IMAGE
    if place == "post.content.videoUrl":
        return MediaKind.VIDEO
    return MediaKind(request.media_type.value) if request.media_type else None


def target_faults(
    request: PostRequest, target: RequestedTarget, media: Sequence[MediaAsset] | None
) -> list[Violation]:
    """Faults of what one target publishes against what its platform carries.

    `media`: the request's media in their order; None as long as they are not all stored yet, and
    then only what can be told without them is.
    """
    platform = registry.publishing(target.platform)
    faults: list[Violation] = []
    try:
        content = _content(request, target, media or ())
    except ValidationError as error:
        faults = _option_faults(target, error)
        # The rest is judged all the same, so that all faults are said at once.
        content = Content(_text(request, target), media=tuple(media or ()))
    if media is not None or not request.media:
        found = _content_faults(platform, content)
    else:
        found = _faults_before_media(platform, content, request)
    return faults + [_placed(fault, request, target) for fault in found]


def _content_faults(platform: Publishing[Any], content: Content) -> list[Violation]:
    limits = platform.limits(content)
    return [
        *_text_faults(platform, limits, content),
        *media_faults(platform.about.name, limits, content),
        *alt_text_faults(platform.about.name, limits, content),
        *platform.violations(content),
    ]


def _faults_before_media(
    platform: Publishing[Any], content: Content, request: PostRequest
) -> list[Violation]:
    """What is too much for the platform whatever the files turn out to be."""
    most = platform.capabilities
    faults = _text_faults(platform, most, content) if content.text.strip() else []
    for position, place in enumerate(request.media):
        called = _called(place, request)
        kinds = [called] if called else list(MediaKind)
        if not any(most.limits_of(kind) for kind in kinds):
            message = f"{platform.about.name} takes {kinds_of(most)}, not {a(kinds[0])}."
            faults.append(Violation(f"media[{position}]", "media_kind_not_supported", message))
    return faults


def _placed(fault: Violation, request: PostRequest, target: RequestedTarget) -> Violation:
    """The fault of a content at the place of the request that it comes from."""
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
    """Where the media stand, or should."""
    places = {place.partition("[")[0] for place in request.media}
    return places.pop() if len(places) == 1 else "post.content.mediaUrls"


def _option_faults(target: RequestedTarget, error: ValidationError) -> list[Violation]:
    return [
        Violation(
            ".".join([f"{target.path}.options", *(str(part) for part in fault["loc"])]),
            "invalid_option",
            f"{fault['msg']}.",
            target.platform,
        )
        for fault in error.errors(include_url=False)
    ]


def _text_faults(
    platform: Publishing[Any], limits: Capabilities, content: Content
) -> list[Violation]:
    name, most = platform.about.name, limits.max_text
    if not content.text.strip():
        is_enough = limits.needs_media or bool(content.media)
        return [] if is_enough else [Violation("text", "missing", f"{name} needs a text.")]
    if most == 0:
        message = (
            f"{name} has no place for a text here; give this target a `text` of its own that is "
            "empty."
        )
        return [Violation("text", "text_not_supported", message)]
    length = platform.text_length(content.text)
    if length <= most:
        return []
    message = f"{name} takes at most {most} {limits.text_unit}; this text has {length}."
    return [Violation("text", "text_too_long", message)]
