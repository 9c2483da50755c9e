"""The bodies of POST /v1/posts and of a retry: their shape, and what contradicts itself in them.

Every rule is a validator of the model, so that one reading finds all faults.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from shared.domain.errors import InvalidRequest, Violation
from shared.domain.targets import RequestedTarget
from shared.platforms import registry
from shared.web import strict
from shared.web.strict import Moment, Strict, WebUrl

MAX_TARGETS = 200
MAX_MEDIA = 50


class MediaType(StrEnum):
    VIDEO = "video"
    IMAGE = "image"
    TEXT = "text"


def _known_platform(name: str) -> str:
    known = registry.names()
    if name not in known:
        raise PydanticCustomError(
            "unknown_platform",
            "There is no platform {name}. Known: {known}.",
            {"name": repr(name[:50]), "known": ", ".join(known)},
        )
    return name


KnownPlatform = Annotated[str, AfterValidator(_known_platform)]
_Urls = Annotated[list[WebUrl], Field(max_length=MAX_MEDIA)]


class _Target(Strict):
    platform: KnownPlatform
    account_id: Annotated[str | None, Field(min_length=1)] = None
    text: str | None = None
    options: dict[str, Any] = Field(default_factory=dict)


def _as_list(value: Any) -> Any:
    """One target or several, each a name or an object: always a list of objects."""
    elements = value if isinstance(value, list) else [value]
    return [{"platform": e} if isinstance(e, str) else e for e in elements]


class _Content(Strict):
    text: str | None = None
    media_type: Annotated[MediaType | None, Field(strict=False)] = None
    media_urls: _Urls = Field(default_factory=list)
    video_url: WebUrl | None = None
    image_urls: _Urls = Field(default_factory=list)
    platform: Annotated[
        list[_Target], BeforeValidator(_as_list), Field(min_length=1, max_length=MAX_TARGETS)
    ]

    @property
    def media(self) -> dict[str, str]:
        """All media by the place that names them, in their order."""
        video = {"videoUrl": self.video_url} if self.video_url is not None else {}
        return {
            **{f"mediaUrls[{i}]": url for i, url in enumerate(self.media_urls)},
            **video,
            **{f"imageUrls[{i}]": url for i, url in enumerate(self.image_urls)},
        }

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """Comes after the fields' own rules: only what is readable can contradict itself."""
        kind, code = self.media_type, "contradiction"
        if kind is MediaType.TEXT and self.media:
            raise _at_media_type(code, "mediaType is text, but there are media URLs.")
        if kind is MediaType.IMAGE and self.video_url is not None:
            raise _at_media_type(code, "mediaType is image, but there is a videoUrl.")
        if kind is MediaType.VIDEO and self.image_urls:
            raise _at_media_type(code, "mediaType is video, but there are imageUrls.")
        if kind in (MediaType.IMAGE, MediaType.VIDEO) and not self.media:
            message = f"mediaType is {kind}, but there is no media."
            raise _at_media_type("missing_media", message)
        return self


def _at_media_type(code: str, message: str) -> PydanticCustomError:
    """A fault of the whole content, shown at the field that tells best what was meant."""
    return PydanticCustomError(code, message, {"field": "mediaType"})


class _Post(Strict):
    content: _Content


class RetryBody(Strict):
    """The body of a retry with edited content, which may leave `platform` out."""

    post: _Post


class PostBody(RetryBody):
    scheduled_time: Moment = None
    draft: bool = False
    not_after: Moment = None


_Model = TypeVar("_Model", bound=RetryBody)


@dataclass(frozen=True)
class PostRequest:
    """A well-formed request to publish."""

    text: str | None
    media: Mapping[str, str]
    """All media in their order, by the place in the request that names them."""
    media_type: MediaType | None
    """As it was said; without it, what the media are decides."""
    targets: tuple[RequestedTarget, ...]
    scheduled_time: datetime | None = None
    draft: bool = False
    not_after: datetime | None = None

    @property
    def platforms(self) -> list[str]:
        return sorted({target.platform for target in self.targets})


def parse(body: Mapping[str, Any]) -> PostRequest:
    """Read a decoded body. Raises InvalidRequest with all of its faults."""
    read = _read(PostBody, body)
    return replace(
        _request(read.post.content, body),
        scheduled_time=read.scheduled_time,
        draft=read.draft,
        not_after=read.not_after,
    )


def parse_retry(body: Mapping[str, Any]) -> PostRequest:
    """Likewise for the body of a retry: it goes out now."""
    return _request(_read(RetryBody, body).post.content, body)


def _read(model: type[_Model], body: Mapping[str, Any]) -> _Model:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        faults = [_fault(detail, body) for detail in error.errors(include_url=False)]
        raise InvalidRequest(faults) from error


def _request(content: _Content, body: Mapping[str, Any]) -> PostRequest:
    return PostRequest(
        text=content.text,
        media={f"post.content.{place}": url for place, url in content.media.items()},
        media_type=content.media_type,
        targets=tuple(_requested(content, body)),
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


def _fault(detail: ErrorDetails, body: Mapping[str, Any]) -> Violation:
    """As `strict` says it, at the place where the caller wrote it."""
    fault = strict.fault_of(detail)
    field = fault.field
    if field.startswith("post.content.platform[0]") and not _platform_is_list(body):
        field = field.replace("[0]", "", 1)
    if fault.code == "unknown_platform":
        # Said of the target, which may be a mere name.
        field = field.removesuffix(".platform")
    if detail["type"] == "too_short" and field == "post.content.platform":
        return Violation(field, "missing", "Name at least one platform.")
    return replace(fault, field=field)


def _platform_is_list(body: Mapping[str, Any]) -> bool:
    try:
        return isinstance(body["post"]["content"]["platform"], list)
    except (KeyError, TypeError):
        return True
