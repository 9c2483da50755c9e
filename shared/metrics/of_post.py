"""The numbers of one post on each of its accounts, and reading them again on request."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from shared import clock
from shared.domain.accounts import Account
from shared.domain.errors import ApiError, ErrorCode
from shared.domain.metrics import Numbers, Reading, totals
from shared.domain.submission import Submission
from shared.gcp.accounts import account_from, account_path
from shared.gcp.collecting import METRICS, Collecting
from shared.gcp.firestore import commit, query_all, read_all
from shared.gcp.messages import Batch
from shared.gcp.readings import Measured, ask_for, measured_from
from shared.gcp.runs import submission_path
from shared.platforms import registry
from shared.posts.dispatch import dispatch
from shared.web.envelope import time_text
from shared.wiring import Parts

ASKED_EVERY = timedelta(minutes=15)
"""How often a user can have the numbers of a post read again."""


class Availability(StrEnum):
    """Whether there are numbers of a post on an account."""

    AVAILABLE = "available"
    PENDING = "pending"
    """They were not read yet, or the platform has none yet."""
    NOT_OFFERED = "not_offered"
    """The platform gives none for this post."""
    PERMISSION_MISSING = "permission_missing"
    """The account was connected without the permission to read them."""
    OFF = "off"
    """The operator has not turned them on."""


@dataclass(frozen=True)
class OnAccount:
    """The numbers of a post on one account."""

    measured: Measured
    availability: Availability
    message: str | None
    """Why there are none, as a sentence."""
    next_at: datetime | None
    """When they are read next; None while nobody reads them."""

    @property
    def latest(self) -> Reading | None:
        return self.measured.latest


def read(submission: Submission, parts: Parts) -> list[OnAccount]:
    """The numbers of a post on each account where it is live. Raises StoreUnavailable."""
    found = _live(submission.submission_id, parts)
    paths = [account_path(m.run.user_id, m.run.platform, m.run.account_id) for m in found]
    snapshots = read_all(parts.db, paths) if paths else {}
    return [
        _on_account(each, account_from(snapshots[path], submission.user_id), parts)
        for each, path in zip(found, paths, strict=True)
    ]


def as_json(submission: Submission, read_now: Sequence[OnAccount]) -> dict[str, Any]:
    """The numbers of a post as the API shows them."""
    latest = [each.latest.numbers for each in read_now if each.latest]
    return {
        "postSubmissionId": submission.submission_id,
        "totals": named(totals(latest)),
        "platforms": [_account_json(each) for each in read_now],
    }


def named(numbers: Numbers) -> dict[str, int | None]:
    """Numbers as JSON, in the order of their names."""
    return {name.value: value for name, value in numbers.items()}


def refresh(submission: Submission, parts: Parts) -> None:
    """Have the numbers of a post read again now. Raises ApiError, StoreUnavailable."""
    now = clock.now()
    found = _live(submission.submission_id, parts)
    if not found:
        message = "This post is not live on any platform, so it has no numbers."
        raise ApiError(ErrorCode.INVALID_STATE, message)
    wait = wait_of(found, now)
    if wait > timedelta(0):
        seconds = int(wait.total_seconds()) + 1
        message = f"The numbers of this post were read recently. Try again in {seconds} s."
        raise ApiError(ErrorCode.INVALID_STATE, message)
    ready = [each for each in found if _wait(each, now) <= timedelta(0)]
    batch = Batch(parts.db)
    for each in ready:
        ask_for(batch, parts.db, each, now)
    # Asked again, it asks for the same.
    commit(batch, landed=lambda: False)
    for each in ready:
        run = each.run
        work = Collecting(run.user_id, run.platform, run.account_id, METRICS, now)
        dispatch(partial(parts.queues.dispatch_collection, work))


def wait_of(found: Iterable[Measured], now: datetime) -> timedelta:
    """How long to wait before some of the numbers can be asked for again; at most 0: not at all."""
    return min(_wait(each, now) for each in found)


def _wait(measured: Measured, now: datetime) -> timedelta:
    """How long to wait before the numbers can be asked for again."""
    last = max(
        (each for each in (measured.asked_at, measured.latest and measured.latest.at) if each),
        default=None,
    )
    return timedelta(0) if last is None else last + ASKED_EVERY - now


def _live(submission_id: str, parts: Parts) -> list[Measured]:
    runs = query_all(parts.db.collection(f"{submission_path(submission_id)}/runs"))
    found = [measured for snapshot in runs if (measured := measured_from(snapshot))]
    return [each for each in found if each.is_live and each.run.mode != "test"]


def _on_account(measured: Measured, account: Account | None, parts: Parts) -> OnAccount:
    availability, message = _availability(measured, account, parts)
    if measured.latest is not None:
        availability = Availability.AVAILABLE
    return OnAccount(measured, availability, message, measured.due_at if account else None)


def _availability(
    measured: Measured, account: Account | None, parts: Parts
) -> tuple[Availability, str | None]:
    platform = measured.run.platform
    name, job = registry.display_name(platform), registry.metrics(platform)
    if silence := silence_of(platform, parts):
        return silence
    assert job is not None, platform
    if account is None:
        return Availability.PENDING, "The account is no longer connected, so nothing is read."
    if refusal := job.refusal(account):
        return Availability.NOT_OFFERED, refusal
    if not job.offered(account, measured.content):
        return Availability.NOT_OFFERED, f"{name} gives no numbers of such a post."
    if missing := sorted(set(job.scopes) & set(account.missing_scopes)):
        message = f"The permission {missing[0]} is missing. Reconnect the account, and allow it."
        return Availability.PERMISSION_MISSING, message
    return Availability.PENDING, None


def silence_of(platform: str, parts: Parts) -> tuple[Availability, str] | None:
    """Why there are no numbers of a platform at all, as a sentence; None if there are."""
    name, job = registry.display_name(platform), registry.metrics(platform)
    if job is None:
        return Availability.NOT_OFFERED, f"{name} gives no numbers of posts."
    if parts.settings.collect_budgets.get(platform, job.daily_budget) == 0:
        return Availability.OFF, f"The operator has not turned on the numbers of {name}."
    return None


def _account_json(shown: OnAccount) -> dict[str, Any]:
    measured, latest = shown.measured, shown.latest
    run = measured.run
    return {
        "platform": run.platform,
        "accountId": run.account_id,
        "runId": run.run_id,
        "status": shown.availability.value,
        "message": shown.message,
        "readAt": time_text(latest.at) if latest else None,
        "nextReadAt": time_text(shown.next_at) if shown.next_at else None,
        "metrics": named(latest.numbers) if latest else {},
        "series": [
            {"readAt": time_text(each.at), "metrics": named(each.numbers)}
            for each in measured.series
        ],
    }
