"""Deleting a post: from the history, and from the platforms where it is live."""

from dataclasses import replace

from shared import clock
from shared.domain import deletion
from shared.domain.errors import ApiError, ErrorCategory, ErrorCode
from shared.domain.run import Run, RunError, RunStatus, is_pending
from shared.domain.submission import ENDED_STATUSES, Submission, SubmissionStatus
from shared.gcp.firestore import PreconditionFailed
from shared.gcp.runs import StoredRun, runs_of
from shared.gcp.submissions import StoredSubmission, summary_of
from shared.media import removal
from shared.platforms import registry
from shared.platforms.base import cannot_delete
from shared.posts.change import change_current
from shared.posts.dispatch import dispatch_runs
from shared.wiring import Parts

_S = SubmissionStatus


def delete(stored: StoredSubmission, parts: Parts) -> None:
    """Delete the post from the history; what is live on a platform stays. Raises ApiError."""
    submission = stored.submission
    _refuse_unfinished(submission)
    if any(is_pending(run.deletion) for run in (submission.runs or {}).values()):
        raise _refused(
            submission,
            "The post is being deleted from its platforms. Delete it from the history after that.",
        )
    removal.release(parts.db, submission)
    try:
        parts.deliveries.delete(stored)
    except PreconditionFailed as error:
        message = "The post is being changed at the moment. Read it again."
        raise _refused(submission, message) from error


def delete_everywhere(stored: StoredSubmission, parts: Parts) -> StoredSubmission | None:
    """Have the post deleted from every platform where it is live; its runs show the progress.

    None when it is live nowhere: then it is deleted from the history at once. Raises ApiError.
    """
    return change_current(stored, parts, lambda current: _delete_everywhere(current, parts))


def _delete_everywhere(stored: StoredSubmission, parts: Parts) -> StoredSubmission | None:
    """One commit for all that is live, then the tasks. Raises ApiError, PreconditionFailed."""
    submission = stored.submission
    _refuse_unfinished(submission)
    _refuse_unconfirmed(submission)
    if RunStatus.SUCCEEDED not in _statuses(submission):
        delete(stored, parts)
        return None
    requested = [
        (run, _requested(run.run))
        for run in runs_of(parts.db, submission.submission_id)
        if deletion.can_be_requested(run.run)
    ]
    if not requested:
        return stored
    removal.release(parts.db, submission)
    after = _with_runs(submission, requested)
    saved = parts.deliveries.save_submission(stored, after, update=requested)
    dispatch_runs([run for _, run in requested if is_pending(run.deletion)], parts)
    return saved


def _requested(run: Run) -> Run:
    """The run with its deletion requested, or failed at once if only the user can delete it."""
    now = clock.now()
    requested = deletion.request(run, now=now)
    error = _obstacle(run)
    return requested if error is None else deletion.fail(requested, error=error, now=now)


def _obstacle(run: Run) -> RunError | None:
    about = registry.about(run.platform)
    if not registry.limits(run.platform).capabilities.deletes:
        return RunError(ErrorCategory.PERMISSION, "not_supported", cannot_delete(about), False)
    if run.platform_post_id is None:
        name = about.display_name
        message = f"Soku does not know which {name} post this is. Delete it in the {name} app."
        return RunError(ErrorCategory.UNKNOWN, "id_unknown", message, False)
    return None


def _with_runs(submission: Submission, changed: list[tuple[StoredRun, Run]]) -> Submission:
    summaries = {run.run_id: summary_of(run) for _, run in changed}
    return replace(
        submission, runs={**(submission.runs or {}), **summaries}, updated_at=clock.now()
    )


def _refuse_unfinished(submission: Submission) -> None:
    if not submission.is_scheduled and submission.status not in (_S.DRAFT, *ENDED_STATUSES):
        message = f"A post that is {submission.status} cannot be deleted: it is being published."
        raise _refused(submission, message)


def _refuse_unconfirmed(submission: Submission) -> None:
    if submission.status is _S.UNCONFIRMED or RunStatus.UNCONFIRMED in _statuses(submission):
        raise _refused(
            submission,
            "Soku does not know yet whether a part of this post is live, so it cannot delete it "
            "from the platform. Reconcile the post, or resolve the run, first.",
        )


def _statuses(submission: Submission) -> set[RunStatus]:
    return {run.status for run in (submission.runs or {}).values()}


def _refused(submission: Submission, message: str) -> ApiError:
    return ApiError(ErrorCode.INVALID_STATE, message, {"status": submission.status.value})
