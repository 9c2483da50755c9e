"""Editing a draft or a scheduled post: the fields of POST, each replaced as a whole.

The fields that are sent replace those of the original request, and the result is checked like a
new post. It is one commit on the version that was read: an edit at the moment of publication
either wins completely or is refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from shared import clock
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest, Violation
from shared.domain.submission import Submission, SubmissionStatus, first_wake, is_due_soon, move
from shared.gcp.firestore import PreconditionFailed, read_all
from shared.gcp.submissions import StoredSubmission
from shared.media import removal
from shared.posts import request, resolution
from shared.posts.dispatch import dispatch
from shared.posts.request import PostRequest
from shared.posts.resolution import CheckPlan, Resolution
from shared.wiring import Parts

_S = SubmissionStatus


def edit(
    stored: StoredSubmission,
    sent: Mapping[str, Any],
    parts: Parts,
    before_fetch: Callable[[], None],
    check_plan: CheckPlan,
) -> StoredSubmission:
    """Replace fields of the post with those of `sent`. Raises ApiError."""
    submission = stored.submission
    if submission.status is not _S.DRAFT and not submission.is_scheduled:
        message = f"A post that is {submission.status} cannot be edited."
        raise ApiError(ErrorCode.INVALID_STATE, message, {"status": submission.status.value})
    if not sent:
        raise InvalidRequest([Violation("", "missing", "Send at least one field to change.")])
    body = {**submission.request, **sent}
    wanted = request.parse(body)
    check_plan(wanted.platforms)
    after = _edited(submission, wanted, body, parts, before_fetch)
    if submission.media_ids - after.media_ids:
        removal.release(parts.db, submission, kept=after.media_ids)
    try:
        saved = parts.deliveries.save_submission(stored, after)
    except PreconditionFailed as error:
        message = "The post has changed or started meanwhile. Read it again."
        raise ApiError(ErrorCode.INVALID_STATE, message) from error
    _dispatch(saved.submission, parts)
    return saved


def _edited(
    submission: Submission,
    wanted: PostRequest,
    body: Mapping[str, Any],
    parts: Parts,
    before_fetch: Callable[[], None],
) -> Submission:
    if not wanted.draft and wanted.scheduled_time is None:
        message = "A post that is not a draft needs a time. To publish it now, use POST …/publish."
        raise InvalidRequest([Violation("scheduledTime", "missing", message)])
    snapshots = read_all(parts.db, resolution.paths(submission.user_id, wanted, parts.settings))
    check = Resolution(
        wanted,
        submission.user_id,
        submission.mode,
        snapshots,
        parts,
        before_fetch,
        keeps_time(submission, wanted),
        own_files=resolution.files_of(submission),
    )
    targets, media = check.targets_and_media()
    now = clock.now()
    moved = move(
        submission,
        _S.DRAFT if wanted.draft else _S.QUEUED,
        updated_at=now,
        wake_at=None if wanted.draft else first_wake(wanted.scheduled_time, now),
    )
    return replace(
        moved,
        request=request.as_stored(body, submission.request),
        text=wanted.text,
        media=media,
        targets=targets,
        remaining=len(targets),
        scheduled_time=wanted.scheduled_time,
        not_after=wanted.not_after,
        # A task for the post as it was does nothing.
        generation=submission.generation + 1,
        sweeps=0,
        dispatch_failed_at=None,
    )


def keeps_time(submission: Submission, wanted: PostRequest) -> bool:
    """Whether the edit keeps the time, which may then be only seconds away.

    It may even have passed, if the post has not started yet: then the edited post is published at
    once. A draft that becomes scheduled gets a new time, like a new post.
    """
    becomes_scheduled = submission.status is _S.DRAFT and not wanted.draft
    return wanted.scheduled_time == submission.scheduled_time and not becomes_scheduled


def _dispatch(submission: Submission, parts: Parts) -> None:
    due = submission.scheduled_time
    if submission.status is not _S.QUEUED or not is_due_soon(due, submission.updated_at):
        return
    dispatch(lambda: parts.queues.dispatch_submission(submission, at=due))
