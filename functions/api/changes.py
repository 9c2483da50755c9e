"""/v1/posts/{id}/cancel, /unschedule, /publish; PATCH and DELETE /v1/posts/{id}."""

from collections.abc import Callable
from http import HTTPStatus
from uuid import UUID

import flask

from functions.api import body as request_body
from functions.api.ownership import own_post
from shared.gcp.submissions import StoredSubmission
from shared.posts import change, edit, view
from shared.web.envelope import json_answer
from shared.wiring import Parts

routes = flask.Blueprint("changes", __name__, url_prefix="/v1/posts/<uuid:post_id>")

_Change = Callable[[StoredSubmission, Parts], StoredSubmission]


@routes.post("/cancel")
def cancel(post_id: UUID) -> flask.Response:
    """Cancel a draft or a scheduled post: 200 with the post as it now reads."""
    return _changed(post_id, change.cancel, HTTPStatus.OK)


@routes.post("/unschedule")
def unschedule(post_id: UUID) -> flask.Response:
    """Make a scheduled post a draft: 200 with the post as it now reads."""
    return _changed(post_id, change.unschedule, HTTPStatus.OK)


@routes.post("/publish")
def publish(post_id: UUID) -> flask.Response:
    """Publish a draft or a scheduled post now: 202 with the post as it now reads."""
    return _changed(post_id, change.publish_now, HTTPStatus.ACCEPTED)


@routes.patch("")
def edit_post(post_id: UUID) -> flask.Response:
    """Edit a draft or a scheduled post: 200 with the post as it now reads."""
    body = request_body.read(flask.request)
    caller, stored = own_post(post_id)
    parts = caller.parts
    changed = edit.edit(stored, body.required(), parts, before_fetch=caller.count_at_once)
    return json_answer(view.as_json(parts, changed))


@routes.delete("")
def delete(post_id: UUID) -> flask.Response:
    """Delete a draft, a scheduled or a finished post from the history: 204."""
    caller, stored = own_post(post_id)
    parts = caller.parts
    change.delete(stored, parts)
    return flask.Response(status=HTTPStatus.NO_CONTENT)


def _changed(post_id: UUID, do: _Change, status: HTTPStatus) -> flask.Response:
    caller, stored = own_post(post_id)
    parts = caller.parts
    return json_answer(view.as_json(parts, do(stored, parts)), status)
