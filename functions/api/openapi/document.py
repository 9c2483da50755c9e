"""The document, from the models and the paths."""

from typing import Any

from openapi_pydantic import Components, Info, License, OpenAPI, SecurityScheme, Tag
from openapi_pydantic.util import construct_open_api_with_schema_class

from functions.api.openapi.events import events, webhooks
from functions.api.openapi.field_docs import add_docs
from functions.api.openapi.naming import name_parts
from functions.api.openapi.operations import TAGS
from functions.api.openapi.paths import paths

VERSION = "0.2.0"
"""`pyproject.toml` has the same one."""
_ABOUT = """
One post by HTTP, delivered to many platforms, once.

Send the API key as `soku-api-key` or as `Authorization: Bearer`. Signed-in users can instead send
their ID token as `Authorization: Bearer`. Creating and changing posts and storing files also need
an active subscription, unless the operator has turned billing off. Every answer has an
`X-Request-ID`. Every error has the same shape, and its `message` says what to do. An unknown path
returns 404 `not_found`, and an unknown method of a path returns 405 `method_not_allowed`. Times are
RFC 3339 in UTC with milliseconds.
"""


def document() -> dict[str, Any]:
    """OpenAPI 3.1, as JSON, without `servers`."""
    api = OpenAPI(
        openapi="3.1.1",
        info=Info(
            title="Soku",
            version=VERSION,
            summary="Publish everywhere.",
            description=_ABOUT,
            license=License(name="Apache-2.0", identifier="Apache-2.0"),
        ),
        tags=[Tag(name=name, description=about) for name, about in TAGS.items()],
        paths=paths(),
        webhooks=webhooks(),
        security=[{"key": []}, {"bearer": []}, {"person": []}],
        components=Components(
            pathItems=events(),
            securitySchemes={
                "key": SecurityScheme(
                    type="apiKey", name="soku-api-key", security_scheme_in="header"
                ),
                "bearer": SecurityScheme(type="http", scheme="bearer", description="An API key."),
                "person": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    bearerFormat="JWT",
                    description="The ID token of a signed-in user, who needs no scope.",
                ),
                "stripe": SecurityScheme(
                    type="apiKey",
                    name="Stripe-Signature",
                    security_scheme_in="header",
                    description="Stripe's signature of the body, for its events alone.",
                ),
            },
        ),
    )
    complete = construct_open_api_with_schema_class(api)
    content = complete.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)
    add_docs(content["components"]["schemas"])
    return name_parts(content)
