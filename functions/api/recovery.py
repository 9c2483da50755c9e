"""/v1/posts/{id}/retry, /reconcile and /runs/{runId}/resolve."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

import flask

from functions.api import body as request_body
from functions.api.ownership import own_post
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest, Violation
from shared.gcp.runs import StoredRun
from shared.gcp.submissions import StoredSubmission
from shared.posts import recover, view
from shared.web.envelope import json_answer
from shared.wiring import Parts

routes = flask.Blueprint("recovery", __name__, url_prefix="/v1/posts/<uuid:post_id>")

_TEXTS = ("platformPostId", "permalink")
LONGEST_TEXT = 2000


@routes.post("/retry")
def retry(post_id: UUID) -> flask.Response:
    """Send all failed runs out again: 202 with the post as it now reads."""
    caller, stored = own_post(post_id)
    parts = caller.parts
    return _read_again(recover.retry(stored, parts), parts, HTTPStatus.ACCEPTED)


@routes.post("/reconcile")
def reconcile(post_id: UUID) -> flask.Response:
    """Look unconfirmed runs up on their platforms now: 202 with the post as it now reads."""
    caller, stored = own_post(post_id)
    parts = caller.parts
    recover.reconcile(stored, parts)
    return _read_again(stored, parts, HTTPStatus.ACCEPTED)


@routes.post("/runs/<run_id>/resolve")
def resolve(post_id: UUID, run_id: str) -> flask.Response:
    """Say what became of an unconfirmed run: 200 with the post as it now reads."""
    body = request_body.read(flask.request)
    caller, stored = own_post(post_id)
    parts = caller.parts
    said = _resolution(body.required())
    found = _run_of(stored, run_id, parts)
    if said["outcome"] == "published":
        recover.resolve_published(found, parts, *(said.get(name) for name in _TEXTS))
    else:
        recover.resolve_not_published(found, parts)
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


def _resolution(body: dict[str, Any]) -> dict[str, Any]:
    """{outcome, platformPostId?, permalink?}. Raises InvalidRequest."""
    faults = [
        Violation(name, "unknown_field", "There is no such field.")
        for name in body
        if name not in ("outcome", *_TEXTS)
    ]
    for name in _TEXTS:
        value = body.get(name)
        if value is not None and not (isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT):
            message = f"This is a string of 1 to {LONGEST_TEXT} characters."
            faults.append(Violation(name, "invalid", message))
    permalink = body.get("permalink")
    if isinstance(permalink, str) and not permalink.startswith(("https://", "http://")):
        faults.append(Violation("permalink", "invalid_url", "This is not an http or https URL."))
    outcome = body.get("outcome")
    if outcome not in ("published", "not_published"):
        message = "Say published or not_published."
        faults.append(Violation("outcome", "invalid" if outcome else "missing", message))
    elif outcome == "published" and not any(body.get(name) for name in _TEXTS):
        message = "Name the post by its platformPostId or its permalink."
        faults.append(Violation("platformPostId", "missing", message))
    if faults:
        raise InvalidRequest(faults)
    return body
