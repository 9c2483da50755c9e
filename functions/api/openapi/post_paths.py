"""The paths below /v1/posts."""

from openapi_pydantic import Link, Operation, PathItem, Reference
from pydantic import BaseModel

from functions.api.openapi import answers, examples, parameters
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
            {"postSubmissionId": examples.POST_ID},
            replay_header(),
            _links("readPost", "editPost", "cancelPost", "unschedulePost", "publishPost"),
        ),
        tag=_POSTS,
        description="Every target is checked against its platform's limits, and media of "
        "elsewhere are stored, before the post is accepted. Sending the same request again is "
        "safe: it answers the same post.",
        parameters=[parameters.IDEMPOTENCY_KEY],
        body=Body(PostBody, examples.NEW_POSTS),
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
        Success(200, "One page.", answers.PostPage, examples.PAGE),
        tag=_POSTS,
        description="The history, newest first. Posts that were deleted from their platforms are "
        "left out.",
        parameters=parameters.history(),
        errors=(_E.VALIDATION_ERROR,),
    )


def _validate() -> Operation:
    return operation(
        "validatePost",
        "Check a post without sending it",
        Success(200, "What would be said of it.", answers.Verdict, examples.VERDICT),
        tag=_POSTS,
        description="The checks of a new post and nothing else, with a verdict for each target.",
        body=Body(PostBody, examples.NEW_POSTS),
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
        _scheduled("The post as it now reads."),
        tag=_POSTS,
        description="The fields of a new post, each in place of what the post has; `content` is "
        "replaced as a whole. `draft: false` with a time schedules a draft.",
        parameters=[parameters.POST_ID],
        body=Body(PostChanges, examples.CHANGES),
        errors=(*_CHANGE_ERRORS, *CONTENT_ERRORS),
    )


def _delete() -> Operation:
    return operation(
        "deletePost",
        "Delete a post from the history",
        Success(204, "It is gone from the history."),
        Success(
            202,
            "It is being deleted on its platforms; each run tells of it.",
            answers.Post,
            examples.DELETION_UNDER_WAY,
        ),
        tag=_POSTS,
        description="A draft, a scheduled or a finished post. With `fromPlatforms=true` it is "
        "deleted on its platforms too, where their APIs can.",
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
    answer = _post(202, "The post, which is on its way.")
    return _change("publishPost", "Publish a draft or a scheduled post now", answer)


def _retry() -> Operation:
    return operation(
        "retryPost",
        "Send the failed runs out again",
        _post(202, "The post, which is on its way again."),
        tag=_RECOVERY,
        description="Runs that succeeded are not touched. Refused while a part of the post is "
        "`unconfirmed`: it could go out twice.",
        parameters=[parameters.POST_ID],
        body=Body(Retry, examples.RETRIES, required=False),
        errors=(*_CHANGE_ERRORS, *CONTENT_ERRORS),
    )


def _reconcile() -> Operation:
    return operation(
        "reconcilePost",
        "Look unconfirmed runs up on their platforms now",
        _post(202, "The post, whose runs are being looked up."),
        tag=_RECOVERY,
        parameters=[parameters.POST_ID],
        errors=_CHANGE_ERRORS,
    )


def _resolve() -> Operation:
    return operation(
        "resolveRun",
        "Say what became of an unconfirmed run",
        _post(200, "The post as it now reads."),
        tag=_RECOVERY,
        description="For when you have looked at the platform yourself: `published`, with the "
        "post's id or link, or `not_published`.",
        parameters=[parameters.POST_ID, parameters.RUN_ID],
        body=Body(ReportedOutcome, examples.RESOLUTIONS),
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
    return Success(status, description, model, examples.POST)


def _scheduled(description: str) -> Success:
    return Success(200, description, answers.Post, examples.SCHEDULED_POST)
