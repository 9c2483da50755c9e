"""Reading the numbers of an account's posts that are due, with as few requests as possible."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from shared import clock
from shared.accounts.acting import Access, act, calling
from shared.domain.errors import ErrorCategory
from shared.domain.gates import Gates, cannot_act
from shared.domain.metrics import next_pass, next_reading
from shared.domain.run import RunError
from shared.domain.subscription import denial
from shared.gcp import budgets
from shared.gcp.readings import (
    Collecting,
    Measured,
    NewReading,
    account_key,
    day_of,
    forget_days,
    next_due,
    note_followers,
    runs_to_read,
    save_readings,
)
from shared.platforms import registry
from shared.platforms.metrics import MeasuredPost, Metrics, Reader
from shared.wiring import Parts

MOST_POSTS = 500
"""Of one task, whose time is limited; the others follow in the next one."""
# Of an account that is gone, in one query and commit.
_MOST_FORGOTTEN = 200
_DAY = timedelta(days=1)


class Pause(Exception):
    """Nothing more can be read before `until`."""

    def __init__(self, reason: str, until: datetime) -> None:
        super().__init__(reason)
        self.until = until


@dataclass(frozen=True)
class Done:
    """What a task did; `collecting` is None when no post is left whose numbers will be read."""

    result: str
    collecting: Collecting | None


def collect_numbers(stored: Collecting, parts: Parts) -> Done:
    """Read the numbers of the posts that are due.

    Raises Blocked, MustRepeat, Pause, PlatformError, PreconditionFailed, StoreUnavailable.
    """
    job = registry.metrics(stored.platform)
    if job is None:
        return Done("the platform gives no numbers", None)
    now = clock.now()
    due = runs_to_read(parts.db, stored, MOST_POSTS, until=now)
    _read_no_more(stored, [each for each in due if not each.is_live], parts)
    live = [each for each in due if each.is_live]
    reading = _Readings(stored, job, parts)
    after = stored
    if live:
        after = act(stored, parts, partial(reading.take, live), gate=_gate, may_renew=True)
    if job.kept_for is not None:
        forget_days(parts.db, stored, now - job.kept_for, _MOST_FORGOTTEN)
    due_at = next_due(parts.db, stored)
    if due_at is None:
        return Done("no post is left to read", None)
    return Done(f"read {len(live)} posts", replace(after, due_at=due_at))


def forget_account(stored: Collecting, parts: Parts) -> None:
    """The account is not connected any more: read nothing, and keep nothing that must not be kept.

    Raises PreconditionFailed, StoreUnavailable.
    """
    job = registry.metrics(stored.platform)
    now = clock.now()
    forgets_before = now if job and job.kept_for is not None else None
    while page := runs_to_read(parts.db, stored, _MOST_FORGOTTEN):
        readings = [NewReading(each, None, None, forgets_before) for each in page]
        save_readings(parts.db, stored, readings, now)
    if forgets_before is not None:
        forget_days(parts.db, stored, now + _DAY, _MOST_FORGOTTEN)


def forget_what_is_too_old(stored: Collecting, parts: Parts) -> None:
    """Nothing can be read now: remove what the platform does not let be kept any longer.

    Raises PreconditionFailed, StoreUnavailable.
    """
    job = registry.metrics(stored.platform)
    if job is None or job.kept_for is None:
        return
    now = clock.now()
    before = now - job.kept_for
    due = runs_to_read(parts.db, stored, MOST_POSTS, until=now)
    old = [each for each in due if any(reading.at < before for reading in each.series)]
    # They stay due, and are read as soon as that is possible.
    readings = [NewReading(each, None, each.due_at, before) for each in old]
    save_readings(parts.db, stored, readings, now)
    forget_days(parts.db, stored, before, _MOST_FORGOTTEN)


def _read_no_more(stored: Collecting, runs: Sequence[Measured], parts: Parts) -> None:
    readings = [NewReading(each, None, None) for each in runs]
    save_readings(parts.db, stored, readings, clock.now())


def _gate(gates: Gates) -> RunError | None:
    """Nothing is read without a subscription, or for an account that must be reconnected."""
    if gates.account is None:
        return None
    denied = denial(gates.subscription, gates.billing, clock.now())
    if denied is None:
        return cannot_act(gates.account, gates)
    category = ErrorCategory.SUBSCRIPTION_INACTIVE
    return RunError(category, category.value, denied.reason, retryable=True)


@dataclass(frozen=True)
class _Readings:
    """The readings of one task."""

    stored: Collecting
    job: Metrics
    parts: Parts

    def take(self, due: Sequence[Measured], access: Access) -> Collecting:
        """Read and store the numbers of `due`, one batch after the other."""
        reader = Reader(access.account, access.credential.tokens.access_token)
        missing = set(self.job.scopes) & set(access.account.missing_scopes)
        if missing:
            raise Pause(f"the permission {min(missing)} is missing", self._tomorrow())
        is_offered = self.job.refusal(access.account) is None
        wanted = [
            each for each in due if is_offered and self.job.offered(access.account, each.content)
        ]
        _read_no_more(self.stored, [each for each in due if each not in wanted], self.parts)
        size = self.job.posts_per_call
        for start in range(0, len(wanted), size):
            self._take_batch(wanted[start : start + size], reader)
        return self._count_followers(reader) if wanted else self.stored

    def _take_batch(self, batch: Sequence[Measured], reader: Reader) -> None:
        posts = [_post_of(each) for each in batch]
        self._spend(self.job.cost(posts))
        with calling(self.stored.platform, self.parts, "reading numbers") as http:
            read = self.job.read(posts, reader, http)
        now = clock.now()
        before = None if self.job.kept_for is None else now - self.job.kept_for
        readings = [
            NewReading(each, read.get(post.platform_post_id), self._next(post, now), before)
            for each, post in zip(batch, posts, strict=True)
        ]
        save_readings(self.parts.db, self.stored, readings, now)

    def _next(self, post: MeasuredPost, now: datetime) -> datetime | None:
        lives_for, kept_for = self.job.lives_for(post.content), self.job.kept_for
        at = next_reading(account_key(self.stored), post.published_at, now, lives_for)
        if at is None and kept_for is not None and lives_for is None:
            # Numbers that are read again may be kept.
            return next_pass(account_key(self.stored), now + kept_for - 2 * _DAY, _DAY)
        return at

    def _count_followers(self, reader: Reader) -> Collecting:
        """Once a day, beside the numbers of posts."""
        now = clock.now()
        today = day_of(now)
        if not self.job.counts_followers or self.stored.followers_on == today:
            return self.stored
        self._spend(1)
        with calling(self.stored.platform, self.parts, "counting followers") as http:
            followers = self.job.followers(reader, http)
        if followers is not None:
            note_followers(self.parts.db, self.stored, followers, now)
        return replace(self.stored, followers_on=today)

    def _spend(self, cost: int) -> None:
        """Raises Pause when the day's budget does not allow it."""
        budgets_set = self.parts.settings.collect_budgets
        budget = budgets_set.get(self.stored.platform, self.job.daily_budget)
        if budget is None or not cost:
            return
        db, platform, now = self.parts.db, self.stored.platform, clock.now()
        if budget == 0 or budgets.spent(db, platform, now) + cost > budget:
            raise Pause("the budget of the day is used up", self._tomorrow())
        budgets.spend(db, platform, cost, now)

    def _tomorrow(self) -> datetime:
        return next_pass(account_key(self.stored), clock.now(), _DAY)


def _post_of(measured: Measured) -> MeasuredPost:
    run = measured.run
    assert run.platform_post_id is not None and run.finished_at is not None
    return MeasuredPost(run.platform_post_id, run.finished_at, run.content)
