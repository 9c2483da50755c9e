"""Changing a post that has not started: canceling, unscheduling, publishing it now.

Each is one commit on the version that was read. The orchestrator's claim is one, too: whoever
comes first wins wholly, and the other finds another status.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from shared import clock
from shared.domain.errors import ApiError, ErrorCode
from shared.domain.submission import Submission, SubmissionStatus, first_wake, move
from shared.gcp.firestore import PreconditionFailed
from shared.gcp.submissions import StoredSubmission
from shared.posts.dispatch import dispatch
from shared.wiring import Parts

TRIES = 5

_S = SubmissionStatus
_Change = Callable[[Submission, datetime], Submission]


def cancel(stored: StoredSubmission, parts: Parts) -> StoredSubmission:
    """A draft or a post that has not started will never be published. Raises ApiError."""
    return _change(stored, parts, _canceled)


def unschedule(stored: StoredSubmission, parts: Parts) -> StoredSubmission:
    """A scheduled post becomes a draft. Raises ApiError."""
    return _change(stored, parts, _unscheduled)


def publish_now(stored: StoredSubmission, parts: Parts) -> StoredSubmission:
    """A draft or a scheduled post goes out at once. Raises ApiError."""
    changed = _change(stored, parts, _published_now)
    dispatch(lambda: parts.queues.dispatch_submission(changed.submission))
    return changed


def _change(stored: StoredSubmission, parts: Parts, change: _Change) -> StoredSubmission:
    for _ in range(TRIES):
        after = change(stored.submission, clock.now())
        try:
            return parts.deliveries.save_submission(stored, after)
        except PreconditionFailed:
            found = parts.deliveries.submission(stored.submission.submission_id)
            if found is None:
                raise ApiError(ErrorCode.NOT_FOUND, "The post was deleted.") from None
            stored = found
    raise ApiError(ErrorCode.INVALID_STATE, "The post is changing all the time; try again.")


def _canceled(submission: Submission, now: datetime) -> Submission:
    _require_waiting(submission, "be canceled")
    return _restarted(submission, _S.CANCELED, now, wake_at=None)


def _unscheduled(submission: Submission, now: datetime) -> Submission:
    _require_scheduled(submission, "be unscheduled")
    draft = _asked(submission, draft=True)
    return _restarted(draft, _S.DRAFT, now, scheduled_time=None, wake_at=None)


def _published_now(submission: Submission, now: datetime) -> Submission:
    _require_waiting(submission, "be published now")
    if submission.not_after is not None and submission.not_after <= now:
        raise _refused(submission, "be published now: its notAfter is over")
    wake_at = first_wake(None, now)
    at_once = _asked(submission, draft=False)
    return _restarted(at_once, _S.QUEUED, now, scheduled_time=None, wake_at=wake_at)


def _asked(submission: Submission, *, draft: bool) -> Submission:
    """As if it had been asked for like this from the start: an edit builds on it."""
    asked = {**submission.request, "draft": draft, "scheduledTime": None}
    return replace(submission, request=asked)


def _restarted(
    submission: Submission, status: SubmissionStatus, now: datetime, **changes: datetime | None
) -> Submission:
    """In another generation: whatever task is under way for this one has nothing to do."""
    generation = submission.generation + 1
    moved = move(submission, status, updated_at=now, **changes)
    return replace(moved, generation=generation, sweeps=0, dispatch_failed_at=None)


def _require_waiting(submission: Submission, what: str) -> None:
    if submission.status is not _S.DRAFT:
        _require_scheduled(submission, what)


def _require_scheduled(submission: Submission, what: str) -> None:
    if submission.status is not _S.QUEUED or submission.scheduled_time is None:
        raise _refused(submission, what)


def _refused(submission: Submission, what: str) -> ApiError:
    return ApiError(
        ErrorCode.INVALID_STATE,
        f"A post that is {submission.status} cannot {what}.",
        {"status": submission.status.value},
    )
