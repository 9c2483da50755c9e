"""The paths, from the routes: the docstring of a view is the summary and the description."""

import inspect
import re
from collections.abc import Mapping, Set
from typing import Any

from openapi_pydantic import (
    Example,
    MediaType,
    Operation,
    PathItem,
    Reference,
    RequestBody,
    Response,
    Schema,
)
from openapi_pydantic.util import PydanticSchema
from pydantic.alias_generators import to_camel

from functions.api.openapi.errors import error_answers
from functions.api.openapi.headers import headers_of, request_id_header
from functions.api.openapi.operations import OPERATIONS, Body, Details, Success
from functions.api.openapi.parameters import IN_PATH, REQUEST_ID
from functions.api.routes import OPEN, PEOPLE, ROUTES, SIGNED, view_of
from shared.domain.errors import ErrorCode

# A request that cannot be read, and a defect.
_OF_ALL = frozenset({ErrorCode.VALIDATION_ERROR, ErrorCode.INTERNAL_ERROR})


def paths() -> dict[str, PathItem]:
    items: dict[str, PathItem] = {}
    for method, rule, name, scope in ROUTES:
        view = view_of(name)
        if view.__name__ in OPERATIONS:
            path = re.sub(r"<(?:[^<>]+:)?(\w+)>", r"{\1}", rule)
            item = items.setdefault(path, PathItem())
            setattr(item, method.lower(), _operation(method, path, view, scope))
    return items


def _operation(method: str, path: str, view: Any, scope: str | None) -> Operation:
    details = OPERATIONS[view.__name__]
    summary, _, description = (inspect.getdoc(view) or "").partition("\n")
    needs_key = scope not in (OPEN, SIGNED)
    in_path = [IN_PATH[name] for name in re.findall(r"{(\w+)}", path)]
    errors = _OF_ALL if scope is OPEN else _errors(method, details, has_id=bool(in_path))
    return Operation(
        operationId=to_camel(view.__name__),
        summary=summary.rstrip("."),
        description=" ".join([*description.split(), *_needs(scope)]) or None,
        tags=[details.tag],
        parameters=[*in_path, *details.parameters, REQUEST_ID],
        requestBody=request_body(details.body) if details.body else None,
        responses={
            **{str(answer.status): _response(answer, needs_key) for answer in details.answers},
            **error_answers(errors, is_counted=needs_key),
        },
        security=security(scope),
    )


def _needs(scope: str | None) -> list[str]:
    if scope is OPEN:
        return []
    if scope == SIGNED:
        return ["Only for Stripe, which signs its requests."]
    if scope == PEOPLE:
        return ["Only for signed-in users: no key may call this."]
    return [f"A key needs the scope `{scope}`."]


def security(scope: str | None) -> list[dict[str, list[str]]]:
    """What authenticates the caller. OpenAPI 3.1 names the needed scope with the scheme."""
    if scope is OPEN:
        return []
    if scope == SIGNED:
        return [{"stripe": []}]
    keys = [] if scope == PEOPLE else [{"key": [scope]}, {"bearer": [scope]}]
    return [*keys, {"person": []}]


def _errors(method: str, details: Details, *, has_id: bool) -> Set[ErrorCode]:
    """The errors of an operation that needs a key."""
    codes = {
        ErrorCode.UNAUTHORIZED,
        ErrorCode.FORBIDDEN,
        ErrorCode.RATE_LIMIT_EXCEEDED,
        ErrorCode.INTERNAL_ERROR,
        *details.errors,
    }
    if details.body:
        codes |= {ErrorCode.PAYLOAD_TOO_LARGE, ErrorCode.UNSUPPORTED_MEDIA_TYPE}
    if details.body or details.parameters:
        codes.add(ErrorCode.VALIDATION_ERROR)
    if has_id:
        codes.add(ErrorCode.NOT_FOUND)
    if method != "GET" and has_id:
        codes.add(ErrorCode.INVALID_STATE)
    return codes


def _response(answer: Success, needs_key: bool) -> Response:
    headers = headers_of(answer.status) if needs_key else request_id_header()
    content = None
    if isinstance(answer.schema, Schema):
        content = {answer.media_type: MediaType(schema=answer.schema)}
    elif answer.schema is not None:
        examples = {"answer": (answer.description, answer.example)}
        others = {name: MediaType(schema=schema) for name, schema in answer.others.items()}
        content = _json_content(answer.schema, examples) | others
    return Response(
        description=answer.description,
        headers={**headers, **answer.headers},
        content=content,
        links=answer.links,
    )


def request_body(body: Body) -> RequestBody:
    return RequestBody(required=body.required, content=_json_content(body.model, body.examples))


def _json_content(model: Any, examples: Mapping[str, tuple[str, Any]]) -> dict[str, MediaType]:
    named: dict[str, Example | Reference] = {
        name: Example(summary=summary, value=value) for name, (summary, value) in examples.items()
    }
    schema: Schema = PydanticSchema(schema_class=model)
    return {"application/json": MediaType(schema=schema, examples=named)}
