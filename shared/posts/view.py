"""Reading a post for its owner, waiting for its end, and the whole of it as JSON."""

from datetime import timedelta
from typing import Any

from shared import clock
from shared.domain.submission import ENDED_STATUSES
from shared.gcp.runs import attempts_of, runs_of
from shared.gcp.submissions import StoredSubmission, submission_from, submission_once
from shared.posts.shown import in_list, whole
from shared.wiring import Parts

__all__ = ["as_json", "can_end_within", "in_list", "owned", "wait_until_ended", "whole"]

# A draft never ends by itself, so there is nothing to wait for.
_RESTING = ENDED_STATUSES | {"draft"}


def owned(snapshot: Any, user_id: str) -> StoredSubmission | None:
    """The submission of a snapshot; None if it belongs to another user."""
    stored = submission_from(snapshot)
    if stored is None or stored.submission.user_id != user_id:
        return None
    return stored


def can_end_within(stored: StoredSubmission, patience: timedelta) -> bool:
    """Whether waiting can help: the post has not ended, and its time comes before that."""
    if not patience or _is_at_rest(stored):
        return False
    due = stored.submission.scheduled_time
    return due is None or not stored.submission.is_scheduled or due <= clock.now() + patience


def wait_until_ended(
    parts: Parts, stored: StoredSubmission, patience: timedelta
) -> StoredSubmission | None:
    """The submission once it has ended, or after `patience`; None once it is deleted."""
    submission_id = stored.submission.submission_id
    return submission_once(parts.db, submission_id, _is_at_rest, patience)


def _is_at_rest(stored: StoredSubmission | None) -> bool:
    return stored is None or stored.submission.status in _RESTING


def as_json(parts: Parts, stored: StoredSubmission) -> dict[str, Any]:
    """The whole post, with its runs and their attempts. Raises StoreUnavailable."""
    submission = stored.submission
    attempts = attempts_of(parts.db, submission.submission_id, submission.user_id)
    runs = [each.run for each in runs_of(parts.db, submission.submission_id)]
    return whole(submission, runs, attempts)
