"""The errors, each with its own schema and example."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal

from openapi_pydantic import Example, Header, MediaType, Reference, Response, Schema
from openapi_pydantic.util import PydanticSchema
from pydantic import MISSING, BaseModel, Field, create_model
from pydantic.alias_generators import to_pascal

from functions.api.openapi.answers import Answer, PostId, Time, Violation
from functions.api.openapi.error_examples import example_of
from functions.api.openapi.headers import headers_of
from shared.domain.errors import ErrorCode
from shared.domain.submission import SubmissionStatus
from shared.web.envelope import CODES


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


class StoredPost(Answer):
    post_submission_id: PostId


class CurrentStatus(Answer):
    status: SubmissionStatus


@dataclass(frozen=True)
class ErrorText:
    """How the description explains one code."""

    meaning: str
    details: Any = None
    """The type of `details`; None: this error has none."""
    always: bool = True
    """`details` is always present."""


ERRORS: Mapping[ErrorCode, ErrorText] = {
    ErrorCode.VALIDATION_ERROR: ErrorText(
        "The request is malformed, contradicts itself or exceeds a limit of a platform. `details` "
        "lists every violation.",
        list[Violation],
    ),
    ErrorCode.MISSING_INTEGRATIONS: ErrorText("A platform is not connected.", MissingPlatforms),
    ErrorCode.MISSING_ACCOUNT: ErrorText(
        "The account does not exist, or there are several and none is the default.",
        ConnectedAccounts,
    ),
    ErrorCode.UPLOAD_FAILED: ErrorText(
        "A file could not be downloaded or stored. `details` lists every such file.",
        list[FailedFile],
    ),
    ErrorCode.UNAUTHORIZED: ErrorText(
        "The API key is missing, malformed, unknown or revoked. With `details`: the authorization "
        "of a platform's account has ended.",
        Reconnect,
        always=False,
    ),
    ErrorCode.FORBIDDEN: ErrorText("The subscription is not active."),
    ErrorCode.NOT_FOUND: ErrorText("The object does not exist or belongs to another user."),
    ErrorCode.METHOD_NOT_ALLOWED: ErrorText("The path does not allow this method."),
    ErrorCode.PAYLOAD_TOO_LARGE: ErrorText("The body is larger than the limit."),
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: ErrorText("The Content-Type is not application/json."),
    ErrorCode.IDEMPOTENCY_CONFLICT: ErrorText(
        "The Idempotency-Key was used with another body.", StoredPost
    ),
    ErrorCode.INVALID_STATE: ErrorText(
        "The action is not allowed in the current status.", CurrentStatus, always=False
    ),
    ErrorCode.RATE_LIMIT_EXCEEDED: ErrorText(
        "Too many requests within 60 seconds. `Retry-After` has the seconds to wait."
    ),
    ErrorCode.DISPATCH_FAILED: ErrorText(
        "The post was stored, but its delivery did not start. Soku retries automatically.",
        StoredPost,
    ),
    ErrorCode.POST_CREATION_FAILED: ErrorText("The post was not stored."),
    ErrorCode.INTERNAL_ERROR: ErrorText("Something went wrong on Soku's side."),
}


@cache
def envelope_of(code: ErrorCode) -> type[BaseModel]:
    """The model of an answer with this error."""
    text, (_, kind) = ERRORS[code], CODES[code]
    name = to_pascal(code.value)
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
    error = create_model(name, __base__=Answer, __doc__=text.meaning, **fields)
    return create_model(f"{name}Answer", __base__=Answer, error=(error, ...))


def _constant(value: str) -> Any:
    return Annotated[str, Field(json_schema_extra={"const": value})]


def error_answers(codes: Iterable[ErrorCode]) -> dict[str, Response | Reference]:
    """The answers with these errors, by their HTTP status."""
    by_status: dict[int, list[ErrorCode]] = {}
    for code in ErrorCode:
        if code in set(codes):
            by_status.setdefault(CODES[code][0], []).append(code)
    return {str(status): _answer(status, group) for status, group in sorted(by_status.items())}


def _answer(status: int, codes: list[ErrorCode]) -> Response:
    schemas: list[Reference | Schema] = [PydanticSchema(schema_class=envelope_of(c)) for c in codes]
    schema = schemas[0] if len(schemas) == 1 else Schema(oneOf=schemas)
    examples = {code.value: _example(code) for code in codes}
    headers: dict[str, Header | Reference] = headers_of(status)
    return Response(
        description="\n\n".join(f"`{code.value}`: {ERRORS[code].meaning}" for code in codes),
        headers=headers,
        content={"application/json": MediaType(schema=schema, examples=examples)},
    )


def _example(code: ErrorCode) -> Example | Reference:
    return Example(summary=ERRORS[code].meaning, value=example_of(code))
