"""POST /v1/posts and POST /v1/posts/validate."""

from functools import cache
from typing import Any

import flask

from functions.api import body as request_body
from functions.api.caller import Caller, Principal, authenticate
from shared import wiring
from shared.domain import idempotency
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest, Violation
from shared.domain.idempotency import IdempotencyKey
from shared.posts import resolution, submit
from shared.posts.request import PostRequest, parse
from shared.posts.resolution import Resolution
from shared.web.envelope import json_answer


def create_post() -> flask.Response:
    """Publish a post, now or later.

    Before the post is accepted, every target is checked against the limits of its platform, and
    external files are downloaded and stored. Sending the same request again is safe: it returns
    the same post.
    """
    parts = wiring.parts()
    body = request_body.read(flask.request)
    request = body.parsed(parse)
    sent_key = flask.request.headers.get("Idempotency-Key")

    @cache
    def key_of(principal: Principal) -> IdempotencyKey:
        return idempotency.key_for(
            user_id=principal.user_id, mode=principal.mode, sent=sent_key, body=body.value
        )

    caller = authenticate(
        parts,
        limit_name="posts",
        reads=lambda principal: submit.paths(
            principal.user_id,
            None if isinstance(request, ApiError) else request,
            key_of(principal),
            parts.settings,
        ),
    )
    caller.require_subscription(_platforms_of(request))
    if isinstance(request, ApiError):
        raise request
    check_key(sent_key)
    accepted = _submit(request, body.required(), key_of(caller.principal), caller)
    answer = json_answer({"postSubmissionId": accepted.submission_id}, 201)
    if accepted.replayed:
        answer.headers["Idempotent-Replayed"] = "true"
    return answer


def validate_post() -> flask.Response:
    """Validate a post without publishing it.

    Runs the checks of a new post and returns the validation result for each target, without
    publishing.
    """
    from shared.posts import validate

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
    caller.require_subscription(_platforms_of(request))
    if isinstance(request, ApiError):
        raise request
    user_id, mode = caller.principal.user_id, caller.principal.mode
    check = Resolution(request, user_id, mode, caller.documents, parts, caller.count_now)
    return json_answer(validate.as_json(check.findings(), request))


def _platforms_of(request: PostRequest | ApiError) -> list[str]:
    return [] if isinstance(request, ApiError) else request.platforms


def check_key(sent: str | None) -> None:
    """Raises InvalidRequest for an Idempotency-Key that is not valid."""
    if sent is not None and not idempotency.is_valid_key(sent):
        message = "The Idempotency-Key must be 1 to 255 printable ASCII characters."
        raise InvalidRequest([Violation("Idempotency-Key", "invalid", message)])


def _submit(
    request: PostRequest, body: dict[str, Any], key: IdempotencyKey, caller: Caller
) -> submit.Accepted:
    """Submit the post, and record its id for the request log. Raises ApiError."""
    try:
        accepted = submit.submit(
            request,
            body=body,
            key=key,
            sender=submit.Sender(
                user_id=caller.principal.user_id,
                key_hash=caller.principal.key_hash,
                mode=caller.principal.mode,
                request_id=flask.g.request_id,
                plan=caller.plan,
            ),
            snapshots=caller.documents,
            parts=caller.parts,
            add_account=lambda batch, submission_id: _account(caller, batch, submission_id),
            before_fetch=caller.count_now,
        )
    except ApiError as refusal:
        if refusal.code is ErrorCode.DISPATCH_FAILED:
            caller.submission_id = refusal.details["postSubmissionId"]
        else:
            # The commit that contained the request's log line did not take effect.
            caller.logged_status = None
        raise
    caller.submission_id = accepted.submission_id
    if accepted.replayed:
        caller.logged_status = None
    return accepted


def _account(caller: Caller, batch: object, submission_id: str) -> None:
    caller.write_account(batch, 201, submission_id=submission_id)
    caller.logged_status = 201
