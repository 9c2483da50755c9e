"""The paths below /v1/posts."""

from openapi_pydantic import Link, Operation, PathItem, Reference
from pydantic import BaseModel

from functions.api.openapi import answers, parameters, post_examples, request_examples
from functions.api.openapi.bodies import PostChanges, Retry
from functions.api.openapi.headers import replay_header
from functions.api.openapi.operations import CONTENT_ERRORS, Body, Success, operation
from functions.api.recovery import ReportedOutcome
from shared.domain.errors import ErrorCode
from shared.posts.request import PostBody

_E = ErrorCode
_POSTS, _RECOVERY = "Posts", "After a failure"
_CHANGE_ERRORS = (_E.FORBIDDEN, _E.NOT_FOUND, _E.INVALID_STATE)
_NEW_ID = "$response.body#/postSubmissionId"


def paths() -> dict[str, PathItem]:
    one = "/v1/posts/{post_id}"
    return {
        "/v1/posts": PathItem(post=_create(), get=_history()),
        "/v1/posts/validate": PathItem(post=_validate()),
        one: PathItem(get=_read(), patch=_edit(), delete=_delete()),
        f"{one}/cancel": PathItem(post=_cancel()),
        f"{one}/unschedule": PathItem(post=_unschedule()),
        f"{one}/publish": PathItem(post=_publish()),
        f"{one}/retry": PathItem(post=_retry()),
        f"{one}/reconcile": PathItem(post=_reconcile()),
        f"{one}/runs/{{run_id}}/resolve": PathItem(post=_resolve()),
    }


def _create() -> Operation:
    return operation(
        "createPost",
        "Publish a post, now or later",
        Success(
            201,
            "The post was accepted.",
            answers.Accepted,
            {"postSubmissionId": post_examples.POST_ID},
            replay_header(),
            _links("readPost", "editPost", "cancelPost", "unschedulePost", "publishPost"),
        ),
        tag=_POSTS,
        description="Before the post is accepted, every target is checked against the limits of "
        "its platform, and external files are downloaded and stored. Sending the same request "
        "again is safe: it returns the same post.",
        parameters=[parameters.IDEMPOTENCY_KEY],
        body=Body(PostBody, request_examples.NEW_POSTS),
        errors=(
            *CONTENT_ERRORS,
            _E.FORBIDDEN,
            _E.IDEMPOTENCY_CONFLICT,
            _E.DISPATCH_FAILED,
            _E.POST_CREATION_FAILED,
        ),
    )


def _links(*operations: str) -> dict[str, Link | Reference]:
    return {name: Link(operationId=name, parameters={"post_id": _NEW_ID}) for name in operations}


def _history() -> Operation:
    return operation(
        "listPosts",
        "List posts",
        Success(200, "One page.", answers.PostPage, post_examples.PAGE),
        tag=_POSTS,
        description="Returns the history, newest first, without posts that were deleted from "
        "their platforms.",
        parameters=parameters.history(),
        errors=(_E.VALIDATION_ERROR,),
    )


def _validate() -> Operation:
    return operation(
        "validatePost",
        "Validate a post without publishing it",
        Success(200, "The validation result.", answers.ValidationResult, post_examples.VALIDATION),
        tag=_POSTS,
        description="Runs the checks of a new post and returns the validation result for each "
        "target, without publishing.",
        body=Body(PostBody, request_examples.NEW_POSTS),
        errors=(_E.FORBIDDEN,),
    )


def _read() -> Operation:
    return operation(
        "readPost",
        "Read a post",
        _post(200, "The post, its runs and their attempts."),
        tag=_POSTS,
        parameters=[parameters.POST_ID, parameters.WAIT],
        errors=(_E.VALIDATION_ERROR, _E.NOT_FOUND),
    )


def _edit() -> Operation:
    return operation(
        "editPost",
        "Edit a draft or a scheduled post",
        _scheduled("The changed post."),
        tag=_POSTS,
        description="Replaces fields of the post with those in the body; `content` is replaced "
        "as a whole. `draft: false` with a time schedules a draft.",
        parameters=[parameters.POST_ID],
        body=Body(PostChanges, request_examples.CHANGES),
        errors=(*_CHANGE_ERRORS, *CONTENT_ERRORS),
    )


def _delete() -> Operation:
    return operation(
        "deletePost",
        "Delete a post from the history",
        Success(204, "The post was deleted from the history."),
        Success(
            202,
            "Soku is deleting the post from its platforms; see `deletion` of each run.",
            answers.Post,
            post_examples.DELETED_POST,
        ),
        tag=_POSTS,
        description="Deletes a draft, a scheduled or a finished post. `fromPlatforms=true` also "
        "deletes it from its platforms, where their APIs support it.",
        parameters=[parameters.POST_ID, parameters.FROM_PLATFORMS],
        errors=(*_CHANGE_ERRORS, _E.VALIDATION_ERROR),
    )


def _cancel() -> Operation:
    return _change(
        "cancelPost", "Cancel a draft or a scheduled post", _post(200, "The canceled post.")
    )


def _unschedule() -> Operation:
    return _change("unschedulePost", "Make a scheduled post a draft", _post(200, "The draft."))


def _publish() -> Operation:
    answer = _post(202, "The post, which is being published.")
    return _change("publishPost", "Publish a draft or a scheduled post now", answer)


def _retry() -> Operation:
    return operation(
        "retryPost",
        "Retry the failed runs",
        _post(202, "The post, whose failed runs are being retried."),
        tag=_RECOVERY,
        description="Does not change runs that succeeded. Not allowed while a run is "
        "`unconfirmed`, because the post could be published twice.",
        parameters=[parameters.POST_ID],
        body=Body(Retry, request_examples.RETRIES, required=False),
        errors=(*_CHANGE_ERRORS, *CONTENT_ERRORS),
    )


def _reconcile() -> Operation:
    return operation(
        "reconcilePost",
        "Look up unconfirmed runs on their platforms now",
        _post(202, "The post, whose unconfirmed runs Soku is looking up."),
        tag=_RECOVERY,
        parameters=[parameters.POST_ID],
        errors=_CHANGE_ERRORS,
    )


def _resolve() -> Operation:
    return operation(
        "resolveRun",
        "Report the outcome of an unconfirmed run",
        _post(200, "The changed post."),
        tag=_RECOVERY,
        description="Records your answer after you have checked the platform yourself: "
        "`published`, with the id or the link of the post, or `not_published`.",
        parameters=[parameters.POST_ID, parameters.RUN_ID],
        body=Body(ReportedOutcome, request_examples.OUTCOMES),
        errors=_CHANGE_ERRORS,
    )


def _change(name: str, summary: str, answer: Success) -> Operation:
    return operation(
        name,
        summary,
        answer,
        tag=_POSTS,
        parameters=[parameters.POST_ID],
        errors=_CHANGE_ERRORS,
    )


def _post(status: int, description: str) -> Success:
    model: type[BaseModel] = answers.Post
    return Success(status, description, model, post_examples.POST)


def _scheduled(description: str) -> Success:
    return Success(200, description, answers.Post, post_examples.SCHEDULED_POST)
