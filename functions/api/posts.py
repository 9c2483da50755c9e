"""/v1/posts."""

import re
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

import flask

from functions.api import body as request_body
from functions.api.caller import Caller, Principal, authenticate
from shared import wiring
from shared.domain import idempotency
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest, Violation
from shared.domain.idempotency import IdempotencyKey
from shared.gcp.runs import submission_path
from shared.posts import request as post_request
from shared.posts import resolution, submit, validate, view
from shared.posts.request import PostRequest
from shared.posts.resolution import Resolution
from shared.web.envelope import json_answer

routes = flask.Blueprint("posts", __name__, url_prefix="/v1/posts")

LONGEST_WAIT = 60


@routes.post("")
def create_post() -> flask.Response:
    """Accept a post: 201 {"postSubmissionId"}."""
    parts = wiring.parts()
    body = request_body.read(flask.request)
    request = _parse(body)
    sent_key = flask.request.headers.get("Idempotency-Key")

    @cache
    def key_of(principal: Principal) -> IdempotencyKey:
        return idempotency.key_for(
            user_id=principal.user_id, mode=principal.mode, sent=sent_key, body=body.value
        )

    caller = authenticate(
        parts,
        scope="posts",
        reads=lambda principal: submit.paths(
            principal.user_id,
            None if isinstance(request, ApiError) else request,
            key_of(principal),
            parts.settings,
        ),
    )
    caller.require_subscription()
    if isinstance(request, ApiError):
        raise request
    _check_key(sent_key)
    accepted = _submit(request, body.required(), key_of(caller.principal), caller)
    answer = json_answer({"postSubmissionId": accepted.submission_id}, 201)
    if accepted.replayed:
        answer.headers["Idempotent-Replayed"] = "true"
    return answer


@routes.post("/validate")
def validate_post() -> flask.Response:
    """Check a post without accepting it: 200 {"valid", "targets", "errors"}."""
    parts = wiring.parts()
    request = _parse(request_body.read(flask.request))
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
    check = Resolution(request, user_id, caller.documents, parts, caller.count_at_once)
    return json_answer(validate.as_json(check.findings()))


@routes.get("/<uuid:post_id>")
def read_post(post_id: UUID) -> flask.Response:
    """One post; `?wait=` holds the answer until it has ended, up to 60 seconds."""
    parts = wiring.parts()
    path = submission_path(str(post_id))
    caller = authenticate(parts, reads=lambda _: [path])
    caller.submission_id = str(post_id)
    stored = view.owned(caller.documents[path], caller.principal.user_id)
    patience = _patience() if stored else None
    if stored and patience:
        stored = view.wait_until_ended(parts, stored, patience)
    if stored is None:
        raise ApiError(ErrorCode.NOT_FOUND, f"There is no post {post_id} of yours.")
    return json_answer(view.as_json(parts, stored))


def _parse(body: request_body.Body) -> PostRequest | ApiError:
    """The request, or what is wrong with it: said only to those who may know."""
    try:
        return post_request.parse(body.required())
    except ApiError as fault:
        return fault


def _check_key(sent: str | None) -> None:
    if sent is not None and not idempotency.is_valid_key(sent):
        message = "The Idempotency-Key must be 1 to 255 printable ASCII characters."
        raise InvalidRequest([Violation("Idempotency-Key", "invalid", message)])


def _submit(
    request: PostRequest, body: dict[str, Any], key: IdempotencyKey, caller: Caller
) -> submit.Accepted:
    """Submit, and note which post the request stands for. Raises ApiError."""
    try:
        accepted = submit.submit(
            request,
            body=body,
            key=key,
            sender=_sender(caller),
            found=caller.documents,
            parts=caller.parts,
            add_account=lambda batch, submission_id: _account(caller, batch, submission_id),
            before_fetch=caller.count_at_once,
        )
    except ApiError as refusal:
        if refusal.code is ErrorCode.DISPATCH_FAILED:
            caller.submission_id = refusal.details["postSubmissionId"]
        else:
            # Whatever commit was tried, the one with the request's line did not come to be.
            caller.logged_status = None
        raise
    caller.submission_id = accepted.submission_id
    if accepted.replayed:
        caller.logged_status = None
    return accepted


def _sender(caller: Caller) -> submit.Sender:
    principal = caller.principal
    return submit.Sender(
        user_id=principal.user_id,
        key_hash=principal.key_hash,
        mode=principal.mode,
        request_id=flask.g.request_id,
    )


def _account(caller: Caller, batch: object, submission_id: str) -> None:
    caller.write_account(batch, 201, submission_id=submission_id)
    caller.logged_status = 201


def _patience() -> timedelta | None:
    sent = flask.request.args.get("wait")
    if sent is None:
        return None
    if not re.fullmatch("[0-9]{1,2}", sent) or int(sent) > LONGEST_WAIT:
        message = f"wait is a whole number of seconds, 0 to {LONGEST_WAIT}."
        raise InvalidRequest([Violation("wait", "invalid", message)])
    return timedelta(seconds=int(sent))
