"""/v1/posts/{id}/retry, /reconcile and /runs/{runId}/resolve."""

from http import HTTPStatus
from typing import Annotated, Literal, Self
from uuid import UUID

import flask
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from functions.api import body as request_body
from functions.api.ownership import own_post
from shared.domain.errors import ApiError, ErrorCode
from shared.gcp.runs import StoredRun
from shared.gcp.submissions import StoredSubmission
from shared.posts import reconcile as reconciling
from shared.posts import retry, view
from shared.web import strict
from shared.web.envelope import json_answer
from shared.web.strict import Strict, WebUrl
from shared.wiring import Parts

routes = flask.Blueprint("recovery", __name__, url_prefix="/v1/posts/<uuid:post_id>")

LONGEST_TEXT = 2000
_Length = Field(min_length=1, max_length=LONGEST_TEXT)


class Resolution(Strict):
    """What the person has seen on the platform."""

    outcome: Literal["published", "not_published"]
    platform_post_id: Annotated[str | None, _Length] = None
    """The post's id there: this or the permalink, if it was published."""
    permalink: Annotated[WebUrl | None, _Length] = None

    @model_validator(mode="after")
    def _names_the_post(self) -> Self:
        if self.outcome == "published" and not (self.platform_post_id or self.permalink):
            message = "Name the post by its platformPostId or its permalink."
            raise PydanticCustomError("missing", message, {"field": "platformPostId"})
        return self


@routes.post("/retry")
def retry_post(post_id: UUID) -> flask.Response:
    """Send failed runs out again, with edited content if given: 202 with the post as it reads."""
    body = request_body.read(flask.request, may_be_empty=True)
    caller, stored = own_post(post_id)
    parts = caller.parts
    retried = retry.retry(stored, body.required(), parts, before_fetch=caller.count_at_once)
    return _read_again(retried, parts, HTTPStatus.ACCEPTED)


@routes.post("/reconcile")
def reconcile(post_id: UUID) -> flask.Response:
    """Look unconfirmed runs up on their platforms now: 202 with the post as it now reads."""
    caller, stored = own_post(post_id)
    parts = caller.parts
    reconciling.reconcile(stored, parts)
    return _read_again(stored, parts, HTTPStatus.ACCEPTED)


@routes.post("/runs/<run_id>/resolve")
def resolve(post_id: UUID, run_id: str) -> flask.Response:
    """Say what became of an unconfirmed run: 200 with the post as it now reads."""
    body = request_body.read(flask.request)
    caller, stored = own_post(post_id)
    parts = caller.parts
    word = strict.read(Resolution, body.required())
    found = _run_of(stored, run_id, parts)
    if word.outcome == "published":
        reconciling.resolve_published(found, parts, word.platform_post_id, word.permalink)
    else:
        reconciling.resolve_not_published(found, parts)
    return _read_again(stored, parts, HTTPStatus.OK)


def _read_again(stored: StoredSubmission, parts: Parts, status: HTTPStatus) -> flask.Response:
    now = parts.deliveries.submission(stored.submission.submission_id)
    return json_answer(view.as_json(parts, now or stored), status)


def _run_of(stored: StoredSubmission, run_id: str, parts: Parts) -> StoredRun:
    submission = stored.submission
    is_known = run_id in {target.run_id for target in submission.targets}
    found = parts.deliveries.run(submission.submission_id, run_id) if is_known else None
    if found is None:
        raise ApiError(ErrorCode.NOT_FOUND, f"The post has no run {run_id[:100]}.")
    return found
