"""Changing a post that has not started: cancel, unschedule, publish now.

Each change is one commit on the version that was read. The orchestrator's claim is one, too: the
first of them wins completely, and the other sees a different status.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from shared import clock
from shared.domain.errors import ApiError, ErrorCode
from shared.domain.submission import Submission, SubmissionStatus, first_wake, move
from shared.gcp.firestore import PreconditionFailed, retry_conflicts
from shared.gcp.submissions import StoredSubmission
from shared.posts.dispatch import dispatch
from shared.wiring import Parts

_S = SubmissionStatus
_Change = Callable[[Submission, datetime], Submission]
T = TypeVar("T")


def cancel(stored: StoredSubmission, parts: Parts) -> StoredSubmission:
    """A draft or a post that has not started will never be published. Raises ApiError."""
    return _save(stored, parts, _canceled)


def unschedule(stored: StoredSubmission, parts: Parts) -> StoredSubmission:
    """A scheduled post becomes a draft. Raises ApiError."""
    return _save(stored, parts, _unscheduled)


def publish_now(stored: StoredSubmission, parts: Parts) -> StoredSubmission:
    """A draft or a scheduled post is published at once. Raises ApiError."""
    changed = _save(stored, parts, _published_now)
    dispatch(lambda: parts.queues.dispatch_submission(changed.submission))
    return changed


def change_current(
    stored: StoredSubmission, parts: Parts, change: Callable[[StoredSubmission], T]
) -> T:
    """Return `change(stored)`; when someone else changes the post first, try again with theirs.

    Raises ApiError, and whatever `change` raises besides PreconditionFailed.
    """
    submission_id = stored.submission.submission_id

    def current() -> StoredSubmission:
        submission = parts.deliveries.submission(submission_id)
        if submission is None:
            raise ApiError(ErrorCode.NOT_FOUND, f"Post {submission_id} not found.")
        return submission

    try:
        return retry_conflicts(f"submission {submission_id}", current, change, first=stored)
    except PreconditionFailed as error:
        message = "The post keeps changing. Try again."
        raise ApiError(ErrorCode.INVALID_STATE, message) from error


def _save(stored: StoredSubmission, parts: Parts, change: _Change) -> StoredSubmission:
    return change_current(
        stored,
        parts,
        lambda current: parts.deliveries.save_submission(
            current, change(current.submission, clock.now())
        ),
    )


def _canceled(submission: Submission, now: datetime) -> Submission:
    _require_waiting(submission, "canceled")
    return _restarted(submission, _S.CANCELED, now, wake_at=None)


def _unscheduled(submission: Submission, now: datetime) -> Submission:
    _require_scheduled(submission, "unscheduled")
    draft = _requested(submission, draft=True)
    return _restarted(draft, _S.DRAFT, now, scheduled_time=None, wake_at=None)


def _published_now(submission: Submission, now: datetime) -> Submission:
    _require_waiting(submission, "published now")
    if submission.not_after is not None and submission.not_after <= now:
        raise _refused(submission, "The post cannot be published now: its notAfter has passed.")
    wake_at = first_wake(None, now)
    at_once = _requested(submission, draft=False)
    return _restarted(at_once, _S.QUEUED, now, scheduled_time=None, wake_at=wake_at)


def _requested(submission: Submission, *, draft: bool) -> Submission:
    """As if the original request had been this: a later edit starts from it."""
    body = {**submission.request, "draft": draft, "scheduledTime": None}
    return replace(submission, request=body)


def _restarted(
    submission: Submission, status: SubmissionStatus, now: datetime, **changes: datetime | None
) -> Submission:
    """In a new generation, so that a task of the present one does nothing."""
    generation = submission.generation + 1
    moved = move(submission, status, updated_at=now, **changes)
    return replace(moved, generation=generation, sweeps=0, dispatch_failed_at=None)


def _require_waiting(submission: Submission, changed: str) -> None:
    if submission.status is not _S.DRAFT:
        _require_scheduled(submission, changed)


def _require_scheduled(submission: Submission, changed: str) -> None:
    if not submission.is_scheduled:
        raise _refused(submission, f"A post that is {submission.status} cannot be {changed}.")


def _refused(submission: Submission, message: str) -> ApiError:
    return ApiError(ErrorCode.INVALID_STATE, message, {"status": submission.status.value})
