"""Examples of answers about posts, made by the functions that make the answers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.api.openapi.examples import CONTENT, NEW_POSTS
from shared.domain.accounts import AccountStatus, AccountSummary, Integration
from shared.domain.content import Content
from shared.domain.errors import ReconnectRequired
from shared.domain.run import Deletion, DeletionStatus, Run, RunStatus, error_from
from shared.domain.submission import Submission, SubmissionStatus, Target
from shared.domain.targets import ResolvedTarget, resolve
from shared.gcp.submissions import summary_of
from shared.platforms import registry
from shared.posts import checks, validate, view
from shared.posts.findings import CheckedTarget, Findings
from shared.posts.request import parse

POST_ID = "550e8400-e29b-41d4-a716-446655440000"
AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
_X_POST = "1861000000000000001"
_CONTENT = Content(CONTENT["text"])
SUCCEEDED = Run(
    submission_id=POST_ID,
    run_id="x",
    user_id="user",
    platform="x",
    account_id="x_main",
    content=_CONTENT,
    status=RunStatus.SUCCEEDED,
    queued_at=AT,
    started_at=AT,
    finished_at=AT + timedelta(milliseconds=1250),
    platform_post_id=_X_POST,
    permalink=f"https://x.com/soku/status/{_X_POST}",
)
FAILED = replace(
    SUCCEEDED,
    run_id="threads",
    platform="threads",
    account_id="threads_main",
    status=RunStatus.FAILED,
    finished_at=AT + timedelta(seconds=2),
    platform_post_id=None,
    permalink=None,
    error=error_from(ReconnectRequired(registry.about("threads").reconnect), retryable=True),
)
_ATTEMPT: dict[str, Any] = {
    "submissionId": POST_ID,
    "userId": "user",
    "runId": "x",
    "attempt": 1,
    "step": "create_post",
    "outcome": "published",
    "startedAt": AT,
    "finishedAt": SUCCEEDED.finished_at,
    "platformPostId": _X_POST,
    "exchanges": [
        {
            "method": "POST",
            "url": f"{registry.about('x').base_url}/2/tweets",
            "sent": {"text": CONTENT["text"]},
            "status": 201,
            "answered": f'{{"data": {{"id": "{_X_POST}"}}}}',
        }
    ],
}
SUBMISSION = Submission(
    submission_id=POST_ID,
    user_id="user",
    mode="live",
    request=NEW_POSTS["text"][1],
    request_id="req_0123456789abcdef01234567",
    text=CONTENT["text"],
    targets=tuple(
        Target(run.platform, run.account_id, run.run_id, _CONTENT) for run in (SUCCEEDED, FAILED)
    ),
    status=SubmissionStatus.QUEUED,
    created_at=AT,
    updated_at=AT,
)
_ENDED = replace(
    SUBMISSION,
    status=SubmissionStatus.PARTIALLY_FAILED,
    updated_at=AT + timedelta(seconds=2),
    runs={run.run_id: summary_of(run) for run in (SUCCEEDED, FAILED)},
)
POST = view.whole(_ENDED, (SUCCEEDED, FAILED), [_ATTEMPT])
PAGE: dict[str, Any] = {"data": [view.in_list(_ENDED)], "nextCursor": None}
SCHEDULED_POST = view.whole(
    replace(SUBMISSION, scheduled_time=datetime(2099, 12, 31, 23, tzinfo=UTC)), (), ()
)
DELETED_POST = view.whole(
    _ENDED,
    (replace(SUCCEEDED, deletion=Deletion(DeletionStatus.PENDING, AT + timedelta(minutes=30))),),
    [_ATTEMPT],
)


def integration(platform: str) -> Integration:
    """A platform with one connected account."""
    account = AccountSummary("soku", "Soku", AccountStatus.CONNECTED)
    return Integration(platform, {f"{platform}_main": account})


def _validation() -> dict[str, Any]:
    """The validation result of a text-only post for a platform that requires media."""
    content = {"text": CONTENT["text"], "platform": ["x", "instagram"]}
    request = parse({"post": {"content": content}})
    integrations = {name: integration(name) for name in request.platforms}
    resolved = resolve(request.targets, integrations, registry.display_name)
    targets = [
        CheckedTarget(target, one, None, tuple(checks.ContentChecks(request, ()).faults(target)))
        for target, one in zip(request.targets, resolved, strict=True)
        if isinstance(one, ResolvedTarget)
    ]
    return validate.as_json(Findings(tuple(targets), ()), request)


VALIDATION = _validation()
