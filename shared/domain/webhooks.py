"""Webhooks: the events, when a delivery is repeated, and when a webhook is switched off.

A failed delivery is repeated by its own schedule. A webhook whose deliveries all fail also waits as
a whole: then only one delivery at a time tries whether the receiver is back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.run import Run, RunStatus
from shared.domain.submission import Risk, Submission, SubmissionStatus

Wants = Mapping[str, Sequence[str]]
"""A user's webhooks that are on, by id, with the events that each of them wants."""

MOST_WEBHOOKS = 10
"""Of a user."""
AT_ONCE = 4
"""Requests to one webhook at the same time."""
AT_ONCE_FOR_USER = 16
"""Requests to all webhooks of a user at the same time."""
KEPT_FOR = timedelta(days=30)
"""How long a delivery is shown."""
OLD_SECRET_FOR = timedelta(hours=24)
"""How long the old secret also signs after a new one was made."""
FAILING_FOR = timedelta(days=5)
"""A webhook that has only failed for so long is switched off."""

# Between two tries of a delivery; from then on LATER, until LONGEST after the first.
_WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
)
_LATER = timedelta(hours=10)
_LONGEST = timedelta(hours=72)
# Of a webhook, after so many failures in a row.
_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=10)
# A failure that comes so long after the one before begins a new series.
_SERIES_ENDS_AFTER = timedelta(days=1)


class EventType(StrEnum):
    POST_PUBLISHED = "post.published"
    POST_PARTIALLY_FAILED = "post.partially_failed"
    POST_FAILED = "post.failed"
    POST_UNCONFIRMED = "post.unconfirmed"
    POST_AT_RISK = "post.at_risk"
    RUN_SUCCEEDED = "run.succeeded"
    RUN_FAILED = "run.failed"
    ACCOUNT_RECONNECT_REQUIRED = "account.reconnect_required"
    ACCOUNT_EXPIRING = "account.expiring"
    COMMENT_RECEIVED = "comment.received"


TEST_EVENT = "webhook.test"
"""Sent on request only; no webhook can ask for it."""
MEANINGS: Mapping[str, str] = {
    EventType.POST_PUBLISHED: "A post is live on all its platforms.",
    EventType.POST_PARTIALLY_FAILED: "A post is live on some platforms and failed on others.",
    EventType.POST_FAILED: "A post failed on all its platforms.",
    EventType.POST_UNCONFIRMED: "A platform's answer was lost, so the post may be live.",
    EventType.POST_AT_RISK: "A scheduled post will probably fail.",
    EventType.RUN_SUCCEEDED: "A post is live on one account.",
    EventType.RUN_FAILED: "A post failed on one account.",
    EventType.ACCOUNT_RECONNECT_REQUIRED: "An account must be reconnected.",
    EventType.ACCOUNT_EXPIRING: "The authorization of an account ends in 7 days.",
    EventType.COMMENT_RECEIVED: "There is a new comment or mention.",
    TEST_EVENT: "You asked for a test event.",
}
"""What each event tells."""
GONE = 410
"""The status of a receiver that wants no more events."""

_OF_POST = {
    SubmissionStatus.SUCCEEDED: EventType.POST_PUBLISHED,
    SubmissionStatus.PARTIALLY_FAILED: EventType.POST_PARTIALLY_FAILED,
    SubmissionStatus.FAILED: EventType.POST_FAILED,
    SubmissionStatus.UNCONFIRMED: EventType.POST_UNCONFIRMED,
}
_OF_RUN = {
    RunStatus.SUCCEEDED: EventType.RUN_SUCCEEDED,
    RunStatus.FAILED: EventType.RUN_FAILED,
}


def event_of_post(before: Submission, after: Submission) -> EventType | None:
    """What a change of a post means to others."""
    if before.status is not after.status:
        return _OF_POST.get(after.status)
    known = {target.target_id: _code(target.risk) for target in before.targets}
    found = {target.target_id: _code(target.risk) for target in after.targets}
    is_new = any(code and code != known.get(target_id) for target_id, code in found.items())
    return EventType.POST_AT_RISK if is_new else None


def event_of_run(before: Run | None, after: Run) -> EventType | None:
    """What a change of a run means to others; None before: it was just created."""
    if before is not None and before.status is after.status:
        return None
    return _OF_RUN.get(after.status)


def _code(risk: Risk | None) -> str | None:
    return risk.code if risk else None


def wanted_by(wants: Wants, event: str) -> list[str]:
    """The ids of the webhooks that want an event."""
    return [webhook_id for webhook_id, events in wants.items() if event in events]


def at_once(webhooks: int) -> int:
    """Requests to one webhook at the same time, if its user has so many that are on."""
    return min(AT_ONCE, AT_ONCE_FOR_USER // max(webhooks, 1))


def next_try(tries: int, first_due_at: datetime, now: datetime) -> datetime | None:
    """When a delivery that has failed `tries` times is tried again; None: not any more."""
    wait = _WAITS[tries - 1] if tries <= len(_WAITS) else _LATER
    return None if now + wait > first_due_at + _LONGEST else now + wait


class OffReason(StrEnum):
    """Why a webhook is switched off."""

    USER = "user"
    GONE = "gone"
    FAILING = "failing"


@dataclass(frozen=True)
class Health:
    """How the deliveries of a webhook go."""

    failures: int = 0
    """In a row."""
    failing_since: datetime | None = None
    last_failure_at: datetime | None = None
    paused_until: datetime | None = None

    @property
    def is_failing(self) -> bool:
        return self.failures > 0


def after_failure(health: Health, now: datetime) -> Health:
    last = health.last_failure_at
    is_series = last is not None and now - last <= _SERIES_ENDS_AFTER
    since = health.failing_since if is_series and health.failing_since else now
    failures = health.failures + 1
    pause = min(_FIRST_PAUSE * 2 ** min(failures - 1, 10), _LONGEST_PAUSE)
    return replace(
        health,
        failures=failures,
        failing_since=since,
        last_failure_at=now,
        paused_until=now + pause,
    )


def off_reason(health: Health, status: int | None, now: datetime) -> OffReason | None:
    """Why a failed webhook is switched off, None if it stays on. `status`: of the response."""
    if status == GONE:
        return OffReason.GONE
    since = health.failing_since
    return OffReason.FAILING if since is not None and now - since >= FAILING_FOR else None
