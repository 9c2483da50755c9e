"""A post as JSON, from what was read already: the submission, its runs, and their attempts."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from shared.domain.run import Deletion, Run
from shared.domain.submission import (
    RunSummary,
    Submission,
    SubmissionStatus,
    Target,
    display_status,
)
from shared.gcp.firestore import without_none
from shared.gcp.runs import deletion_fields, error_fields
from shared.media.names import shown_url
from shared.posts.request import with_urls
from shared.web.envelope import time_text

_TIMES = ("startedAt", "finishedAt")


def whole(
    submission: Submission, runs: Iterable[Run], attempts: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """The post with its `runs` and their `attempts`, which are documents in their order."""
    by_run: dict[str, list[dict[str, Any]]] = {}
    for attempt in attempts:
        by_run.setdefault(attempt["runId"], []).append(_attempt_json(attempt))
    shown = [{**run_json(run.run_id, run), "attempts": by_run.get(run.run_id, [])} for run in runs]
    return {**_submission_json(submission), "runs": shown}


def in_list(submission: Submission) -> dict[str, Any]:
    """The post without its attempts, from the submission alone."""
    summaries = submission.runs or {}
    runs = [
        run_json(target.run_id, summaries[target.run_id])
        for target in submission.targets
        if target.run_id in summaries
    ]
    return {**_submission_json(submission), "runs": runs}


def _submission_json(submission: Submission) -> dict[str, Any]:
    optional = {
        "notAfter": _text(submission.not_after),
        "deletedAt": _text(submission.deleted_at),
        "risks": _risks(submission) or None,
    }
    return {
        "postSubmissionId": submission.submission_id,
        "status": submission.status.value,
        "displayStatus": display_status(submission),
        "mode": submission.mode,
        "createdAt": _text(submission.created_at),
        "updatedAt": _text(submission.updated_at),
        "scheduledTime": _text(submission.scheduled_time),
        **without_none(optional),
        "content": _content_json(submission),
        "targets": [_target_json(target, submission) for target in submission.targets],
    }


def _risks(submission: Submission) -> list[dict[str, Any]]:
    """Where a post that has not started will probably fail."""
    if submission.status not in (SubmissionStatus.DRAFT, SubmissionStatus.QUEUED):
        return []
    return [
        {
            "platform": target.platform,
            "accountId": target.account_id,
            "code": target.risk.code,
            "message": target.risk.message,
            "foundAt": _text(target.risk.found_at),
        }
        for target in submission.targets
        if target.risk
    ]


def _content_json(submission: Submission) -> dict[str, Any]:
    """The content as it was sent, with URLs that an edit or a retry can send again.

    They have no queries, which can contain signatures. Where two URLs differ in nothing else, the
    stored files' own URLs are shown instead: so each means one file.
    """
    sent: list[str] = []

    def remember(url: str) -> str:
        sent.append(url)
        return url

    with_urls(submission.request, remember)
    files = dict(zip(sent, submission.media, strict=False))
    alike = Counter(map(shown_url, set(sent)))

    def shown(url: str) -> str:
        is_clear = alike[shown_url(url)] == 1 or url not in files
        return shown_url(url) if is_clear else files[url].url

    content: dict[str, Any] = with_urls(submission.request, shown)["post"]["content"]
    return content


def _target_json(target: Target, submission: Submission) -> dict[str, Any]:
    """A target, with its text and media only if they differ from those of the post."""
    media = submission.own_media(target)
    optional = {
        "text": submission.own_text(target),
        "mediaUrls": None if media is None else [asset.url for asset in media],
    }
    return {
        "platform": target.platform,
        "accountId": target.account_id,
        "runId": target.run_id,
        **without_none(optional),
    }


def run_json(run_id: str, run: Run | RunSummary) -> dict[str, Any]:
    """A run without its attempts."""
    optional = {
        "platformPostId": run.platform_post_id,
        "permalink": run.permalink,
        "error": error_fields(run.error),
        "nextAttemptAt": _text(run.next_attempt_at),
        "scheduledTime": _text(run.scheduled_time),
        "startedAt": _text(run.started_at),
        "finishedAt": _text(run.finished_at),
        "deletion": _deletion_json(run.deletion),
    }
    return {
        "runId": run_id,
        "platform": run.platform,
        "accountId": run.account_id,
        "status": run.status.value,
        "queuedAt": _text(run.queued_at),
        **without_none(optional),
    }


def _deletion_json(deletion: Deletion | None) -> dict[str, Any] | None:
    if deletion is None:
        return None
    fields = deletion_fields(deletion) or {}
    times = {"requestedAt": _text(deletion.requested_at), "finishedAt": _text(deletion.finished_at)}
    return {**fields, **without_none(times)}


def _attempt_json(attempt: Mapping[str, Any]) -> dict[str, Any]:
    hidden = ("submissionId", "userId", "runId")
    public = {name: value for name, value in attempt.items() if name not in hidden}
    return {**public, **{name: _text(public[name]) for name in _TIMES if name in public}}


def _text(moment: datetime | None) -> str | None:
    return time_text(moment) if moment else None
