"""The errors, each with its own schema and example."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Annotated, Any, Literal, cast

from openapi_pydantic import (
    DataType,
    Discriminator,
    Example,
    Header,
    MediaType,
    Reference,
    Response,
    Schema,
)
from openapi_pydantic.util import PydanticSchema
from pydantic import MISSING, BaseModel, Field, create_model
from pydantic.alias_generators import to_pascal

from functions.api import app, body, caller, ownership
from functions.api.openapi.answers import Answer, PostId, Scope, Time, Violation
from functions.api.openapi.headers import headers_of
from functions.api.openapi.post_examples import AT, POST_ID, SUBMISSION, integration
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest
from shared.domain.submission import SubmissionStatus, move
from shared.domain.targets import RequestedTarget, resolve, unconnected
from shared.gcp.submissions import StoredSubmission
from shared.media.addresses import refusal
from shared.media.intake import NotStored, upload_failed
from shared.platforms import registry
from shared.posts import checks, edit, request, submit
from shared.posts.request import PlatformName
from shared.web.envelope import CODES, error_json
from shared.wiring import Parts


class MissingPlatforms(Answer):
    missing_platforms: list[str]


class ConnectedAccounts(Answer):
    platform: str
    account_id: str | MISSING = MISSING
    """The account in the request."""
    connected_accounts: list[str]


class FailedFile(Answer):
    field: str
    url: str | MISSING = MISSING
    """Without its query."""
    code: str
    message: str


class Reconnect(Answer):
    reason: Literal["reconnect_required"]
    platform: str
    account_id: str


class MissingScope(Answer):
    scope: Scope
    """The scope that the API key would need."""


class OutsideOfPlan(Answer):
    plan: str
    """The `planId` of the user's plan."""
    platforms: list[PlatformName] | MISSING = MISSING
    """Those in the request that the plan does not include."""
    posts_per_month: int | MISSING = MISSING
    """The limit that is reached."""


class StoredPost(Answer):
    post_submission_id: PostId


class CurrentStatus(Answer):
    status: SubmissionStatus


@dataclass(frozen=True)
class ErrorText:
    """How the description explains one code."""

    meaning: str
    example: Callable[[], ApiError]
    details: Any = None
    """The type of `details`; None: this error has none."""
    always: bool = True
    """`details` is always present."""


def _too_long_text() -> ApiError:
    content = {"text": "a" * 301, "platform": "x"}
    parsed = request.parse({"post": {"content": content}})
    return InvalidRequest(checks.ContentChecks(parsed, ()).faults(parsed.targets[0]))


def _unknown_account() -> ApiError:
    target = RequestedTarget("post.content.platform", "x", "x_old")
    return cast(ApiError, resolve([target], {"x": integration("x")}, registry.display_name)[0])


def _unreachable_file() -> ApiError:
    url = "https://example.com/cat.jpg"
    fetch = refusal("unreachable")

    def store() -> Any:
        raise NotStored(fetch.code, fetch.message)

    return _raised(lambda: upload_failed("post.content.mediaUrls[0]", store, url))


def _edit_after_start() -> ApiError:
    started = move(move(SUBMISSION, SubmissionStatus.ORCHESTRATING), SubmissionStatus.DISPATCHED)
    stored = StoredSubmission(started, None)
    # The status is checked before anything else, so no parts are needed.
    parts = cast(Parts, SimpleNamespace())
    return _raised(
        lambda: edit.edit(
            stored, {}, parts, before_fetch=lambda: None, check_plan=lambda platforms: None
        )
    )


def _raised(act: Callable[[], object]) -> ApiError:
    try:
        act()
    except ApiError as error:
        return error
    raise ValueError("the example of an error raised none")


ERRORS: Mapping[ErrorCode, ErrorText] = {
    ErrorCode.VALIDATION_ERROR: ErrorText(
        "The request is malformed, contradicts itself or exceeds a limit of a platform. `details` "
        "lists every violation.",
        _too_long_text,
        list[Violation],
    ),
    ErrorCode.MISSING_INTEGRATIONS: ErrorText(
        "A platform is not connected.",
        lambda: unconnected(["tiktok"], registry.display_name),
        MissingPlatforms,
    ),
    ErrorCode.MISSING_ACCOUNT: ErrorText(
        "The account does not exist, or there are several and none is the default.",
        _unknown_account,
        ConnectedAccounts,
    ),
    ErrorCode.UPLOAD_FAILED: ErrorText(
        "A file could not be downloaded or stored. `details` lists every such file.",
        _unreachable_file,
        list[FailedFile],
    ),
    ErrorCode.UNAUTHORIZED: ErrorText(
        "The API key is missing, malformed, unknown, expired or revoked, or the ID token is not "
        "valid. With `details`: the authorization of a platform's account has ended.",
        lambda: ApiError(ErrorCode.UNAUTHORIZED, caller.UNKNOWN_KEY),
        Reconnect,
        always=False,
    ),
    ErrorCode.FORBIDDEN: ErrorText(
        "The subscription is not active, the signed-in person is not a user, no key may make this "
        "call, or a test key cannot change a live post. With `details.scope`: the API key does not "
        "have the scope that the call needs. With `details.plan`: the plan of the user does not "
        "include a platform, or its monthly limit of posts is reached.",
        lambda: caller.missing_scope("posts:write"),
        MissingScope | OutsideOfPlan,
        always=False,
    ),
    ErrorCode.NOT_FOUND: ErrorText(
        "The object does not exist or belongs to another user.",
        lambda: ownership.post_not_found(POST_ID),
    ),
    ErrorCode.METHOD_NOT_ALLOWED: ErrorText(
        "The path does not allow this method.",
        lambda: app.method_not_allowed("/v1/posts", "PUT", ["GET", "POST"]),
    ),
    ErrorCode.PAYLOAD_TOO_LARGE: ErrorText("The body is larger than the limit.", body.too_large),
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: ErrorText(
        "The Content-Type is not application/json.", lambda: body.not_json("text/plain")
    ),
    ErrorCode.IDEMPOTENCY_CONFLICT: ErrorText(
        "The Idempotency-Key was used with another body.",
        lambda: submit.key_conflict(POST_ID),
        StoredPost,
        always=False,
    ),
    ErrorCode.INVALID_STATE: ErrorText(
        "The action is not allowed in the current status, the limit of API keys is reached, or "
        "the user already has a subscription, or has none yet.",
        _edit_after_start,
        CurrentStatus,
        always=False,
    ),
    ErrorCode.RATE_LIMIT_EXCEEDED: ErrorText(
        "Too many requests within 60 seconds. `Retry-After` has the seconds to wait.",
        lambda: caller.too_many_requests(12),
    ),
    ErrorCode.DISPATCH_FAILED: ErrorText(
        "The post was stored, but its delivery did not start. Soku retries automatically.",
        lambda: submit.not_dispatched(POST_ID),
        StoredPost,
    ),
    ErrorCode.POST_CREATION_FAILED: ErrorText("The post was not stored.", submit.not_stored),
    ErrorCode.INTERNAL_ERROR: ErrorText("Something went wrong on Soku's side.", app.internal_error),
}


@cache
def model_of(code: ErrorCode) -> type[BaseModel]:
    """The model of this error."""
    text, (_, kind) = ERRORS[code], CODES[code]
    fields: dict[str, Any] = {
        "type": (_constant(kind), ...),
        "code": (_constant(code.value), ...),
        "message": (str, ...),
        "timestamp": (Time, ...),
        "request_id": (str, ...),
    }
    if text.details is not None:
        fields["details"] = (
            (text.details, ...) if text.always else (text.details | MISSING, MISSING)
        )
    return create_model(to_pascal(code.value), __base__=Answer, __doc__=text.meaning, **fields)


@cache
def envelope_of(code: ErrorCode) -> type[BaseModel]:
    """The model of an answer with this error."""
    error = model_of(code)
    return create_model(
        f"{error.__name__}Response", __base__=Answer, __doc__=error.__doc__, error=(error, ...)
    )


def _one_of(codes: Iterable[ErrorCode]) -> Schema:
    """The schema of an answer with one of several errors, which differ in their `code`."""
    errors = {code.value: model_of(code) for code in codes}
    names = {code: f"#/components/schemas/{error.__name__}" for code, error in errors.items()}
    error = Schema(
        oneOf=[PydanticSchema(schema_class=error) for error in errors.values()],
        discriminator=Discriminator(propertyName="code", mapping=names),
    )
    return Schema(
        type=DataType.OBJECT,
        properties={"error": error},
        required=["error"],
        additionalProperties=False,
    )


def _constant(value: str) -> Any:
    return Annotated[str, Field(json_schema_extra={"const": value})]


def error_answers(
    codes: Iterable[ErrorCode], *, is_counted: bool
) -> dict[str, Response | Reference]:
    """The answers with these errors, by their HTTP status.

    `is_counted`: the callers have rate limits.
    """
    by_status: dict[int, list[ErrorCode]] = {}
    for code in ErrorCode:
        if code in set(codes):
            by_status.setdefault(CODES[code][0], []).append(code)
    return {
        str(status): _answer(status, group, is_counted)
        for status, group in sorted(by_status.items())
    }


def _answer(status: int, codes: list[ErrorCode], is_counted: bool) -> Response:
    schema = (
        PydanticSchema(schema_class=envelope_of(codes[0])) if len(codes) == 1 else _one_of(codes)
    )
    examples = {code.value: _example(code) for code in codes}
    headers: dict[str, Header | Reference] = headers_of(status, is_counted=is_counted)
    return Response(
        description="\n\n".join(f"`{code.value}`: {ERRORS[code].meaning}" for code in codes),
        headers=headers,
        content={"application/json": MediaType(schema=schema, examples=examples)},
    )


def _example(code: ErrorCode) -> Example | Reference:
    return Example(summary=ERRORS[code].meaning, value=example_of(code))


def example_of(code: ErrorCode) -> dict[str, Any]:
    """The body of an answer with this error, made by the function that raises it."""
    return error_json(ERRORS[code].example(), "req_0123456789abcdef01234567", AT)
