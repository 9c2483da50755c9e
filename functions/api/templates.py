"""/v1/templates: pictures from templates."""

import base64
from typing import Any

import flask

from functions.api import body as request_body
from functions.api.caller import authenticate
from functions.api.media import as_json
from shared import wiring
from shared.domain.errors import ApiError
from shared.templates import catalog, drawing, orders
from shared.templates.catalog import Template
from shared.templates.config import SIZES
from shared.web.envelope import json_answer


def list_templates() -> flask.Response:
    """List templates.

    Each with the JSON Schema of its config, an example of one, and a preview as a data URL.
    """
    authenticate(wiring.parts())
    data = [_described(catalog.template(slug)) for slug in catalog.slugs()]
    return json_answer({"data": data})


def render_template() -> flask.Response:
    """Draw a picture from a template.

    The picture is a JPEG image among your files. The same request returns the same file for as long
    as that file exists.
    """
    parts = wiring.parts()
    settings = parts.settings.media
    order = request_body.read(flask.request).parsed(lambda sent: orders.read(sent, settings))
    caller = authenticate(
        parts,
        limit_name="templates",
        reads=lambda who: [] if isinstance(order, ApiError) else order.paths(who.user_id),
    )
    caller.require_subscription()
    if isinstance(order, ApiError):
        raise order
    user_id = caller.principal.user_id
    asset = drawing.known(order, user_id, caller.documents)
    if asset is None:
        caller.count_now()
        asset = drawing.draw(order, user_id, caller.documents, parts.intake)
    return json_answer(as_json(asset), 201)


def render_og() -> flask.Response:
    """Draw a picture from a template.

    Another path of `POST /v1/templates`.
    """
    return render_template()


def _described(template: Template) -> dict[str, Any]:
    preview = base64.b64encode((template.folder / "preview.webp").read_bytes()).decode()
    return {
        "templateSlug": template.slug,
        "description": template.description,
        "aspectRatios": list(SIZES),
        "config": template.schema,
        "example": dict(template.example),
        "preview": f"data:image/webp;base64,{preview}",
    }
