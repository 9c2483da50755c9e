"""Retrying the failed runs of an ended post, with the same or with edited content.

Runs that succeeded are never touched, and a failed run that is not named stays failed. A retry is
one commit on the versions that were read: of two retries at once, or a retry and a deletion, one
wins completely.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from shared import clock
from shared.domain import run as runs
from shared.domain.errors import ApiError, ErrorCode, Violation
from shared.domain.run import TASK_LOST_AFTER, Run, RunStatus, is_pending
from shared.domain.submission import Submission, SubmissionStatus, Target, move
from shared.domain.targets import RequestedTarget, ResolvedTarget
from shared.gcp.firestore import PreconditionFailed, read_all
from shared.gcp.runs import StoredRun, runs_of
from shared.gcp.submissions import StoredSubmission, summary_of
from shared.platforms import registry
from shared.posts import request, resolution
from shared.posts.dispatch import dispatch_runs
from shared.posts.request import PostRequest
from shared.posts.resolution import CheckPlan, Resolution
from shared.wiring import Parts

_RETRIED = (SubmissionStatus.FAILED, SubmissionStatus.PARTIALLY_FAILED)


def retry(
    stored: StoredSubmission,
    sent: Mapping[str, Any],
    parts: Parts,
    before_fetch: Callable[[], None],
    check_plan: CheckPlan,
    *,
    only: Collection[str] | None = None,
) -> StoredSubmission:
    """Retry the failed runs, or those that `sent` names. Raises ApiError.

    `sent`: {}, or {"post": {"content": {…}}} as in POST, where `platform` is optional. `only`: ids
    of runs; the others stay failed.
    """
    submission = stored.submission
    _require_ended_badly(submission)
    # The summaries may be outdated by a commit: then the commit of this retry fails.
    summaries = submission.runs or {}
    failed = [
        target
        for target in submission.targets
        if summaries[target.run_id].status is RunStatus.FAILED
        and (only is None or target.run_id in only)
    ]
    if not failed:
        raise _overtaken()
    edited, chosen = submission, failed
    if sent:
        edited, chosen = _edited(submission, failed, sent, parts, before_fetch)
    check_plan(sorted({target.platform for target in chosen}))
    now = clock.now()
    changed = _retried(submission, chosen, parts, now)
    after = move(
        edited,
        SubmissionStatus.DISPATCHED,
        updated_at=now,
        wake_at=now + TASK_LOST_AFTER,
        sweeps=0,
        remaining=len(changed),
        runs={**summaries, **{run.run_id: summary_of(run) for _, run in changed}},
    )
    try:
        saved = parts.deliveries.save_submission(stored, after, update=changed)
    except PreconditionFailed as error:
        raise _overtaken() from error
    dispatch_runs([run for _, run in changed], parts)
    return saved


def _require_ended_badly(submission: Submission) -> None:
    if submission.status is SubmissionStatus.UNCONFIRMED:
        raise ApiError(
            ErrorCode.INVALID_STATE,
            "Soku does not know yet whether a part of this post is live, so a retry could publish "
            "it twice. Reconcile the post, or resolve the run, first.",
        )
    if submission.deleted_at is not None:
        message = "This post was deleted from its platforms. Create a new post instead."
        raise ApiError(ErrorCode.INVALID_STATE, message)
    if any(is_pending(run.deletion) for run in (submission.runs or {}).values()):
        message = "This post is being deleted from its platforms. Retry it after that."
        raise ApiError(ErrorCode.INVALID_STATE, message)
    if submission.status not in _RETRIED:
        message = f"A post that is {submission.status} has no failed runs to retry."
        raise ApiError(ErrorCode.INVALID_STATE, message)


def _retried(
    submission: Submission, chosen: Sequence[Target], parts: Parts, now: datetime
) -> list[tuple[StoredRun, Run]]:
    stored = {each.run.run_id: each for each in runs_of(parts.db, submission.submission_id)}
    changed = []
    for target in chosen:
        before = stored.get(target.run_id)
        if before is None or before.run.status is not RunStatus.FAILED:
            raise _overtaken()
        changed.append((before, runs.retry(before.run, content=target.content, now=now)))
    return changed


def _overtaken() -> ApiError:
    message = "The post is being changed at the moment. Read it again."
    return ApiError(ErrorCode.INVALID_STATE, message)


def _edited(
    submission: Submission,
    failed: Sequence[Target],
    sent: Mapping[str, Any],
    parts: Parts,
    before_fetch: Callable[[], None],
) -> tuple[Submission, list[Target]]:
    """The submission with the new content, and the targets that it is for."""
    body = _for_all(failed, sent)
    wanted = request.parse_retry(body)
    check = _resolution(wanted, submission, failed, parts, before_fetch)
    targets, media = check.targets_and_media()
    new = {target.target_id: target for target in targets}
    chosen = {
        target.run_id: replace(new[target.target_id], run_id=target.run_id)
        for target in failed
        if target.target_id in new
    }
    if len(chosen) == len(submission.targets):
        # Every target has new content, so the post itself shows it, too.
        before = submission.request
        edited = request.as_stored({**before, "post": body["post"]}, before)
        submission = replace(submission, request=edited, text=wanted.text, media=media)
    all_targets = tuple(chosen.get(target.run_id, target) for target in submission.targets)
    return replace(submission, targets=all_targets), list(chosen.values())


def _resolution(
    wanted: PostRequest,
    submission: Submission,
    failed: Sequence[Target],
    parts: Parts,
    before_fetch: Callable[[], None],
) -> Resolution:
    """The checks of a new post, and that it names only failed targets."""
    named = tuple(_of_this_post(target, submission) for target in wanted.targets)
    return Resolution(
        replace(wanted, targets=named),
        submission.user_id,
        submission.mode,
        read_all(parts.db, resolution.paths(submission.user_id, wanted, parts.settings)),
        parts,
        before_fetch,
        own_files=resolution.files_of(submission),
        further_faults=partial(_faults_of_unfailed, {target.target_id for target in failed}),
    )


def _for_all(failed: Sequence[Target], sent: Mapping[str, Any]) -> Mapping[str, Any]:
    """`sent` with `platform`: if it is missing, all failed targets as they were requested."""
    post = sent.get("post")
    content = post.get("content") if isinstance(post, dict) else None
    if not isinstance(post, dict) or not isinstance(content, dict) or "platform" in content:
        return sent
    named = [_as_requested(target) for target in failed]
    return {**sent, "post": {**post, "content": {**content, "platform": named}}}


def _as_requested(target: Target) -> dict[str, Any]:
    text = {"text": target.content.text} if target.has_own_text else {}
    options = {"options": dict(target.content.options)} if target.content.options else {}
    return {"platform": target.platform, "accountId": target.account_id, **text, **options}


def _of_this_post(named: RequestedTarget, submission: Submission) -> RequestedTarget:
    """A platform's name alone means the post's own target there, not the current default."""
    own = [t.account_id for t in submission.targets if t.platform == named.platform]
    if named.account_id is not None or len(own) != 1:
        return named
    return replace(named, account_id=own[0])


def _faults_of_unfailed(failed: set[str], target: ResolvedTarget) -> list[Violation]:
    platform, account_id = target.requested.platform, target.account_id
    if f"{platform}:{account_id}" in failed:
        return []
    name = registry.display_name(platform)
    message = f"This post did not fail on {name} account {account_id}. Leave the account out."
    return [Violation(target.requested.path, "not_failed", message, platform)]
