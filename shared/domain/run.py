"""A run: the durable work of delivering one submission to one account.

    queued ──> processing ──> succeeded | failed | unconfirmed
       └─────> failed | canceled
    unconfirmed ──> succeeded | failed | queued (proven absent, or the user's answer)
    failed ──> queued (retry)
    succeeded ──> unconfirmed (its post turned out to be another run's)

`TRANSITIONS` is that diagram; only `move` applies it. Everything here is pure: the functions, and
those of `unconfirmed` and `deletion`, take a run and the time and return the changed run.
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
    RunStatus.SUCCEEDED: frozenset({RunStatus.UNCONFIRMED}),
    RunStatus.CANCELED: frozenset(),
}

ENDED = frozenset(
    {RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.UNCONFIRMED, RunStatus.CANCELED}
)

# The clocks of instances differ: a lease is taken over this long after it expires, and its holder
# stops this long before that.
LEASE_MARGIN = timedelta(seconds=10)
# A task may arrive this much early by our clock; polling that early does no harm.
EARLY = timedelta(seconds=2)
# When a task that should have moved the run counts as lost.
TASK_LOST_AFTER = timedelta(minutes=2)
# A post proven absent is sent again, but not forever.
MAX_VISIBLE_ATTEMPTS = 5


class IllegalTransition(Exception):
    """A bug of ours: the table has no such edge."""


@dataclass(frozen=True)
class RunError:
    """`error` of a failed or unconfirmed run; `message` tells the user what to do."""

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
    """Deleting a published post from its platform, as the user requested."""

    status: DeletionStatus
    requested_at: datetime
    finished_at: datetime | None = None
    error: RunError | None = None
    """Why it failed; while pending, why it is being tried again."""


def is_pending(deletion: Deletion | None) -> bool:
    return deletion is not None and deletion.status is DeletionStatus.PENDING


def is_deleted(deletion: Deletion | None) -> bool:
    return deletion is not None and deletion.status is DeletionStatus.DELETED


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
    mode: str = "live"
    """`live` or `test`, as the submission's."""
    external_id: str | None = None
    """The platform's own id of the account, since the first step. Two users may connect it."""
    generation: int = 1
    """Increases with each retry by the user; a task of an older generation is stale."""
    seq: int = 1
    """Increases with each result that schedules another task, so that a task delivered twice
    never starts a second chain."""
    step: str | None = None
    checkpoint: Mapping[str, Any] = field(default_factory=dict)
    """What the platform returned so far, such as the id of a container."""
    intent_at: datetime | None = None
    """Set from the commit before the visible call until its outcome is known."""
    sent_at: datetime | None = None
    """When the visible call began, if the platform has accepted it and is still working on it: the
    post may go live at any moment. None again once that is settled."""
    visible_attempts: int = 0
    """How often the visible call began, without those that certainly published nothing."""
    lease_until: datetime | None = None
    lease_owner: str | None = None
    write_id: str = ""
    """New in every write, to tell a lost acknowledgement from a conflict."""
    next_attempt_at: datetime | None = None
    attempt: int = 0
    """How many mutations began; `attempts/{attempt}` is the record of the last one."""
    failures: int = 0
    """Retryable failures since the last step that succeeded."""
    token_refreshes: int = 0
    """Token refreshes since the last step that succeeded."""
    look_ups: int = 0
    """Look-ups of the fixed times; not those that failed, nor those that the user requested."""
    absences: int = 0
    """Readings of the platform's own list that count and did not contain the post."""
    absent_at: datetime | None = None
    """When the last of them was made."""
    asked_at: datetime | None = None
    """When the user last requested a look-up."""
    is_asked: bool = False
    """The next look-up is that one."""
    refused_as_duplicate: bool = False
    """The platform refused a second try as a duplicate: the first may be live but not listed."""
    platform_post_id: str | None = None
    permalink: str | None = None
    error: RunError | None = None
    scheduled_time: datetime | None = None
    """When it should start; `started_at` minus this is its lateness. None: at once."""
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
        """A visible call began whose outcome is unknown."""
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
    external_id: str,
    now: datetime,
) -> Run:
    """Claim the run for one step. For the visible step the claim is also the intent."""
    return move(
        run,
        RunStatus.PROCESSING,
        step=step,
        lease_until=now + lease,
        lease_owner=owner,
        external_id=external_id,
        wake_at=now + lease + LEASE_MARGIN,
        next_attempt_at=None,
        started_at=run.started_at or now,
        attempt=run.attempt + mutates,
        intent_at=now if visible else None,
        visible_attempts=run.visible_attempts + visible,
    )


def proceed(run: Run, *, checkpoint: Mapping[str, Any], at: datetime, sent: bool = False) -> Run:
    """The step succeeded, and the next one follows at `at`.

    `sent`: the platform has the whole post and publishes it by itself; otherwise nothing that was
    sent so far is live or will be.
    """
    sent_at = run.intent_at or run.sent_at if sent else None
    return _wait(run, at, sent_at, checkpoint=checkpoint, failures=0, token_refreshes=0)


def back_off(run: Run, *, at: datetime, error: RunError) -> Run:
    """The step failed and nothing was published: repeat it at `at`."""
    return _wait(run, at, run.sent_at, failures=run.failures + 1, error=error)


def repeat_step(run: Run, *, at: datetime, renewed: bool) -> Run:
    """Repeat the step at `at`; `renewed`: with tokens that were renewed for it."""
    return _wait(run, at, run.sent_at, token_refreshes=run.token_refreshes + renewed)


def _wait(run: Run, at: datetime, sent_at: datetime | None, **changes: Any) -> Run:
    # It is known that nothing was published, so later tries need not consider this one.
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
        **RELEASED,
        **changes,
    )


RELEASED: Mapping[str, Any] = {"lease_until": None, "lease_owner": None}


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
    """The platform returned the post's address after its id was stored."""
    return move(run, RunStatus.SUCCEEDED, permalink=permalink)


def succeed_late(run: Run, *, platform_post_id: str, permalink: str | None, now: datetime) -> Run:
    """A publisher that counted as lost has published the post: a queued try is not needed."""
    if run.status is RunStatus.QUEUED:
        run = move(run, RunStatus.PROCESSING)
    return succeed(run, platform_post_id=platform_post_id, permalink=permalink, now=now)


def follow_late(run: Run, *, checkpoint: Mapping[str, Any], sent_at: datetime, at: datetime) -> Run:
    """A publisher that counted as lost has sent the post: a queued try is not needed.

    The platform publishes the post by itself, so at `at` only a read follows.
    """
    if run.status is RunStatus.FAILED:
        raise IllegalTransition(f"run {run.run_id}: {run.status} is followed by no late result")
    under_way = run.status is RunStatus.PROCESSING
    return move(
        run,
        RunStatus.PROCESSING if under_way else RunStatus.QUEUED,
        seq=run.seq + 1,
        checkpoint=checkpoint,
        intent_at=None,
        sent_at=sent_at,
        error=None,
        failures=0,
        token_refreshes=0,
        is_asked=False,
        next_attempt_at=at,
        wake_at=at + TASK_LOST_AFTER,
        finished_at=None,
        **RELEASED,
    )


def fail(run: Run, *, error: RunError, now: datetime) -> Run:
    """The post is not live and will not be unless the user acts."""
    return move(run, RunStatus.FAILED, error=error, **_ended(now))


def _ended(now: datetime) -> Mapping[str, Any]:
    return {
        **RELEASED,
        "intent_at": None,
        "sent_at": None,
        "next_attempt_at": None,
        "wake_at": None,
        "finished_at": now,
    }


def retry(run: Run, *, content: Content, now: datetime) -> Run:
    """The user retries a failed run: it starts over, with `content`.

    `not_after` no longer applies: a user who retries wants the post late rather than never. The
    run is due at once, so its lateness no longer counts from the schedule.
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
        absences=0,
        absent_at=None,
        asked_at=None,
        is_asked=False,
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
    """Its task was enqueued again: check it once more at `wake_at`."""
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
