"""What a user can do about unconfirmed runs.

reconcile                       look them up on their platforms now
resolve_published / _not_…      record the user's answer about one of them
"""

from datetime import datetime

from shared import clock, logs
from shared.domain import run as runs
from shared.domain import unconfirmed
from shared.domain.errors import ApiError, ErrorCategory, ErrorCode, InvalidRequest, Violation
from shared.domain.run import Run, RunError, RunStatus
from shared.gcp.claims import Basis, PostHeld
from shared.gcp.firestore import PreconditionFailed
from shared.gcp.runs import StoredRun, runs_of
from shared.gcp.submissions import StoredSubmission
from shared.platforms import registry
from shared.posts.dispatch import dispatch_runs
from shared.wiring import Parts

log = logs.logger("reconcile")

NOT_PUBLISHED = RunError(
    category=ErrorCategory.UNKNOWN,
    code="not_published",
    message="You reported that this post is not on the platform. Retry it to publish it.",
    retryable=True,
)


def reconcile(stored: StoredSubmission, parts: Parts) -> None:
    """Have all unconfirmed runs looked up now, each at most once a minute. Raises ApiError.

    A request while the look-ups of an earlier one are still due changes nothing.
    """
    submission, now = stored.submission, clock.now()
    waiting = [
        run
        for run in runs_of(parts.db, submission.submission_id)
        if run.run.status is RunStatus.UNCONFIRMED
    ]
    if not waiting:
        raise _refused("This post has no unconfirmed runs.")
    waiting = [run for run in waiting if not _is_being_looked_up(run.run, now)]
    ready = [run for run in waiting if (unconfirmed.may_ask_at(run.run) or now) <= now]
    if waiting and not ready:
        raise _too_soon([run.run for run in waiting], now)
    moved = []
    for run in ready:
        try:
            saved = parts.deliveries.save(run, unconfirmed.ask(run.run, now=now))
            moved.append(saved.stored.run)
        except PreconditionFailed:
            log.info("look-up not enqueued: the run changed meanwhile")
    dispatch_runs(moved, parts)


def _is_being_looked_up(run: Run, now: datetime) -> bool:
    """The look-up of an earlier request is due and not done."""
    return run.is_asked and run.next_attempt_at is not None and run.next_attempt_at <= now


def _too_soon(waiting: list[Run], now: datetime) -> ApiError:
    next_at = min(unconfirmed.may_ask_at(run) or now for run in waiting)
    seconds = max(1, round((next_at - now).total_seconds()))
    return ApiError(
        ErrorCode.INVALID_STATE,
        f"Soku looked this post up less than a minute ago. Try again in {seconds} s.",
        headers={"Retry-After": str(seconds)},
    )


def resolve_published(
    stored: StoredRun, parts: Parts, platform_post_id: str | None, permalink: str | None
) -> None:
    """The user has seen the post on the platform. Raises ApiError."""
    run = _unconfirmed(stored)
    post_id = _post_id(run, platform_post_id, permalink)
    after = runs.succeed(run, platform_post_id=post_id, permalink=permalink, now=clock.now())
    _save(stored, after, parts)


def _post_id(run: Run, platform_post_id: str | None, permalink: str | None) -> str | None:
    """The id that the user reported, itself or in a link; None where no link has one.

    Without the id, a look-up could take the same post for another run's. So a link without one is
    refused where look-ups find posts. Raises InvalidRequest.
    """
    platform = registry.publishing(run.platform)
    name = platform.about.display_name
    linked = platform.post_id_of(permalink) if permalink else None
    if platform_post_id is None:
        if linked is None and platform.lets_us_read:
            message = (
                f"This link has no {name} post id. Send the link that {name} shows for the post, "
                "or its platformPostId; or start a look-up with POST /v1/posts/{id}/reconcile."
            )
            raise InvalidRequest([Violation("permalink", "invalid", message, run.platform)])
        return linked
    if not platform.is_post_id(platform_post_id):
        message = f"This is not the id of a {name} post."
        raise InvalidRequest([Violation("platformPostId", "invalid", message, run.platform)])
    if linked not in (None, platform_post_id):
        message = f"The permalink is that of another {name} post than the platformPostId."
        raise InvalidRequest([Violation("permalink", "invalid", message, run.platform)])
    return platform_post_id


def resolve_not_published(stored: StoredRun, parts: Parts) -> None:
    """The user has looked, and the post is not on the platform. Raises ApiError."""
    after = runs.fail(_unconfirmed(stored), error=NOT_PUBLISHED, now=clock.now())
    _save(stored, after, parts)


def _unconfirmed(stored: StoredRun) -> Run:
    if stored.run.status is not RunStatus.UNCONFIRMED:
        raise _refused(f"This run is {stored.run.status}. Only unconfirmed runs can be resolved.")
    return stored.run


def _save(stored: StoredRun, after: Run, parts: Parts) -> None:
    try:
        parts.deliveries.save(stored, after, basis=Basis.USER)
    except PostHeld as held:
        raise _held(held, after) from held
    except PreconditionFailed as error:
        message = "Soku is looking up this run at the moment. Read the post again."
        raise _refused(message) from error
    parts.deliveries.settle(after.submission_id)


def _held(held: PostHeld, run: Run) -> ApiError:
    name = registry.display_name(run.platform)
    is_own = held.claim.user_id == run.user_id
    whose = f"your post {held.claim.submission_id}" if is_own else "another post"
    return _refused(f"This {name} post belongs to {whose}. Send the one of this run.")


def _refused(message: str) -> ApiError:
    return ApiError(ErrorCode.INVALID_STATE, message)
