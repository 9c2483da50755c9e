"""The bodies of POST /v1/posts and of a retry: their shape, and what contradicts itself in them.

Every rule is a validator of the model, so that one reading finds all faults.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError

from shared.domain.errors import Violation
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


class _NamesOfPlatforms:
    """Describes a string as the name of one of the platforms that there are modules for."""

    @staticmethod
    def __get_pydantic_json_schema__(_: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "enum": list(registry.names())}


PlatformName = Annotated[str, AfterValidator(_known_platform), _NamesOfPlatforms]

_Urls = Annotated[list[WebUrl], Field(max_length=MAX_MEDIA)]


class PostTarget(Strict):
    """One account that the post goes to."""

    platform: PlatformName
    account_id: Annotated[str | None, Field(min_length=1)] = None
    """One of the connected accounts; the default account when omitted."""
    text: str | None = None
    """The caption for this target, in place of the post's."""
    options: dict[str, Any] = Field(default_factory=dict)
    """What this platform lets one choose."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """One schema for each platform, with the options that its module declares."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        fields = schema.pop("properties")
        description = schema.pop("description")
        variants = []
        for name in registry.names():
            options = handler(registry.publishing(name).options.__pydantic_core_schema__)
            own = {"platform": {"const": name, "type": "string"}, "options": options}
            variants.append({**schema, "title": name, "properties": {**fields, **own}})
        return {"title": cls.__name__, "description": description, "oneOf": variants}


_Named = PlatformName | PostTarget


def _as_list(value: Any) -> Any:
    """One target or several, each a name or an object: always a list of objects."""
    elements = value if isinstance(value, list) else [value]
    return [{"platform": e} if isinstance(e, str) else e for e in elements]


class PostContent(Strict):
    """What is published, and where."""

    text: str | None = None
    """The caption; optional unless a target needs one."""
    media_type: Annotated[MediaType | None, Field(strict=False)] = None
    """What the media are; inferred when omitted."""
    media_urls: _Urls = Field(default_factory=list)
    """Images and videos of any kind, from any public address, in their order."""
    video_url: WebUrl | None = None
    image_urls: _Urls = Field(default_factory=list)
    platform: Annotated[
        list[PostTarget],
        BeforeValidator(_as_list, json_schema_input_type=_Named | list[_Named]),
        Field(min_length=1, max_length=MAX_TARGETS),
    ]
    """A platform's name for its default account, an object for more, or a list of either."""

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


class NewPost(Strict):
    content: PostContent


class RetryBody(Strict):
    """The body of a retry with edited content, which may leave `platform` out."""

    post: NewPost


class PostBody(RetryBody):
    """A post to publish: now, at a time, or, as a draft, not yet."""

    scheduled_time: Moment = None
    """ISO 8601 with an offset, at least 1 minute ahead; now when omitted."""
    draft: bool = False
    """Save the post without publishing it."""
    not_after: Moment = None
    """ISO 8601 with an offset: what could not start by then fails as `expired`."""


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
    read = strict.read(PostBody, body, lambda fault: _fault(fault, body))
    return replace(
        _request(read.post.content, body),
        scheduled_time=read.scheduled_time,
        draft=read.draft,
        not_after=read.not_after,
    )


def parse_retry(body: Mapping[str, Any]) -> PostRequest:
    """Likewise for the body of a retry: it goes out now."""
    read = strict.read(RetryBody, body, lambda fault: _fault(fault, body))
    return _request(read.post.content, body)


def _request(content: PostContent, body: Mapping[str, Any]) -> PostRequest:
    return PostRequest(
        text=content.text,
        media={f"post.content.{place}": url for place, url in content.media.items()},
        media_type=content.media_type,
        targets=tuple(_requested(content, body)),
    )


def _requested(content: PostContent, body: Mapping[str, Any]) -> list[RequestedTarget]:
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
