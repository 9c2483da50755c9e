"""The errors, each with its own schema and example, made from the table that answers them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal

from openapi_pydantic import Example, Header, MediaType, Reference, Response, Schema
from openapi_pydantic.util import PydanticSchema
from pydantic import MISSING, BaseModel, Field, create_model
from pydantic.alias_generators import to_pascal

from functions.api.openapi.answers import Answer, Fault, PostId, Time
from functions.api.openapi.headers import headers_of
from shared.domain.errors import ErrorCode
from shared.domain.submission import SubmissionStatus
from shared.web.envelope import CODES

_POST_ID = "550e8400-e29b-41d4-a716-446655440000"


class MissingPlatforms(Answer):
    missing_platforms: list[str]


class ConnectedAccounts(Answer):
    platform: str
    account_id: str | MISSING = MISSING
    """The one that was asked for."""
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


class PresentStatus(Answer):
    status: SubmissionStatus


@dataclass(frozen=True)
class ErrorText:
    """What the document says of one code."""

    meaning: str
    message: str
    """An example."""
    details: Any = None
    """The type of `details`; None: there are none."""
    example: Any = None
    """Of the details."""
    always: bool = True
    """The details are never left out."""


ERRORS: Mapping[ErrorCode, ErrorText] = {
    ErrorCode.VALIDATION_ERROR: ErrorText(
        "The request is malformed, contradicts itself or breaks a platform's limits; `details` "
        "lists every fault.",
        "post.content.text: At most 280 characters are taken by x; this has 301.",
        list[Fault],
        [
            {
                "field": "post.content.text",
                "platform": "x",
                "code": "text_too_long",
                "message": "At most 280 characters are taken by x; this has 301.",
            }
        ],
    ),
    ErrorCode.MISSING_INTEGRATIONS: ErrorText(
        "A platform is not connected.",
        "The following platforms are not connected: tiktok. Connect them in Settings > "
        "Integrations.",
        MissingPlatforms,
        {"missingPlatforms": ["tiktok"]},
    ),
    ErrorCode.MISSING_ACCOUNT: ErrorText(
        "There is no such account, or there are several and none is the default.",
        "There is no x account x_old. Connected: x_main.",
        ConnectedAccounts,
        {"platform": "x", "accountId": "x_old", "connectedAccounts": ["x_main"]},
    ),
    ErrorCode.UPLOAD_FAILED: ErrorText(
        "A file could not be fetched or stored; `details` lists each.",
        "post.content.mediaUrls[0]: The server cannot be reached; check that the URL opens in a "
        "browser.",
        list[FailedFile],
        [
            {
                "field": "post.content.mediaUrls[0]",
                "url": "https://example.com/cat.jpg",
                "code": "unreachable",
                "message": "The server cannot be reached; check that the URL opens in a browser.",
            }
        ],
    ),
    ErrorCode.UNAUTHORIZED: ErrorText(
        "The key is missing, malformed, unknown or revoked; or, with `details`, a platform's "
        "authorization has ended.",
        "The API key is unknown or was revoked.",
        Reconnect,
        always=False,
    ),
    ErrorCode.FORBIDDEN: ErrorText(
        "There is no active subscription.",
        "The subscription is not active. Renew it in Settings > Billing.",
    ),
    ErrorCode.NOT_FOUND: ErrorText(
        "There is no such object of the caller's.", f"There is no post {_POST_ID} of yours."
    ),
    ErrorCode.METHOD_NOT_ALLOWED: ErrorText(
        "The path does not take this method.", "/v1/posts takes GET, POST, not PUT."
    ),
    ErrorCode.PAYLOAD_TOO_LARGE: ErrorText(
        "The body is larger than is taken.", "The body is larger than 256 KiB."
    ),
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: ErrorText(
        "The body is not declared to be JSON.",
        "The Content-Type must be application/json; this request says text/plain.",
    ),
    ErrorCode.IDEMPOTENCY_CONFLICT: ErrorText(
        "The Idempotency-Key was used with another body.",
        "This Idempotency-Key was used with another body. Use a new key for a new post.",
        StoredPost,
        {"postSubmissionId": _POST_ID},
    ),
    ErrorCode.INVALID_STATE: ErrorText(
        "The action does not fit what the object is by now.",
        "A post that is dispatched cannot be edited.",
        PresentStatus,
        {"status": "dispatched"},
        always=False,
    ),
    ErrorCode.RATE_LIMIT_EXCEEDED: ErrorText(
        "Too many requests within a minute; `Retry-After` says when the next one is taken.",
        "Too many requests; send the next one in 12 s.",
    ),
    ErrorCode.DISPATCH_FAILED: ErrorText(
        "The post was stored and will go out, but not at once.",
        "The post was stored, but its delivery could not be started. It will be started within "
        "minutes; sending the same request again starts it at once.",
        StoredPost,
        {"postSubmissionId": _POST_ID},
    ),
    ErrorCode.POST_CREATION_FAILED: ErrorText(
        "Nothing was stored.", "The post could not be stored. Nothing was done; send it again."
    ),
    ErrorCode.INTERNAL_ERROR: ErrorText(
        "Something went wrong on Soku's side.",
        "Something went wrong on Soku's side. Nothing is known to be lost: send the same request "
        "again, with the same Idempotency-Key.",
    ),
}


@cache
def envelope_of(code: ErrorCode) -> type[BaseModel]:
    """The model of the whole answer with one error."""
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


def example_of(code: ErrorCode) -> dict[str, Any]:
    text, (_, kind) = ERRORS[code], CODES[code]
    error = {
        "type": kind,
        "code": code.value,
        "message": text.message,
        "timestamp": "2026-11-22T09:30:00.000Z",
        "requestId": "req_0123456789abcdef01234567",
    }
    return {"error": error if text.example is None else {**error, "details": text.example}}


def error_answers(codes: Iterable[ErrorCode]) -> dict[str, Response | Reference]:
    """The answers with these errors, by their HTTP status."""
    by_status: dict[int, list[ErrorCode]] = {}
    for code in ErrorCode:
        if code in set(codes):
            by_status.setdefault(CODES[code][0], []).append(code)
    return {str(status): _answer(status, found) for status, found in sorted(by_status.items())}


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
