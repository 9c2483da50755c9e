"""What a well-formed request must still satisfy: its times, and each platform's own limits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from shared.domain.errors import Violation
from shared.domain.run import Content
from shared.domain.schedule import SOONEST
from shared.domain.submission import Target, run_ids
from shared.domain.targets import RequestedTarget, ResolvedTarget
from shared.platforms import registry
from shared.platforms.base import Platform
from shared.posts.request import PostRequest


def time_faults(request: PostRequest, now: datetime) -> list[Violation]:
    """Faults of scheduledTime and notAfter against the present."""
    faults = []
    scheduled_time, not_after = request.scheduled_time, request.not_after
    if scheduled_time is not None and scheduled_time < now + SOONEST:
        message = "The time must be at least 1 minute ahead; leave it out to publish now."
        faults.append(Violation("scheduledTime", "too_soon", message))
    if not_after is not None and not_after <= (scheduled_time or now):
        message = "The time must lie after scheduledTime, or after now without one."
        faults.append(Violation("notAfter", "too_soon", message))
    return faults


def limit_faults(request: PostRequest) -> list[Violation]:
    """Faults of each target against what its platform carries, all at once."""
    faults = [fault for target in request.targets for fault in _target_faults(request, target)]
    # Several accounts of one platform share the text of the request, and so its faults.
    return list(dict.fromkeys(faults))


def targets_of(resolved: Sequence[ResolvedTarget], request: PostRequest) -> tuple[Target, ...]:
    """The targets as the submission keeps them, each with the content that it publishes."""
    ids = run_ids([(target.requested.platform, target.account_id) for target in resolved])
    return tuple(
        Target(
            platform=target.requested.platform,
            account_id=target.account_id,
            run_id=run_id,
            content=_content(request, target.requested),
        )
        for run_id, target in zip(ids, resolved, strict=True)
    )


def _content(request: PostRequest, target: RequestedTarget) -> Content:
    return Content(text=_text(request, target), options=_options(target))


def _text(request: PostRequest, target: RequestedTarget) -> str:
    return (target.text if target.text is not None else request.text) or ""


def _options(target: RequestedTarget) -> dict[str, Any]:
    """The options that were chosen, by their public names. Raises ValidationError."""
    model = registry.platform_class(target.platform).options
    return model.model_validate(target.options).model_dump(by_alias=True, exclude_none=True)


def _target_faults(request: PostRequest, target: RequestedTarget) -> list[Violation]:
    platform = registry.platform(target.platform)
    field = f"{target.path}.text" if target.text is not None else "post.content.text"
    faults: list[Violation] = []
    try:
        content = _content(request, target)
    except ValidationError as error:
        faults = _option_faults(target, error)
        # The text is judged all the same, so that all faults are said at once.
        content = Content(text=_text(request, target))
    faults += _text_faults(platform, content, field)
    message = f"{platform.name} does not take images or videos through Soku yet; send text."
    faults += [
        Violation(place, "media_not_supported", message, platform.name) for place in request.media
    ]
    return faults


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


def _text_faults(platform: Platform, content: Content, field: str) -> list[Violation]:
    if not content.text.strip():
        return [Violation(field, "missing", f"{platform.name} needs a text.", platform.name)]
    faults = [
        Violation(field, fault.code, fault.message, platform.name)
        for fault in platform.violations(content)
    ]
    limit = platform.capabilities.max_text
    length = platform.text_length(content.text)
    if length > limit:
        unit = platform.capabilities.text_unit
        message = f"{platform.name} takes at most {limit} {unit}; this text has {length}."
        faults.append(Violation(field, "text_too_long", message, platform.name))
    return faults
