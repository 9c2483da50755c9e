"""Reading the numbers of an account's posts that are due, with as few requests as possible."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from functions.collector.spending import (
    DAY,
    LONGEST,
    LONGEST_CALL,
    Budget,
    Done,
    Job,
    Pause,
    Progress,
)
from shared import clock
from shared.accounts.acting import Access, act, calling
from shared.domain.accounts import Account
from shared.domain.errors import PlatformUnavailable, ReadRefused
from shared.domain.gates import refusal_to_act
from shared.domain.metrics import next_pass, next_reading
from shared.gcp.collecting import Collecting, account_key
from shared.gcp.readings import (
    Measured,
    NewReading,
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


def _collect(progress: Progress, parts: Parts) -> Done:
    """Read the numbers of the posts that are due."""
    stored = progress.collecting
    job = registry.metrics(stored.platform)
    if job is None:
        return Done("the platform gives no numbers", None)
    reading = _Readings(stored, job, parts)
    # Also when no post is due: whoever disconnects an account has this find out.
    after = act(
        stored,
        parts,
        reading.take,
        gate=lambda gates: refusal_to_act(stored, gates, clock.now()),
        may_renew=True,
    )
    due_at = next_due(parts.db, stored)
    if job.kept_for is not None:
        # Without a next time, nothing would remove what is left.
        now = clock.now()
        forget_days(parts.db, stored, now if due_at is None else due_at - job.kept_for)
    if due_at is None:
        return Done("no post is left to read", None)
    return Done("read what was due", replace(after, due_at=due_at))


def _forget_account(stored: Collecting, parts: Parts) -> None:
    """Its posts stay due, and are read again if it is connected again."""
    _forget(stored, parts, clock.now(), None)


def _forget_what_is_too_old(stored: Collecting, parts: Parts, until: datetime) -> None:
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
            raise Pause(f"the permission {min(missing)} is missing", self._budget.tomorrow())
        self._budget.require_any("the numbers of the platform")
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
        until, most = clock.now() + LONGEST, self.job.posts_per_call
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
        limits = ClaimLimits(lease_until=clock.now() + LONGEST_CALL)
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
            return next_pass(account_key(self.stored), now + kept_for - 2 * DAY, DAY)
        return at

    def _count_followers(self, reader: Reader) -> Collecting:
        """Once a day, beside the numbers of posts."""
        now = clock.now()
        today = day_of(now)
        if not self.job.counts_followers or self.stored.memory.get("followersOn") == today:
            return self.stored
        self._budget.spend(1, self._budget.left())
        with calling(self.stored.platform, self.parts, "counting followers") as http:
            followers = self.job.followers(reader, http)
        if followers is not None:
            note_followers(self.parts.db, self.stored, followers, now)
        return replace(self.stored, memory={"followersOn": today})

    @property
    def _budget(self) -> Budget:
        return Budget(self.stored, self.job.daily_budget, self.parts)

    def _affordable(self, batch: Sequence[Measured]) -> Sequence[Measured]:
        """The posts that the day's budget allows; their cost is spent. Raises Pause."""
        posts = [_post_of(each) for each in batch]
        left = self._budget.left()
        while left is not None and len(posts) > 1 and self.job.cost(posts) > left:
            posts.pop()
        self._budget.spend(self.job.cost(posts), left)
        return batch[: len(posts)]


def _post_of(measured: Measured) -> MeasuredPost:
    run = measured.run
    assert run.platform_post_id is not None and run.finished_at is not None
    return MeasuredPost(run.platform_post_id, run.finished_at, run.content)


NUMBERS = Job(_collect, _forget_account, _forget_what_is_too_old)
