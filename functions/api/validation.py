"""POST /v1/posts/validate."""

import flask

from functions.api import body as request_body
from functions.api.caller import authenticate
from shared import wiring
from shared.domain.errors import ApiError
from shared.posts import resolution, validate
from shared.posts.request import parse
from shared.posts.resolution import Resolution
from shared.web.envelope import json_answer


def validate_post() -> flask.Response:
    """Validate a post without publishing it.

    Runs the checks of a new post and returns the validation result for each target, without
    publishing.
    """
    parts = wiring.parts()
    request = request_body.read(flask.request).parsed(parse)
    caller = authenticate(
        parts,
        reads=lambda principal: (
            []
            if isinstance(request, ApiError)
            else resolution.paths(principal.user_id, request, parts.settings)
        ),
    )
    caller.require_subscription()
    if isinstance(request, ApiError):
        raise request
    user_id = caller.principal.user_id
    check = Resolution(request, user_id, caller.documents, parts, caller.count_now)
    return json_answer(validate.as_json(check.findings()))
