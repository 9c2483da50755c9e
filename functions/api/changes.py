"""/v1/posts/{id}/cancel, /unschedule, /publish; PATCH and DELETE /v1/posts/{id}."""

from collections.abc import Callable
from http import HTTPStatus
from uuid import UUID

import flask

from functions.api import body as request_body
from functions.api.ownership import own_post
from shared.domain.errors import InvalidRequest, Violation
from shared.gcp.submissions import StoredSubmission
from shared.posts import change, deletion, edit, view
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
    """Delete a draft, a scheduled or a finished post from the history: 204.

    With `?fromPlatforms=true` what is live is taken down from its platforms first: 202 with the
    post as it now reads, each run with its `deletion`.
    """
    caller, stored = own_post(post_id)
    parts = caller.parts
    if not _from_platforms():
        deletion.delete(stored, parts)
        return flask.Response(status=HTTPStatus.NO_CONTENT)
    remaining = deletion.delete_everywhere(stored, parts)
    if remaining is None:
        return flask.Response(status=HTTPStatus.NO_CONTENT)
    return json_answer(view.as_json(parts, remaining), HTTPStatus.ACCEPTED)


def _from_platforms() -> bool:
    """Whether the post is to be deleted from its platforms, too. Raises InvalidRequest."""
    sent = flask.request.args.get("fromPlatforms", "false")
    if sent not in ("true", "false"):
        message = "fromPlatforms is true or false."
        raise InvalidRequest([Violation("fromPlatforms", "invalid", message)])
    return sent == "true"


def _changed(post_id: UUID, do: _Change, status: HTTPStatus) -> flask.Response:
    caller, stored = own_post(post_id)
    parts = caller.parts
    return json_answer(view.as_json(parts, do(stored, parts)), status)
