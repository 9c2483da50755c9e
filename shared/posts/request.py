"""The bodies of POST /v1/posts and of a retry: their shape and their contradictions.

Every rule is a validator of the model, so that one validation finds all violations.
"""

from collections.abc import Callable, Mapping
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
from shared.media.names import shown_url, stored_url
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
            "Platform {name} does not exist. Use one of: {known}.",
            {"name": repr(name[:50]), "known": ", ".join(known)},
        )
    return name


class _NamesOfPlatforms:
    """Describes a string as the name of one of the platforms."""

    @staticmethod
    def __get_pydantic_json_schema__(_: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "enum": list(registry.names())}


PlatformName = Annotated[str, AfterValidator(_known_platform), _NamesOfPlatforms]


# Functions, because pydantic reads the signature of a factory, and that of `list` is slow to read.
def _no_urls() -> list[str]:
    return []


def _no_options() -> dict[str, Any]:
    return {}


_Urls = Annotated[list[WebUrl], Field(max_length=MAX_MEDIA)]


class PostTarget(Strict):
    """One account that the post goes to."""

    platform: PlatformName
    account_id: Annotated[str | None, Field(min_length=1)] = None
    """A connected account; the default account when omitted."""
    text: str | None = None
    """The caption for this target, instead of the caption of the post."""
    options: dict[str, Any] = Field(default_factory=_no_options)
    """Options of this platform."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """One schema for each platform, with its options."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        fields = schema.pop("properties")
        description = schema.pop("description")
        variants = []
        for name in registry.names():
            model = registry.limits(name).options
            model.model_rebuild()
            options = handler(model.__pydantic_core_schema__)
            own = {"platform": {"const": name, "type": "string"}, "options": options}
            variants.append({**schema, "title": name, "properties": {**fields, **own}})
        return {"title": cls.__name__, "description": description, "oneOf": variants}


_Named = PlatformName | PostTarget


def _as_list(value: Any) -> Any:
    """One or several targets, each a name or an object, as a list of objects."""
    elements = value if isinstance(value, list) else [value]
    if len(elements) > MAX_TARGETS:
        # Here, because each of tens of thousands would be judged first.
        message = "A post can have at most {most} targets; this one has {count}."
        counts = {"most": MAX_TARGETS, "count": len(elements)}
        raise PydanticCustomError("invalid", message, counts)
    return [{"platform": e} if isinstance(e, str) else e for e in elements]


class PostContent(Strict):
    """What is published, and where."""

    text: str | None = None
    """The caption; optional unless a target needs one."""
    media_type: Annotated[MediaType | None, Field(strict=False)] = None
    """The type of the media; inferred when omitted."""
    media_urls: _Urls = Field(default_factory=_no_urls)
    """Images and videos in their order, from any public URL."""
    video_url: WebUrl | None = None
    image_urls: _Urls = Field(default_factory=_no_urls)
    platform: Annotated[
        list[PostTarget],
        BeforeValidator(_as_list, json_schema_input_type=_Named | list[_Named]),
        Field(min_length=1, max_length=MAX_TARGETS),
    ]
    """A platform name for its default account, an object for more settings, or a list of both."""

    @property
    def media(self) -> dict[str, str]:
        """All media URLs in their order, by their places in the content."""
        video = {"videoUrl": self.video_url} if self.video_url is not None else {}
        return {
            **{f"mediaUrls[{i}]": url for i, url in enumerate(self.media_urls)},
            **video,
            **{f"imageUrls[{i}]": url for i, url in enumerate(self.image_urls)},
        }

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """Runs after the rules of the fields: only valid fields can contradict each other."""
        kind, code = self.media_type, "contradiction"
        if kind is MediaType.TEXT and self.media:
            raise _at_media_type(code, "mediaType is text, but the post has media URLs.")
        if kind is MediaType.IMAGE and self.video_url is not None:
            raise _at_media_type(code, "mediaType is image, but the post has a videoUrl.")
        if kind is MediaType.VIDEO and self.image_urls:
            raise _at_media_type(code, "mediaType is video, but the post has imageUrls.")
        if kind in (MediaType.IMAGE, MediaType.VIDEO) and not self.media:
            message = f"mediaType is {kind}, but the post has no media."
            raise _at_media_type("missing_media", message)
        return self


def _at_media_type(code: str, message: str) -> PydanticCustomError:
    """A violation of the whole content, reported at the field that shows the intention best."""
    return PydanticCustomError(code, message, {"field": "mediaType"})


class NewPost(Strict):
    content: PostContent


class RetryBody(Strict):
    """The body of a retry with edited content, where `platform` is optional."""

    post: NewPost


class PostBody(RetryBody):
    """A post to publish now or later, or a draft."""

    scheduled_time: Moment = None
    """ISO 8601 with an offset, at least 1 minute in the future; now when omitted."""
    draft: bool = False
    """Save the post without publishing it."""
    not_after: Moment = None
    """ISO 8601 with an offset. A delivery that could not start by then fails with `expired`."""


@dataclass(frozen=True)
class PostRequest:
    """A well-formed request to publish."""

    text: str | None
    media: Mapping[str, str]
    """All media URLs in their order, by their places in the request."""
    media_type: MediaType | None
    """As sent; None leaves it to the media."""
    targets: tuple[RequestedTarget, ...]
    scheduled_time: datetime | None = None
    draft: bool = False
    not_after: datetime | None = None

    @property
    def platforms(self) -> list[str]:
        return sorted({target.platform for target in self.targets})


def parse(body: Mapping[str, Any]) -> PostRequest:
    """Read a decoded body. Raises InvalidRequest with all of its violations."""
    sent = strict.read(PostBody, body, lambda detail: _violation(detail, body))
    return replace(
        _request(sent.post.content, body),
        scheduled_time=sent.scheduled_time,
        draft=sent.draft,
        not_after=sent.not_after,
    )


def parse_retry(body: Mapping[str, Any]) -> PostRequest:
    """Read the body of a retry, which publishes now. Raises InvalidRequest."""
    sent = strict.read(RetryBody, body, lambda detail: _violation(detail, body))
    return _request(sent.post.content, body)


def as_stored(body: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A well-formed body as a post stores it: without the queries of its media URLs.

    `before`: what the post has stored so far. A URL as it was shown then means the stored one.
    """
    known: dict[str, set[str]] = {}

    def remember(url: str) -> str:
        known.setdefault(shown_url(url), set()).add(url)
        return url

    def stored(url: str) -> str:
        return next(iter(known[url])) if len(known.get(url, ())) == 1 else stored_url(url)

    if before is not None:
        with_urls(before, remember)
    return with_urls(body, stored)


def with_urls(body: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """A well-formed body with each URL of its media replaced by `change` of it.

    `change` gets the URLs in the order of the post's media.
    """
    content = dict(body["post"]["content"])
    for name in ("mediaUrls", "videoUrl", "imageUrls"):
        urls = content.get(name)
        if isinstance(urls, str):
            content[name] = change(urls)
        elif urls:
            content[name] = [change(url) for url in urls]
    return {**body, "post": {**body["post"], "content": content}}


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
    """The place of a target: without an index when it was not sent in a list."""
    content = body["post"]["content"]
    is_list = isinstance(content["platform"], list)
    return "post.content.platform" + (f"[{position}]" if is_list else "")


def _violation(detail: ErrorDetails, body: Mapping[str, Any]) -> Violation:
    """The violation as `strict` words it, at the place where the caller wrote it."""
    violation = strict.violation_of(detail)
    field = violation.field
    if field.startswith("post.content.platform[0]") and not _platform_is_list(body):
        field = field.replace("[0]", "", 1)
    if violation.code == "unknown_platform":
        # Reported at the target, which may be just a name.
        field = field.removesuffix(".platform")
    if detail["type"] == "too_short" and field == "post.content.platform":
        return Violation(field, "missing", "Send at least one platform.")
    return replace(violation, field=field)


def _platform_is_list(body: Mapping[str, Any]) -> bool:
    try:
        return isinstance(body["post"]["content"]["platform"], list)
    except (KeyError, TypeError):
        return True
