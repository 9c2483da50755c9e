"""The body of POST /v1/posts: its shape, and what contradicts itself in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from shared.domain.errors import InvalidRequest, Violation
from shared.domain.schedule import UnreadableTime, parse_time
from shared.domain.targets import PLATFORM_NAMES, RequestedTarget
from shared.platforms import registry

MAX_TARGETS = 200
MAX_MEDIA = 50


class MediaType(StrEnum):
    VIDEO = "video"
    IMAGE = "image"
    TEXT = "text"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)


class _Target(_Strict):
    platform: str
    account_id: Annotated[str | None, Field(min_length=1)] = None
    text: str | None = None
    options: dict[str, Any] = Field(default_factory=dict)


def _as_list(value: Any) -> Any:
    """One target or several, each a name or an object: always a list of objects."""
    elements = value if isinstance(value, list) else [value]
    return [{"platform": e} if isinstance(e, str) else e for e in elements]


class _Content(_Strict):
    text: str | None = None
    media_type: Annotated[MediaType | None, Field(strict=False)] = None
    media_urls: Annotated[list[str], Field(max_length=MAX_MEDIA)] = Field(default_factory=list)
    video_url: str | None = None
    image_urls: Annotated[list[str], Field(max_length=MAX_MEDIA)] = Field(default_factory=list)
    platform: Annotated[
        list[_Target], BeforeValidator(_as_list), Field(min_length=1, max_length=MAX_TARGETS)
    ]


class _Post(_Strict):
    content: _Content


class _Request(_Strict):
    post: _Post
    scheduled_time: str | None = None
    draft: bool = False
    not_after: str | None = None


@dataclass(frozen=True)
class PostRequest:
    """A well-formed request to publish."""

    text: str | None
    media_urls: tuple[str, ...]
    """All media in their order, whichever field named them."""
    media_type: MediaType
    targets: tuple[RequestedTarget, ...]
    scheduled_time: datetime | None
    draft: bool
    not_after: datetime | None

    @property
    def platforms(self) -> list[str]:
        return sorted({target.platform for target in self.targets})


def parse(body: Mapping[str, Any]) -> PostRequest:
    """Read a decoded body. Raises InvalidRequest with all of its faults."""
    try:
        request = _Request.model_validate(body)
    except ValidationError as error:
        faults = [_fault(detail, body) for detail in error.errors(include_url=False)]
        raise InvalidRequest(faults) from error
    faults = []
    content = request.post.content
    scheduled_time = _time("scheduledTime", request.scheduled_time, faults)
    not_after = _time("notAfter", request.not_after, faults)
    faults += _unknown_platforms(content, body)
    faults += _bad_urls(content)
    faults += _contradictions(content)
    if faults:
        raise InvalidRequest(faults)
    return PostRequest(
        text=content.text,
        media_urls=_media(content),
        media_type=_media_type(content),
        targets=tuple(_requested(content, body)),
        scheduled_time=scheduled_time,
        draft=request.draft,
        not_after=not_after,
    )


def _requested(content: _Content, body: Mapping[str, Any]) -> list[RequestedTarget]:
    return [
        RequestedTarget(
            path=_target_path(position, body),
            platform=target.platform,
            account_id=target.account_id,
            text=target.text,
            options=target.options,
        )
        for position, target in enumerate(content.platform)
    ]


def _target_path(position: int, body: Mapping[str, Any]) -> str:
    """Where a target stands: without an index when it was not sent in a list."""
    content = body["post"]["content"]
    is_list = isinstance(content["platform"], list)
    return "post.content.platform" + (f"[{position}]" if is_list else "")


def _time(field: str, value: str | None, faults: list[Violation]) -> datetime | None:
    if value is None:
        return None
    try:
        return parse_time(value)
    except UnreadableTime as error:
        faults.append(Violation(field, "invalid_time", f"The time {error.reason}."))
        return None


def _unknown_platforms(content: _Content, body: Mapping[str, Any]) -> list[Violation]:
    known = sorted({*PLATFORM_NAMES, *registry.names()})
    return [
        Violation(
            _target_path(position, body),
            "unknown_platform",
            f"There is no platform {target.platform[:50]!r}. Known: {', '.join(known)}.",
        )
        for position, target in enumerate(content.platform)
        if target.platform not in known
    ]


def _bad_urls(content: _Content) -> list[Violation]:
    named = [
        *((f"post.content.mediaUrls[{i}]", url) for i, url in enumerate(content.media_urls)),
        *((f"post.content.imageUrls[{i}]", url) for i, url in enumerate(content.image_urls)),
    ]
    if content.video_url is not None:
        named.append(("post.content.videoUrl", content.video_url))
    return [
        Violation(field, "invalid_url", "This is not an http or https URL.")
        for field, url in named
        if not _is_web_url(url)
    ]


def _is_web_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _media(content: _Content) -> tuple[str, ...]:
    video = [content.video_url] if content.video_url else []
    return (*content.media_urls, *video, *content.image_urls)


def _media_type(content: _Content) -> MediaType:
    if content.media_type is not None:
        return content.media_type
    if content.video_url is not None:
        return MediaType.VIDEO
    return MediaType.IMAGE if _media(content) else MediaType.TEXT


def _contradictions(content: _Content) -> list[Violation]:
    kind = content.media_type
    field = "post.content.mediaType"
    code = "contradiction"
    if kind is MediaType.TEXT and _media(content):
        return [Violation(field, code, "mediaType is text, but there are media URLs.")]
    if kind is MediaType.IMAGE and content.video_url is not None:
        return [Violation(field, code, "mediaType is image, but there is a videoUrl.")]
    if kind is MediaType.VIDEO and content.image_urls:
        return [Violation(field, code, "mediaType is video, but there are imageUrls.")]
    if kind in (MediaType.IMAGE, MediaType.VIDEO) and not _media(content):
        return [Violation(field, "missing_media", f"mediaType is {kind}, but there is no media.")]
    return []


def _fault(detail: ErrorDetails, body: Mapping[str, Any]) -> Violation:
    """One of pydantic's errors in our words."""
    field = _field_path(detail["loc"], body)
    match detail["type"]:
        case "missing":
            return Violation(field, "missing", "This field is required.")
        case "extra_forbidden":
            return Violation(field, "unknown_field", "There is no such field.")
        case "too_short" if field == "post.content.platform":
            return Violation(field, "missing", "Name at least one platform.")
    return Violation(field, "invalid", f"{detail['msg']}.")


def _field_path(location: tuple[int | str, ...], body: Mapping[str, Any]) -> str:
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    if path.startswith("post.content.platform[0]") and not _platform_is_list(body):
        path = path.replace("[0]", "", 1)
    return path


def _platform_is_list(body: Mapping[str, Any]) -> bool:
    try:
        return isinstance(body["post"]["content"]["platform"], list)
    except (KeyError, TypeError):
        return True
