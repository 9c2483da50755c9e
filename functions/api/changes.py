"""What changes a post, and what its owner does after a failure."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Literal, Self
from uuid import UUID

import flask
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from functions.api import body as request_body
from functions.api.ownership import own_post
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest, Violation
from shared.gcp.runs import StoredRun
from shared.gcp.submissions import StoredSubmission
from shared.posts import change, deletion, edit, retry, view
from shared.posts import reconcile as reconciling
from shared.web import strict
from shared.web.envelope import json_answer
from shared.web.strict import Strict, WebUrl
from shared.wiring import Parts

_Change = Callable[[StoredSubmission, Parts], StoredSubmission]
_Length = Field(min_length=1, max_length=2000)


class ReportedOutcome(Strict):
    """What the user found on the platform."""

    outcome: Literal["published", "not_published"]
    platform_post_id: Annotated[str | None, _Length] = None
    """The post's id on the platform. A published post needs this or `permalink`."""
    permalink: Annotated[WebUrl | None, _Length] = None

    @model_validator(mode="after")
    def _names_the_post(self) -> Self:
        if self.outcome == "published" and not (self.platform_post_id or self.permalink):
            message = "Send the platformPostId or the permalink of the published post."
            raise PydanticCustomError("missing", message, {"field": "platformPostId"})
        return self


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
    changed = edit.edit(
        stored,
        body.required(),
        parts,
        before_fetch=caller.count_now,
        check_plan=caller.require_subscription,
    )
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


def retry_post(post_id: UUID) -> flask.Response:
    """Retry the failed runs.

    Does not change runs that succeeded. Not allowed while a run is `unconfirmed`, because the post
    could be published twice.
    """
    body = request_body.read(flask.request, may_be_empty=True)
    caller, stored = own_post(post_id)
    parts = caller.parts
    retried = retry.retry(
        stored,
        body.required(),
        parts,
        before_fetch=caller.count_now,
        check_plan=caller.require_subscription,
    )
    return _read_again(retried, parts, HTTPStatus.ACCEPTED)


def reconcile_post(post_id: UUID) -> flask.Response:
    """Look up unconfirmed runs on their platforms now."""
    caller, stored = own_post(post_id)
    parts = caller.parts
    reconciling.reconcile(stored, parts)
    return _read_again(stored, parts, HTTPStatus.ACCEPTED)


def resolve_run(post_id: UUID, run_id: str) -> flask.Response:
    """Report the outcome of an unconfirmed run.

    Records your answer after you have checked the platform yourself: `published`, with the id or
    the link of the post, or `not_published`.
    """
    body = request_body.read(flask.request)
    caller, stored = own_post(post_id)
    parts = caller.parts
    reported = strict.read(ReportedOutcome, body.required())
    run = _run_of(stored, run_id, parts)
    if reported.outcome == "published":
        reconciling.resolve_published(run, parts, reported.platform_post_id, reported.permalink)
    else:
        reconciling.resolve_not_published(run, parts)
    return _read_again(stored, parts, HTTPStatus.OK)


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


def _read_again(stored: StoredSubmission, parts: Parts, status: HTTPStatus) -> flask.Response:
    changed = parts.deliveries.submission(stored.submission.submission_id)
    return json_answer(view.as_json(parts, changed or stored), status)


def _run_of(stored: StoredSubmission, run_id: str, parts: Parts) -> StoredRun:
    submission = stored.submission
    is_known = run_id in {target.run_id for target in submission.targets}
    run = parts.deliveries.run(submission.submission_id, run_id) if is_known else None
    if run is None:
        raise ApiError(ErrorCode.NOT_FOUND, f"Run {run_id[:100]} not found in this post.")
    return run
