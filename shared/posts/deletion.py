"""Deleting a post: from the history, and from the platforms that it is live on."""

from dataclasses import replace
from functools import partial

from shared import clock
from shared.domain import deletion
from shared.domain.errors import ApiError, ErrorCategory, ErrorCode
from shared.domain.run import Run, RunError, RunStatus
from shared.domain.submission import ENDED_STATUSES, Submission, SubmissionStatus
from shared.gcp.firestore import PreconditionFailed
from shared.gcp.runs import StoredRun, runs_of
from shared.gcp.submissions import StoredSubmission, summary_of
from shared.platforms import registry
from shared.platforms.base import cannot_delete
from shared.posts.dispatch import dispatch
from shared.wiring import Parts

TRIES = 5

_S = SubmissionStatus


def delete(stored: StoredSubmission, parts: Parts) -> None:
    """Out of the history; what is live on a platform stays there. Raises ApiError."""
    submission = stored.submission
    _refuse_unfinished(submission)
    if any(deletion.is_pending(run.deletion) for run in (submission.runs or {}).values()):
        raise _refused(
            submission, "The post is being deleted from its platforms; delete it after that."
        )
    try:
        parts.deliveries.delete(stored)
    except PreconditionFailed as error:
        message = "The post is being changed at this moment; read it again."
        raise _refused(submission, message) from error


def delete_everywhere(stored: StoredSubmission, parts: Parts) -> StoredSubmission | None:
    """Have what is live taken down from its platforms; the post stays and tells how that goes.

    None when nothing was live: then it is out of the history at once. Raises ApiError.
    """
    for _ in range(TRIES):
        submission = stored.submission
        _refuse_unfinished(submission)
        _refuse_unconfirmed(submission)
        if RunStatus.SUCCEEDED not in _statuses(submission):
            delete(stored, parts)
            return None
        try:
            return _request(stored, parts)
        except PreconditionFailed:
            found = parts.deliveries.submission(submission.submission_id)
            if found is None:
                raise ApiError(ErrorCode.NOT_FOUND, "The post was deleted.") from None
            stored = found
    raise _refused(stored.submission, "The post is changing all the time; try again.")


def _request(stored: StoredSubmission, parts: Parts) -> StoredSubmission:
    """One commit for all that is live, then the tasks. Raises PreconditionFailed."""
    submission = stored.submission
    asked = [
        (found, _asked(found.run))
        for found in runs_of(parts.db, submission.submission_id)
        if deletion.can_be_requested(found.run)
    ]
    if not asked:
        return stored
    saved = parts.deliveries.save_submission(stored, _told(submission, asked), update=asked)
    for _, run in asked:
        if deletion.is_pending(run.deletion):
            dispatch(partial(parts.queues.dispatch_run, run))
    return saved


def _asked(run: Run) -> Run:
    """The run with its deletion asked for; failed at once where nobody but the person can."""
    now = clock.now()
    asked = deletion.request(run, now=now)
    error = _obstacle(run)
    return asked if error is None else deletion.fail(asked, error=error, now=now)


def _obstacle(run: Run) -> RunError | None:
    name = run.platform
    if not registry.publishing(name).capabilities.deletes:
        return RunError(
            ErrorCategory.PERMISSION, "not_supported", cannot_delete(registry.about(name)), False
        )
    if run.platform_post_id is None:
        message = f"It is not known which post of {name} this is; delete it in the app of {name}."
        return RunError(ErrorCategory.UNKNOWN, "id_unknown", message, False)
    return None


def _told(submission: Submission, asked: list[tuple[StoredRun, Run]]) -> Submission:
    summaries = {run.run_id: summary_of(run) for _, run in asked}
    return replace(
        submission, runs={**(submission.runs or {}), **summaries}, updated_at=clock.now()
    )


def _refuse_unfinished(submission: Submission) -> None:
    is_scheduled = submission.status is _S.QUEUED and submission.scheduled_time is not None
    if not is_scheduled and submission.status not in (_S.DRAFT, *ENDED_STATUSES):
        message = f"A post that is {submission.status} cannot be deleted: it is being published."
        raise _refused(submission, message)


def _refuse_unconfirmed(submission: Submission) -> None:
    if submission.status is _S.UNCONFIRMED or RunStatus.UNCONFIRMED in _statuses(submission):
        raise _refused(
            submission,
            "It is not known yet whether a part of this post is live, so it cannot be deleted "
            "there. Reconcile it, or say what became of it, first.",
        )


def _statuses(submission: Submission) -> set[RunStatus]:
    return {run.status for run in (submission.runs or {}).values()}


def _refused(submission: Submission, message: str) -> ApiError:
    return ApiError(ErrorCode.INVALID_STATE, message, {"status": submission.status.value})
