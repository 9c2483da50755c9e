"""A submission: one accepted request to publish.

draft ──> queued ──> orchestrating ──> dispatched ──> succeeded | partially_failed
  │         │ └────> draft (unschedule)                | failed | unconfirmed
  └─────────┴─────> canceled
ended ──> dispatched (retry, or a run that was proven absent), or to another end when an
unconfirmed run is resolved
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.domain.content import Content
from shared.domain.media import MediaAsset
from shared.domain.run import ENDED, TASK_LOST_AFTER, Deletion, RunError, RunStatus, is_deleted

# Cloud Tasks accepts at most 30 days ahead, and a task cannot be edited: only posts due within this
# time have a task, the others wait in Firestore.
TASK_HORIZON = timedelta(hours=1)
LONGEST_SWEEP = timedelta(hours=1)


class SubmissionStatus(StrEnum):
    DRAFT = "draft"
    QUEUED = "queued"
    ORCHESTRATING = "orchestrating"
    DISPATCHED = "dispatched"
    SUCCEEDED = "succeeded"
    PARTIALLY_FAILED = "partially_failed"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    CANCELED = "canceled"


_S = SubmissionStatus
_FINAL = frozenset({_S.SUCCEEDED, _S.PARTIALLY_FAILED, _S.FAILED, _S.UNCONFIRMED})
_REVIVED = _FINAL | {_S.DISPATCHED}

TRANSITIONS: Mapping[SubmissionStatus, frozenset[SubmissionStatus]] = {
    _S.DRAFT: frozenset({_S.QUEUED, _S.CANCELED}),
    _S.QUEUED: frozenset({_S.ORCHESTRATING, _S.DRAFT, _S.CANCELED}),
    _S.ORCHESTRATING: frozenset({_S.DISPATCHED}) | _FINAL,
    _S.DISPATCHED: _FINAL,
    _S.SUCCEEDED: _REVIVED,
    _S.PARTIALLY_FAILED: _REVIVED,
    _S.FAILED: _REVIVED,
    _S.UNCONFIRMED: _REVIVED,
    _S.CANCELED: frozenset(),
}
ENDED_STATUSES = _FINAL | {_S.CANCELED}


class IllegalTransition(Exception):
    """A bug of ours: the table has no such edge."""


@dataclass(frozen=True)
class Risk:
    """Why a scheduled post will probably fail on a target, while there is time to do something."""

    code: str
    message: str
    found_at: datetime


@dataclass(frozen=True)
class Target:
    """One account on one platform that the submission goes to."""

    platform: str
    account_id: str
    run_id: str
    content: Content
    has_own_text: bool = False
    """The request gave it its own text, which stays when the post's text is edited."""
    risk: Risk | None = None
    """Of a post that has not started."""

    @property
    def target_id(self) -> str:
        return f"{self.platform}:{self.account_id}"


@dataclass(frozen=True)
class RunSummary:
    """A run as its submission stores it, so that a page of the history reads no runs."""

    platform: str
    account_id: str
    status: RunStatus
    queued_at: datetime
    scheduled_time: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    next_attempt_at: datetime | None = None
    """Only of a run that waits after a failure: a write for each poll would cost too much."""
    platform_post_id: str | None = None
    permalink: str | None = None
    error: RunError | None = None
    deletion: Deletion | None = None


@dataclass(frozen=True)
class Submission:
    """`postSubmissions/{submission_id}`."""

    submission_id: str
    user_id: str
    mode: str
    request: Mapping[str, Any]
    """The body of the request."""
    request_id: str
    targets: tuple[Target, ...]
    status: SubmissionStatus
    created_at: datetime
    updated_at: datetime
    key_hash: str | None = None
    text: str | None = None
    media: tuple[MediaAsset, ...] = ()
    """The media of all targets, in this order."""
    scheduled_time: datetime | None = None
    not_after: datetime | None = None
    generation: int = 1
    runs: Mapping[str, RunSummary] | None = None
    remaining: int = 0
    """How many runs have not ended."""
    wake_at: datetime | None = None
    sweeps: int = 0
    write_id: str = ""
    version: int = 0
    """Increases with each final status and each new risk, so that others can order what they hear
    about the post."""
    dispatch_failed_at: datetime | None = None
    """When enqueueing the task failed; sending the same request again enqueues it."""
    deleted_at: datetime | None = None
    """When it was deleted from the last of the platforms that it was live on."""

    @property
    def is_scheduled(self) -> bool:
        """It waits for its time, and can still be changed."""
        return self.status is _S.QUEUED and self.scheduled_time is not None

    def final_status(self) -> SubmissionStatus | None:
        """The final status that its runs give it; None while one has not ended."""
        return roll_up(run.status for run in (self.runs or {}).values())

    def is_deleted_everywhere(self) -> bool:
        """It was live, and nothing that is or may be live is left."""
        may_be_live = (RunStatus.SUCCEEDED, RunStatus.UNCONFIRMED)
        live = [run for run in (self.runs or {}).values() if run.status in may_be_live]
        return bool(live) and all(is_deleted(run.deletion) for run in live)

    @property
    def media_ids(self) -> frozenset[str]:
        """The files that the post needs; none once it was deleted from its platforms."""
        if self.deleted_at is not None:
            return frozenset()
        targets = (asset for target in self.targets for asset in target.content.media)
        return frozenset(asset.media_id for asset in (*self.media, *targets))

    def own_text(self, target: Target) -> str | None:
        """The text of a target, if it differs from the submission's."""
        return None if target.content.text == (self.text or "") else target.content.text

    def own_media(self, target: Target) -> tuple[MediaAsset, ...] | None:
        """The media of a target, if they differ from the submission's."""
        return None if target.content.media == self.media else target.content.media


def move(submission: Submission, status: SubmissionStatus, **changes: Any) -> Submission:
    """Apply one edge of the table."""
    if status is not submission.status and status not in TRANSITIONS[submission.status]:
        raise IllegalTransition(
            f"submission {submission.submission_id}: {submission.status} -> {status}"
        )
    return replace(submission, status=status, **changes)


def first_wake(scheduled_time: datetime | None, now: datetime) -> datetime:
    """When an accepted submission must be checked, if nothing happens before."""
    if scheduled_time and not is_due_soon(scheduled_time, now):
        return scheduled_time - TASK_HORIZON
    return max(scheduled_time or now, now) + TASK_LOST_AFTER


def is_due_soon(scheduled_time: datetime | None, now: datetime) -> bool:
    """Whether the submission's time is near enough for a task."""
    return scheduled_time is None or scheduled_time - now <= TASK_HORIZON


def next_sweep(due: datetime, sweeps: int, now: datetime) -> datetime:
    """When to check again what is due at `due` and enqueued now: doubling, up to an hour."""
    wait = min(TASK_LOST_AFTER * (1 << min(sweeps, 10)), LONGEST_SWEEP)
    return max(due, now) + wait


def roll_up(statuses: Iterable[RunStatus]) -> SubmissionStatus | None:
    """The final status that ended runs give; None while one has not ended."""
    ends = set(statuses)
    if not ends or not ends <= ENDED:
        return None
    if RunStatus.UNCONFIRMED in ends:
        return SubmissionStatus.UNCONFIRMED
    if ends == {RunStatus.SUCCEEDED}:
        return SubmissionStatus.SUCCEEDED
    if RunStatus.SUCCEEDED not in ends:
        return SubmissionStatus.FAILED
    return SubmissionStatus.PARTIALLY_FAILED


def settle(submission: Submission, now: datetime) -> Submission | None:
    """The submission with its final status; None when there is nothing to write."""
    if submission.status in (_S.DRAFT, _S.QUEUED, _S.ORCHESTRATING, _S.CANCELED):
        return None
    final = submission.final_status()
    if final is None:
        return None
    deleted_at = (submission.deleted_at or now) if submission.is_deleted_everywhere() else None
    settled = move(submission, final, wake_at=None, sweeps=0, deleted_at=deleted_at)
    return None if settled == submission else replace(settled, updated_at=now)


def display_status(submission: Submission) -> str:
    """The status as the pages show it.

    A post is `scheduled` until it starts, even after its time: until then it can be changed.
    """
    match submission.status:
        case _S.QUEUED if submission.is_scheduled:
            return "scheduled"
        case _S.QUEUED | _S.ORCHESTRATING | _S.DISPATCHED:
            return "publishing"
        case _S.SUCCEEDED:
            return "published"
        case status:
            return status.value


def run_ids(targets: list[tuple[str, str]]) -> list[str]:
    """`{platform}` for a platform's only target, `{platform}:{account_id}` for each of several."""
    platforms = [platform for platform, _ in targets]
    return [
        platform if platforms.count(platform) == 1 else f"{platform}:{account_id}"
        for platform, account_id in targets
    ]
