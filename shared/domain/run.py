"""A run: the durable work of delivering one submission to one account.

    queued ──> processing ──> succeeded | failed | unconfirmed
       └─────> failed | canceled
    unconfirmed ──> succeeded | failed | queued (proven absent, or the person's word)
    failed ──> queued (retry)

`TRANSITIONS` is that drawing; `move` alone applies it. Everything here is pure:
the functions, and those of `unconfirmed` and `deletion`, take a run and the time and return
the run as it should become.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.domain.content import Content
from shared.domain.errors import ErrorCategory, PlatformError


class RunStatus(StrEnum):
    QUEUED = "queued"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    CANCELED = "canceled"


TRANSITIONS: Mapping[RunStatus, frozenset[RunStatus]] = {
    RunStatus.QUEUED: frozenset({RunStatus.PROCESSING, RunStatus.FAILED, RunStatus.CANCELED}),
    RunStatus.PROCESSING: frozenset({RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.UNCONFIRMED}),
    RunStatus.UNCONFIRMED: frozenset({RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.QUEUED}),
    RunStatus.FAILED: frozenset({RunStatus.QUEUED}),
    RunStatus.SUCCEEDED: frozenset(),
    RunStatus.CANCELED: frozenset(),
}

ENDED = frozenset(
    {RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.UNCONFIRMED, RunStatus.CANCELED}
)

# Clocks of instances differ: a lease is taken over this long after it ran out, and its holder
# stops this long before.
LEASE_MARGIN = timedelta(seconds=10)
# A task may come this much before its time by our clock; polling that early harms nothing.
EARLY = timedelta(seconds=2)
# When a task that should have moved the run is given up for lost.
TASK_LOST_AFTER = timedelta(minutes=2)
# A post proven absent is sent again, but not for ever.
MAX_VISIBLE_ATTEMPTS = 5


class IllegalTransition(Exception):
    """A defect of ours: the table has no such edge."""


@dataclass(frozen=True)
class RunError:
    """`error` of a failed or unconfirmed run; `message` tells the person what to do."""

    category: ErrorCategory
    code: str
    message: str
    retryable: bool
    platform_code: str | None = None
    platform_message: str | None = None


class DeletionStatus(StrEnum):
    PENDING = "pending"
    DELETED = "deleted"
    FAILED = "failed"


@dataclass(frozen=True)
class Deletion:
    """Taking a published post down from its platform again, as the person asked."""

    status: DeletionStatus
    requested_at: datetime
    finished_at: datetime | None = None
    error: RunError | None = None
    """Why it could not be; while pending, why it is being tried again."""


@dataclass(frozen=True)
class Run:
    """`postSubmissions/{submission_id}/runs/{run_id}`."""

    submission_id: str
    run_id: str
    user_id: str
    platform: str
    account_id: str
    content: Content
    status: RunStatus
    queued_at: datetime
    generation: int = 1
    """Rises with each retry by the person; a task of an older one is stale."""
    seq: int = 1
    """Rises with each result that schedules a successor, so that a task delivered twice
    never starts a second chain."""
    step: str | None = None
    checkpoint: Mapping[str, Any] = field(default_factory=dict)
    """What the platform gave us so far, such as the id of a container."""
    intent_at: datetime | None = None
    """Set from the commit before the visible call until its outcome is known."""
    sent_at: datetime | None = None
    """When the visible call was begun that the platform has taken and still works on: the post
    may go live by itself at any moment. None again once that is settled."""
    visible_attempts: int = 0
    """How often the visible call was begun, less those that the platform surely refused."""
    lease_until: datetime | None = None
    lease_owner: str | None = None
    write_id: str = ""
    """Fresh in every write, so that a lost acknowledgement can be told from a conflict."""
    next_attempt_at: datetime | None = None
    attempt: int = 0
    """How many mutations were begun; `attempts/{attempt}` is the record of the last one."""
    failures: int = 0
    """Retryable failures since the last step that went well."""
    token_refreshes: int = 0
    """Token refreshes since the last step that went well."""
    look_ups: int = 0
    absent_since: datetime | None = None
    """When the platform's own list first did not hold the post."""
    refused_as_duplicate: bool = False
    """The platform called a second try a repetition: the first one may be live, unseen."""
    platform_post_id: str | None = None
    permalink: str | None = None
    error: RunError | None = None
    scheduled_time: datetime | None = None
    """When it was to start; `started_at` less this is its lateness. None: at once."""
    not_after: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    deletion: Deletion | None = None
    wake_at: datetime | None = None
    sweeps: int = 0

    @property
    def target_id(self) -> str:
        return f"{self.platform}:{self.account_id}"

    @property
    def is_ended(self) -> bool:
        return self.status in ENDED

    @property
    def may_be_live(self) -> bool:
        """A visible call was begun whose outcome is not known."""
        return self.intent_at is not None or self.sent_at is not None


def move(run: Run, status: RunStatus, **changes: Any) -> Run:
    if status is not run.status and status not in TRANSITIONS[run.status]:
        raise IllegalTransition(f"run {run.run_id}: {run.status} -> {status}")
    return replace(run, status=status, sweeps=0, **changes)


def claim(
    run: Run,
    *,
    step: str,
    visible: bool,
    mutates: bool,
    lease: timedelta,
    owner: str,
    now: datetime,
) -> Run:
    """Take the run for one step. For the visible step the claim is also the intent."""
    return move(
        run,
        RunStatus.PROCESSING,
        step=step,
        lease_until=now + lease,
        lease_owner=owner,
        wake_at=now + lease + LEASE_MARGIN,
        next_attempt_at=None,
        started_at=run.started_at or now,
        attempt=run.attempt + mutates,
        intent_at=now if visible else None,
        visible_attempts=run.visible_attempts + visible,
    )


def proceed(run: Run, *, checkpoint: Mapping[str, Any], at: datetime, sent: bool = False) -> Run:
    """The step went well and the platform wants another one, at `at`.

    `sent`: the platform has the whole post and publishes it by itself; without it, nothing of
    what was sent so far is or will be live.
    """
    sent_at = run.intent_at or run.sent_at if sent else None
    return _wait(run, at, sent_at, checkpoint=checkpoint, failures=0, token_refreshes=0)


def back_off(run: Run, *, at: datetime, error: RunError) -> Run:
    """The step failed and nothing was published: take it again at `at`."""
    return _wait(run, at, run.sent_at, failures=run.failures + 1, error=error)


def repeat_with_new_token(run: Run, *, at: datetime) -> Run:
    """The platform refused the access token: take the step again with a refreshed one."""
    return _wait(run, at, run.sent_at, token_refreshes=run.token_refreshes + 1)


def wait_for_token(run: Run, *, at: datetime) -> Run:
    """Another run is refreshing this account's tokens: take the step again when it is done."""
    return _wait(run, at, run.sent_at)


def _wait(run: Run, at: datetime, sent_at: datetime | None, **changes: Any) -> Run:
    # Where it is known that nothing was published, no later try has to reckon with this one.
    is_undone = run.may_be_live and sent_at is None
    return move(
        run,
        RunStatus.PROCESSING,
        seq=run.seq + 1,
        next_attempt_at=at,
        wake_at=at + TASK_LOST_AFTER,
        intent_at=None,
        sent_at=sent_at,
        visible_attempts=run.visible_attempts - is_undone,
        **LET_GO,
        **changes,
    )


LET_GO: Mapping[str, Any] = {"lease_until": None, "lease_owner": None}


def succeed(run: Run, *, platform_post_id: str | None, permalink: str | None, now: datetime) -> Run:
    """The post is live."""
    return move(
        run,
        RunStatus.SUCCEEDED,
        platform_post_id=platform_post_id,
        permalink=permalink,
        error=None,
        **_ended(now),
    )


def add_permalink(run: Run, permalink: str) -> Run:
    """The platform told the address of the post after its id was stored."""
    return move(run, RunStatus.SUCCEEDED, permalink=permalink)


def succeed_late(run: Run, *, platform_post_id: str, permalink: str | None, now: datetime) -> Run:
    """The post is live by a publisher that was given up: a try that is queued is not needed."""
    if run.status is RunStatus.QUEUED:
        run = move(run, RunStatus.PROCESSING)
    return succeed(run, platform_post_id=platform_post_id, permalink=permalink, now=now)


def fail(run: Run, *, error: RunError, now: datetime) -> Run:
    """The post is not live and will not be without the person."""
    return move(run, RunStatus.FAILED, error=error, **_ended(now))


def _ended(now: datetime) -> Mapping[str, Any]:
    return {
        **LET_GO,
        "intent_at": None,
        "sent_at": None,
        "next_attempt_at": None,
        "wake_at": None,
        "finished_at": now,
    }


def retry(run: Run, *, content: Content, now: datetime) -> Run:
    """The person wants a failed run tried again: but for `content`, nothing is kept of it.

    `not_after` is over or was met: who retries wants the post late rather than never. And it is
    due at once: its lateness is no longer that of the schedule.
    """
    return move(
        run,
        RunStatus.QUEUED,
        content=content,
        generation=run.generation + 1,
        seq=run.seq + 1,
        step=None,
        checkpoint={},
        visible_attempts=0,
        failures=0,
        token_refreshes=0,
        look_ups=0,
        absent_since=None,
        refused_as_duplicate=False,
        error=None,
        scheduled_time=None,
        not_after=None,
        queued_at=now,
        started_at=None,
        finished_at=None,
        wake_at=now + TASK_LOST_AFTER,
    )


def sweep(run: Run, *, wake_at: datetime) -> Run:
    """Its task was enqueued again: look at it once more at `wake_at`."""
    return replace(run, wake_at=wake_at, sweeps=run.sweeps + 1)


def error_from(failure: PlatformError, *, retryable: bool) -> RunError:
    return RunError(
        category=failure.category,
        code=failure.category.value,
        message=failure.message,
        retryable=retryable,
        platform_code=failure.platform_code,
        platform_message=failure.platform_message,
    )
