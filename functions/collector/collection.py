"""One delivery of a collector's task: is the job due, what happened to it, and when it is next."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.collector.comments import COMMENTS
from functions.collector.numbers import NUMBERS
from functions.collector.spending import DAY, Job, Pause, Progress
from shared import clock, logs
from shared.accounts.acting import Blocked, MustRepeat, end_authorization
from shared.domain.errors import (
    ErrorCategory,
    PlatformError,
    RateLimited,
    ReconnectRequired,
    TokenExpired,
)
from shared.domain.metrics import next_pass
from shared.gcp.accounts import account_path
from shared.gcp.collecting import (
    INBOX,
    METRICS,
    Collecting,
    account_key,
    collecting_from,
    collecting_path,
    save_collecting,
    with_new_requests,
)
from shared.gcp.firestore import PreconditionFailed, read_all, retry_conflicts
from shared.platforms import registry
from shared.web.internal import MalformedTask
from shared.wiring import Parts

log = logs.logger("collector")

# After a failure: doubled each time.
_FIRST_RETRY = timedelta(minutes=5)
_LONGEST_RETRY = timedelta(hours=6)
_JOBS: Mapping[str, Job] = {METRICS: NUMBERS, INBOX: COMMENTS}


@dataclass(frozen=True)
class CollectTask:
    """The body of a task: an account and what to do for it."""

    user_id: str
    platform: str
    account_id: str
    job: str


def collect(task: CollectTask, parts: Parts) -> str:
    """Do what `task` is for, if it is due; returns what was done, in words.

    Raises StoreUnavailable, PreconditionFailed: deliver the task again.
    """
    if task.job not in _JOBS or task.platform not in registry.names():
        raise MalformedTask("no such job")
    path = collecting_path(task, task.job)
    with logs.bound(platform=task.platform, account=task.account_id, job=task.job):
        result = retry_conflicts(
            path,
            lambda: collecting_from(read_all(parts.db, [path])[path]),
            lambda stored: _collect(stored, parts) if stored else _forget(task, parts),
        )
        log.info("collected", extra=logs.fields(result=result))
        return result


def _forget(task: CollectTask, parts: Parts) -> str:
    """There is no work. What a task still stored while its account was disconnected goes."""
    path = account_path(task.user_id, task.platform, task.account_id)
    if not read_all(parts.db, [path])[path].exists:
        work = Collecting(task.user_id, task.platform, task.account_id, task.job, clock.now())
        _JOBS[task.job].forget_account(work, parts)
    return "nothing to collect"


def _collect(stored: Collecting, parts: Parts) -> str:
    """Raises PreconditionFailed when somebody else changed the work or one of the runs first."""
    now = clock.now()
    if stored.due_at > now:
        return "not due"
    if stored.limited_until is not None and stored.limited_until > now:
        return _again(stored, stored.limited_until, "the platform wants no requests now", parts)
    progress = Progress(stored)
    try:
        done = _JOBS[stored.job].collect(progress, parts)
    except Blocked as blocked:
        return _put_off(stored, blocked, parts)
    except MustRepeat as repeat:
        if repeat.renewed:
            # The platform may refuse the new token as well.
            return _back_off(progress.collecting, str(repeat), parts)
        return _again(progress.collecting, repeat.at, str(repeat), parts)
    except Pause as pause:
        return _again(progress.collecting, pause.until, str(pause), parts)
    except (ReconnectRequired, TokenExpired) as failure:
        end_authorization(stored, failure, parts)
        return _again(stored, _tomorrow(stored), "the authorization has ended", parts)
    except PlatformError as failure:
        limit = failure if isinstance(failure, RateLimited) else None
        return _back_off(progress.collecting, failure.message, parts, limit)
    after = done.collecting
    if after is not None and done.is_pass:
        after = replace(after, failures=0, waits_until=None)
    _save(stored, after and replace(after, limited_until=None), parts)
    return done.result


def _save(stored: Collecting, after: Collecting | None, parts: Parts) -> None:
    """Raises PreconditionFailed when there is more to do now.

    What the task has done is kept then, if only requests came meanwhile: who asks all the time must
    not make it read everything again and again.
    """
    try:
        save_collecting(parts.db, stored, after)
    except PreconditionFailed:
        path = collecting_path(stored, stored.job)
        fresh = collecting_from(read_all(parts.db, [path])[path])
        done = (stored.memory, stored.failures, stored.waits_until, stored.limited_until)
        if after is None or fresh is None:
            raise
        if (fresh.memory, fresh.failures, fresh.waits_until, fresh.limited_until) == done:
            save_collecting(parts.db, fresh, with_new_requests(after, stored, fresh))
        raise


def _put_off(stored: Collecting, blocked: Blocked, parts: Parts) -> str:
    """The account cannot be read. One that is gone is forgotten; connecting brings it back."""
    if blocked.error.category is ErrorCategory.ACCOUNT_DISCONNECTED:
        _JOBS[stored.job].forget_account(stored, parts)
        try:
            save_collecting(parts.db, stored, None)
        except PreconditionFailed:
            # It may be connected again by now. Then everything must be read again.
            _lose_memory(stored, parts)
            raise
        return "the account is not connected"
    return _again(stored, _tomorrow(stored), blocked.error.message, parts)


def _lose_memory(stored: Collecting, parts: Parts) -> None:
    path = collecting_path(stored, stored.job)

    def change(fresh: Collecting | None) -> None:
        if fresh is not None:
            save_collecting(parts.db, fresh, replace(fresh, memory={}))

    retry_conflicts(path, lambda: collecting_from(read_all(parts.db, [path])[path]), change)


def _back_off(
    stored: Collecting, reason: str, parts: Parts, limit: RateLimited | None = None
) -> str:
    """It failed: wait as long as the platform wants, or longer after each failure."""
    usual = min(_FIRST_RETRY * 2 ** min(stored.failures, 10), _LONGEST_RETRY)
    at = clock.now() + ((limit and limit.retry_after) or usual)
    failed = replace(
        stored,
        failures=stored.failures + 1,
        waits_until=at,
        limited_until=at if limit else None,
    )
    return _again(failed, at, reason, parts)


def _again(stored: Collecting, at: datetime, reason: str, parts: Parts) -> str:
    _JOBS[stored.job].forget_what_is_too_old(stored, parts, at)
    _save(stored, replace(stored, due_at=at), parts)
    return f"put off: {reason}"


def _tomorrow(stored: Collecting) -> datetime:
    return next_pass(account_key(stored), clock.now(), DAY)
