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

_Change = Callable[[StoredSubmission, Parts], StoredSubmission]


def cancel_post(post_id: UUID) -> flask.Response:
    """Cancel a draft or a scheduled post."""
    return _changed(post_id, change.cancel, HTTPStatus.OK)


def unschedule_post(post_id: UUID) -> flask.Response:
    """Make a scheduled post a draft."""
    return _changed(post_id, change.unschedule, HTTPStatus.OK)


def publish_post(post_id: UUID) -> flask.Response:
    """Publish a draft or a scheduled post now."""
    return _changed(post_id, change.publish_now, HTTPStatus.ACCEPTED)


def edit_post(post_id: UUID) -> flask.Response:
    """Edit a draft or a scheduled post.

    Replaces fields of the post with those in the body; `content` is replaced as a whole.
    `draft: false` with a time schedules a draft.
    """
    body = request_body.read(flask.request)
    caller, stored = own_post(post_id)
    parts = caller.parts
    changed = edit.edit(stored, body.required(), parts, before_fetch=caller.count_now)
    return json_answer(view.as_json(parts, changed))


def delete_post(post_id: UUID) -> flask.Response:
    """Delete a post from the history.

    Deletes a draft, a scheduled or a finished post. `fromPlatforms=true` also deletes it from its
    platforms, where their APIs support it.
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
    """Whether to delete the post from its platforms, too. Raises InvalidRequest."""
    sent = flask.request.args.get("fromPlatforms", "false")
    if sent not in ("true", "false"):
        message = "fromPlatforms must be true or false."
        raise InvalidRequest([Violation("fromPlatforms", "invalid", message)])
    return sent == "true"


def _changed(post_id: UUID, do: _Change, status: HTTPStatus) -> flask.Response:
    caller, stored = own_post(post_id)
    parts = caller.parts
    return json_answer(view.as_json(parts, do(stored, parts)), status)
