"""Reading the numbers of an account's posts that are due, with as few requests as possible."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared import clock
from shared.accounts.acting import Access, act, calling
from shared.domain.accounts import Account
from shared.domain.errors import ErrorCategory, PlatformUnavailable, ReadRefused
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
    pages_to_read,
    runs_to_read,
    save_readings,
)
from shared.platforms import registry
from shared.platforms.http import ClaimLimits
from shared.platforms.metrics import MeasuredPost, Metrics, Reader
from shared.wiring import Parts

MOST_POSTS = 500
"""Of one task, whose time is limited; the others follow in the next one."""
# In one query and commit.
_MOST_FORGOTTEN = 200
# A task begins no call after this time, so that it ends before the sweeper enqueues another one.
# The function itself may take 9 minutes, and one call of a platform's job is many requests at most.
_LONGEST = timedelta(seconds=75)
_LONGEST_CALL = timedelta(minutes=5)
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
    reading = _Readings(stored, job, parts)
    # Also when no post is due: whoever disconnects an account has this find out.
    after = act(stored, parts, reading.take, gate=_gate, may_renew=True)
    due_at = next_due(parts.db, stored)
    if job.kept_for is not None:
        # Without a next time, nothing would remove what is left.
        now = clock.now()
        forget_days(parts.db, stored, now if due_at is None else due_at - job.kept_for)
    if due_at is None:
        return Done("no post is left to read", None)
    return Done("read what was due", replace(after, due_at=due_at))


def forget_account(stored: Collecting, parts: Parts) -> None:
    """The account is not connected any more: keep nothing that must not be kept.

    Its posts stay due, and are read again if it is connected again. Raises PreconditionFailed,
    StoreUnavailable.
    """
    _forget(stored, parts, clock.now(), None)


def forget_what_is_too_old(stored: Collecting, parts: Parts, until: datetime) -> None:
    """Nothing can be read before `until`: remove what the platform does not let be kept so long.

    Raises PreconditionFailed, StoreUnavailable.
    """
    job = registry.metrics(stored.platform)
    if job is not None and job.kept_for is not None:
        _forget(stored, parts, until - job.kept_for, until)


def _forget(stored: Collecting, parts: Parts, before: datetime, until: datetime | None) -> None:
    """Remove readings before a time of the posts that are due by `until`; None: of all posts."""
    job = registry.metrics(stored.platform)
    if job is None or job.kept_for is None:
        return
    for page in pages_to_read(parts.db, stored, _MOST_FORGOTTEN, until=until):
        old = [each for each in page if any(reading.at < before for reading in each.readings)]
        readings = [NewReading(each, None, each.due_at, before) for each in old]
        save_readings(parts.db, stored, readings, clock.now())
    forget_days(parts.db, stored, before)


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

    def take(self, access: Access) -> Collecting:
        """Read and store the numbers of the posts that are due, one batch after the other."""
        account = access.account
        missing = set(self.job.scopes) & set(account.missing_scopes)
        if missing:
            raise Pause(f"the permission {min(missing)} is missing", self._tomorrow())
        if self._budget == 0:
            raise Pause("the numbers of the platform are off", self._tomorrow())
        reader = Reader(account, access.credential.tokens.access_token)
        wanted: list[Measured] = []
        unwanted: list[Measured] = []
        for each in runs_to_read(self.parts.db, self.stored, MOST_POSTS, until=clock.now()):
            (wanted if self._is_wanted(each, account) else unwanted).append(each)
        self._read_no_more(unwanted)
        if self._take_all(wanted, reader) and wanted:
            return self._count_followers(reader)
        return self.stored

    def _is_wanted(self, measured: Measured, account: Account) -> bool:
        return (
            measured.is_live
            and self.job.refusal(account) is None
            and bool(self.job.offered(account, measured.content))
        )

    def _read_no_more(self, runs: Sequence[Measured]) -> None:
        now = clock.now()
        forgets_before = None if self.job.kept_for is None else now
        readings = [NewReading(each, None, None, forgets_before) for each in runs]
        save_readings(self.parts.db, self.stored, readings, now)

    def _take_all(self, wanted: Sequence[Measured], reader: Reader) -> bool:
        """Whether everything was read; otherwise the next task continues."""
        until, most = clock.now() + _LONGEST, self.job.posts_per_call
        # One post may be why a call failed: fewer posts find it out.
        size = max(1, most >> self.stored.failures)
        while wanted:
            if clock.now() > until:
                return False
            batch = self._affordable(wanted[:size])
            wanted = wanted[len(batch) :]
            try:
                self._take_batch(batch, reader)
            except (PlatformUnavailable, ReadRefused):
                if wanted:
                    self._put_behind(batch)
                raise
            size = min(2 * size, most)
        return True

    def _put_behind(self, batch: Sequence[Measured]) -> None:
        """The next task begins with other posts, in case only these cannot be read."""
        now = clock.now()
        save_readings(
            self.parts.db, self.stored, [NewReading(each, None, now) for each in batch], now
        )

    def _take_batch(self, batch: Sequence[Measured], reader: Reader) -> None:
        posts = [_post_of(each) for each in batch]
        limits = ClaimLimits(lease_until=clock.now() + _LONGEST_CALL)
        with calling(self.stored.platform, self.parts, "reading numbers", limits=limits) as http:
            read = self.job.read(posts, reader, http)
        now = clock.now()
        readings = []
        for each, post in zip(batch, posts, strict=True):
            next_at = self._next(post, now)
            kept_for = self.job.kept_for
            # What would be too old when the post is read next.
            before = None if kept_for is None else (next_at or now) - kept_for
            readings.append(NewReading(each, read.get(post.platform_post_id), next_at, before))
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
        self._spend(1, self._left())
        with calling(self.stored.platform, self.parts, "counting followers") as http:
            followers = self.job.followers(reader, http)
        if followers is not None:
            note_followers(self.parts.db, self.stored, followers, now)
        return replace(self.stored, followers_on=today)

    @property
    def _budget(self) -> int | None:
        budgets_set = self.parts.settings.collect_budgets
        return budgets_set.get(self.stored.platform, self.job.daily_budget)

    def _affordable(self, batch: Sequence[Measured]) -> Sequence[Measured]:
        """The posts that the day's budget allows; their cost is spent. Raises Pause."""
        posts = [_post_of(each) for each in batch]
        left = self._left()
        while left is not None and len(posts) > 1 and self.job.cost(posts) > left:
            posts.pop()
        self._spend(self.job.cost(posts), left)
        return batch[: len(posts)]

    def _left(self) -> int | None:
        """What is left of the day's budget; None: there is none."""
        if self._budget is None:
            return None
        return self._budget - budgets.spent(self.parts.db, self.stored.platform, clock.now())

    def _spend(self, cost: int, left: int | None) -> None:
        """Raises Pause when it is more than what is left."""
        if left is None or not cost:
            return
        if cost > left:
            raise Pause("the budget of the day is used up", self._tomorrow())
        budgets.spend(self.parts.db, self.stored.platform, cost, clock.now())

    def _tomorrow(self) -> datetime:
        return next_pass(account_key(self.stored), clock.now(), _DAY)


def _post_of(measured: Measured) -> MeasuredPost:
    run = measured.run
    assert run.platform_post_id is not None and run.finished_at is not None
    return MeasuredPost(run.platform_post_id, run.finished_at, run.content)
