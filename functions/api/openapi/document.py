"""The document, from the models and the paths."""

from typing import Any

from openapi_pydantic import Components, Info, OpenAPI, SecurityScheme, Server
from openapi_pydantic.util import construct_open_api_with_schema_class
from pydantic.alias_generators import to_pascal

from functions.api.openapi.errors import envelope_of, error_answers
from functions.api.openapi.field_docs import add_docs
from functions.api.openapi.paths import paths
from shared.domain.errors import ErrorCode
from shared.web.envelope import CODES

VERSION = "0.2.0"
"""`pyproject.toml` has the same one."""
_ABOUT = """
One post by HTTP, delivered to many platforms, once.

Send the API key as `soku-api-key` or as `Authorization: Bearer`. Everything except reading also
needs an active subscription. Every answer has an `X-Request-ID`. Every error has the same shape,
and its `message` says what to do. An unknown path returns 404 `not_found`, and an unknown method
of a path returns 405 `method_not_allowed`. Times are RFC 3339 in UTC with milliseconds.
"""


def document() -> dict[str, Any]:
    """OpenAPI 3.1, as JSON."""
    api = OpenAPI(
        openapi="3.1.1",
        info=Info(title="Soku", version=VERSION, summary="Publish everywhere.", description=_ABOUT),
        # Relative to this document, so it is right wherever the function is deployed, and locally.
        servers=[Server(url=".")],
        paths=paths(),
        security=[{"key": []}, {"bearer": []}],
        components=Components(
            responses=_answers_of_no_operation(),
            securitySchemes={
                "key": SecurityScheme(
                    type="apiKey", name="soku-api-key", security_scheme_in="header"
                ),
                "bearer": SecurityScheme(type="http", scheme="bearer"),
            },
        ),
    )
    models = [envelope_of(code) for code in ErrorCode]
    complete = construct_open_api_with_schema_class(api, schema_classes=models)
    content = complete.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)
    add_docs(content["components"]["schemas"])
    return content


def _answers_of_no_operation() -> dict[str, Any]:
    """The answer to a method that a path does not allow."""
    code = ErrorCode.METHOD_NOT_ALLOWED
    return {to_pascal(code.value): error_answers([code])[str(CODES[code][0])]}
