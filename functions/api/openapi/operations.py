"""Builds operations: adds the key, the errors and the headers that they have in common."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openapi_pydantic import (
    Example,
    Header,
    Link,
    MediaType,
    Operation,
    Parameter,
    Reference,
    RequestBody,
    Response,
    Schema,
)
from openapi_pydantic.util import PydanticSchema
from pydantic import BaseModel

from functions.api.openapi.errors import error_answers
from functions.api.openapi.headers import headers_of, request_id_header
from functions.api.openapi.parameters import REQUEST_ID
from shared.domain.errors import ErrorCode

# Every operation with a key has these.
KEY_ERRORS = (ErrorCode.UNAUTHORIZED, ErrorCode.RATE_LIMIT_EXCEEDED, ErrorCode.INTERNAL_ERROR)
BODY_ERRORS = (
    ErrorCode.VALIDATION_ERROR,
    ErrorCode.PAYLOAD_TOO_LARGE,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
)
CONTENT_ERRORS = (
    ErrorCode.MISSING_INTEGRATIONS,
    ErrorCode.MISSING_ACCOUNT,
    ErrorCode.UPLOAD_FAILED,
)


@dataclass(frozen=True)
class Success:
    """One answer of an operation that succeeded."""

    status: int
    description: str
    model: type[BaseModel] | None = None
    example: Any = None
    headers: Mapping[str, Header | Reference] = field(default_factory=dict)
    links: Mapping[str, Link | Reference] = field(default_factory=dict)


@dataclass(frozen=True)
class Body:
    """A JSON body. `examples`: name -> (summary, value)."""

    model: type[BaseModel]
    examples: Mapping[str, tuple[str, Any]]
    required: bool = True


def operation(
    name: str,
    summary: str,
    *answers: Success,
    tag: str,
    description: str = "",
    parameters: Sequence[Parameter] = (),
    body: Body | None = None,
    errors: Iterable[ErrorCode] = (),
) -> Operation:
    """An operation that needs a key. `name`: its operationId."""
    codes = {*errors, *KEY_ERRORS, *(BODY_ERRORS if body else ())}
    described = Operation(
        operationId=name,
        summary=summary,
        tags=[tag],
        parameters=[*parameters, REQUEST_ID],
        responses={
            **{str(answer.status): _response(answer) for answer in answers},
            **error_answers(codes),
        },
    )
    if description:
        described.description = description
    if body is not None:
        described.requestBody = _request(body)
    return described


def open_operation(name: str, summary: str, response: Response, *, tag: str) -> Operation:
    """An operation that needs no key. `response`: its 200."""
    response.headers = {**request_id_header(), **(response.headers or {})}
    return Operation(
        operationId=name,
        summary=summary,
        tags=[tag],
        parameters=[REQUEST_ID],
        security=[],
        responses={"200": response},
    )


def json_content(
    model: type[BaseModel], examples: Mapping[str, tuple[str, Any]]
) -> dict[str, MediaType]:
    named: dict[str, Example | Reference] = {
        name: Example(summary=summary, value=value) for name, (summary, value) in examples.items()
    }
    schema: Schema = PydanticSchema(schema_class=model)
    return {"application/json": MediaType(schema=schema, examples=named)}


def _response(answer: Success) -> Response:
    described = Response(
        description=answer.description,
        headers={**headers_of(answer.status), **answer.headers},
    )
    if answer.model is not None:
        examples = {"answer": (answer.description, answer.example)}
        described.content = json_content(answer.model, examples)
    if answer.links:
        described.links = dict(answer.links)
    return described


def _request(body: Body) -> RequestBody:
    return RequestBody(required=body.required, content=json_content(body.model, body.examples))
