"""Reading the comments on an account's posts and its mentions, with as few requests as possible.

A pass surveys which lists have changed and then reads those. What is left of it, for example after
1,000 comments at once or when the platform wants us to wait, is remembered, and the next task
continues. A pass that is repeated finds the items that it has stored: none comes twice.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.collector.asked import Answering, Requests
from functions.collector.found import ItemStore, Listing
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
from functions.collector.unread import Unread, planned
from shared import clock, logs
from shared.accounts.acting import Access, act, calling
from shared.domain.accounts import Account
from shared.domain.errors import ErrorCategory, PlatformUnavailable, ReadRefused
from shared.domain.gates import Gates, refusal_to_act
from shared.domain.run import RunError
from shared.gcp.accounts import note_missing_scopes
from shared.gcp.collecting import Collecting, seconds_of
from shared.gcp.inbox import forget_items
from shared.gcp.readings import runs_to_read
from shared.platforms import registry
from shared.platforms.comments import Comments, Source, Survey, Watch, WatchedPost
from shared.platforms.http import ClaimLimits
from shared.platforms.metrics import Reader
from shared.wiring import Parts

log = logs.logger("collector")

MOST_WATCHED = 200
"""Posts whose comments are read, the newest ones; their ids are in one document."""
WATCHED_FOR = timedelta(days=90)
_MOST_BEFORE = 500
"""Posts that are looked at when an account is connected again."""
BUSY_FOR = timedelta(days=7)
"""With a post younger than this, an account is read as often as the platform allows."""
SWEEP_EVERY = timedelta(hours=1)
MOST_ITEMS = 2000
"""Of one task, whose time is limited; the others follow in the next one."""
MOST_FAILURES = 3
"""Lists of one task that the platform does not show although it answers."""
MOST_PAGES = 500
"""Of one list. A platform that always names a next page must not keep us busy for ever."""


def _collect(progress: Progress, parts: Parts) -> Done:
    """Do what was asked, and read what is new if a pass is due."""
    stored = progress.collecting
    job = registry.comments(stored.platform)
    if job is None:
        return Done("the platform shows no comments", None)
    reading = _Pass(progress, job, parts)

    def refuse(gates: Gates) -> RunError | None:
        reading.hear(gates)
        return refusal_to_act(stored, gates, clock.now())

    refusal = act(stored, parts, reading.take, gate=refuse, may_renew=True)
    if refusal is not None:
        return Done(refusal, None)
    after = replace(progress.collecting, due_at=reading.next_at())
    return Done(reading.result, after, reading.is_pass)


@dataclass
class _Memory:
    """What a pass leaves for the next one. Times are in seconds."""

    watched: dict[str, int] = field(default_factory=dict)
    """When each post that is watched was published."""
    position: dict[str, str | int] = field(default_factory=dict)
    left: list[Unread] = field(default_factory=list)
    """Lists that are still to be read."""
    complete_until: int = 0
    """The end of the last pass that was read to its end: what was found before is known."""
    refused: dict[str, int] = field(default_factory=dict)
    """Kinds of lists that need a permission which is missing, and until when none is asked for."""
    swept_at: int = 0
    next_at: int = 0
    """When the next pass is due."""
    tries: dict[str, int] = field(default_factory=dict)
    """How often what was asked of an item has failed."""
    retry_at: int = 0
    """When it is tried again."""

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> "_Memory":
        return cls(**{**fields, "left": list(map(Unread.of, fields.get("left", ())))})


class _Pass:
    """A task of the job."""

    def __init__(self, progress: Progress, job: Comments, parts: Parts) -> None:
        self._progress = progress
        self._stored = progress.collecting
        self._job = job
        self._parts = parts
        self._memory = _Memory.of(self._stored.memory)
        self._until = clock.now() + LONGEST
        self._store = ItemStore(self._stored, job.kept, parts)
        self.is_pass = False

    @property
    def result(self) -> str:
        return "read what was new" if self.is_pass else "did what was asked"

    def hear(self, gates: Gates) -> None:
        """Keep what the gates say about webhooks."""
        self._store.wants = gates.subscription.webhook_events

    def next_at(self) -> datetime:
        """When the next task is due."""
        memory, now = self._memory, clock.now()
        is_interrupted = any(not unread.failed_at for unread in memory.left)
        pass_at = now if is_interrupted else _moment(memory.next_at)
        waits_until = self._stored.waits_until
        if waits_until is not None and not self.is_pass:
            pass_at = max(pass_at, waits_until)
        return min(pass_at, self._requests().next_at() or pass_at)

    def _requests(self) -> Requests:
        return Requests(self._progress, self._memory.tries, _moment(self._memory.retry_at))

    def take(self, access: Access) -> str | None:
        """Returns why there is nothing to read for this account, if so."""
        reader = Reader(access.account, access.credential.tokens.access_token)
        if refusal := self._job.refusal(access.account):
            return refusal
        self._watch_new_posts()
        if self._requests().ready():
            # A pass is the next task: it takes long, and what is asked meanwhile repeats nothing.
            self._answer_requests(reader)
            return None
        waits_until = self._stored.waits_until
        if waits_until is not None and clock.now() < waits_until:
            return None
        self.is_pass = True
        self._require_permissions(access.account)
        memory = self._memory
        if all(unread.failed_at for unread in memory.left):
            if clock.now() < _moment(memory.next_at):
                return None
            self._survey(reader)
        self._read_what_is_left(reader)
        return None

    def _answer_requests(self, reader: Reader) -> None:
        requests = self._requests()
        answering = Answering(requests, self._job, reader, self._budget, self._parts)
        try:
            self._memory.retry_at = seconds_of(answering.answer_all(self._until))
        finally:
            self._remember()

    def _watch_new_posts(self) -> None:
        """Take over the posts that were published since the last task."""
        requests = self._stored.requests
        known = self._memory.watched if self._stored.memory else self._posts_before()
        new = requests.get("watch", {})
        if new:
            # An account that was quiet is busy again: it does not wait until its hour is over.
            soon = min(new.values()) + int(self._job.every.total_seconds())
            self._memory.next_at = min(self._memory.next_at, soon)
        watched = {**known, **new}
        oldest = seconds_of(clock.now() - WATCHED_FOR)
        newest = sorted(watched, key=lambda post: watched[post], reverse=True)[:MOST_WATCHED]
        self._memory.watched = {post: watched[post] for post in newest if watched[post] > oldest}
        self._remember({name: requests[name] for name in requests if name != "watch"})

    def _posts_before(self) -> dict[str, int]:
        """The posts of an account that was disconnected and is connected again."""
        return {
            each.run.platform_post_id: seconds_of(each.run.finished_at)
            for each in runs_to_read(self._parts.db, self._stored, _MOST_BEFORE)
            if each.is_live and each.run.platform_post_id and each.run.finished_at
        }

    def _require_permissions(self, account: Account) -> None:
        """Raises Pause when nothing may be read."""
        budget = self._budget
        missing = set(self._job.scopes) & set(account.missing_scopes)
        if missing:
            raise Pause(f"the permission {min(missing)} is missing", budget.tomorrow())
        budget.require_any("the comments of the platform")

    def _survey(self, reader: Reader) -> None:
        """Find out which lists are to be read. Raises Pause, PlatformError."""
        now = clock.now()
        sweeps = now >= _moment(self._memory.swept_at) + SWEEP_EVERY
        posts = [WatchedPost(each, _moment(at)) for each, at in self._memory.watched.items()]
        watch = Watch(posts, self._memory.position, now, sweeps)
        budget = self._budget
        budget.spend(self._job.survey_cost(watch), budget.left())
        try:
            with self._calling() as http:
                survey = self._job.survey(watch, reader, http)
        except ReadRefused as refused:
            if refused.category is ErrorCategory.PERMISSION and self._job.scopes:
                self._note_refusal(refused, reader.account)
            raise
        self._begin(survey, now, sweeps)

    def _after_refusal(self, refused: ReadRefused, source: Source, account: Account) -> None:
        """The platform does not show a list, such as that of a post which is gone. Raises Pause."""
        log.warning("a list of comments was not read: %s", refused.message)
        if refused.category is not ErrorCategory.PERMISSION:
            return
        if source.post_id and self._job.scopes:
            self._note_refusal(refused, account)
        # Such as the mentions, which need a permission of their own.
        self._memory.refused[source.name] = seconds_of(clock.now() + DAY)

    def _note_refusal(self, refused: ReadRefused, account: Account) -> None:
        """A missing permission is shown on the account, and costs no further call. Raises Pause."""
        note_missing_scopes(self._parts.db, account, self._job.scopes)
        raise Pause(refused.message, self._budget.tomorrow()) from refused

    def _begin(self, survey: Survey, now: datetime, sweeps: bool) -> None:
        memory = self._memory
        memory.position = dict(survey.position)
        sources = [
            source
            for source in survey.sources
            if _moment(memory.refused.get(source.name, 0)) <= now
        ]
        memory.left = planned(sources, memory.left, memory.complete_until, now)
        if sweeps:
            memory.swept_at = seconds_of(now)
        is_busy = any(at > seconds_of(now - BUSY_FOR) for at in memory.watched.values())
        every = self._job.every if is_busy else self._job.quiet_every
        memory.next_at = seconds_of(now + every)
        self._remember()

    def _read_what_is_left(self, reader: Reader) -> None:
        """Raises Pause, PlatformError."""
        memory = self._memory
        failed: list[Unread] = []
        while memory.left and memory.left[0] not in failed:
            unread, *others = memory.left
            try:
                if not self._read_list(unread, reader):
                    return
                memory.left = others
            except PlatformUnavailable as failure:
                # Perhaps only this list cannot be read, so it must not keep the others waiting.
                log.warning("a list of comments was not read: %s", failure.message)
                unread.fail(clock.now())
                failed.append(unread)
                memory.left = [*others, unread]
                if len(failed) > MOST_FAILURES:
                    raise
            finally:
                self._remember()
        memory.complete_until = seconds_of(clock.now()) + 1
        self._remember()

    def _read_list(self, unread: Unread, reader: Reader) -> bool:
        """Read a list page by page; whether it was read to its end."""
        source, known_until = unread.source, _moment(unread.known_until)
        listing = Listing(clock.now()) if unread.cursor is None else None
        while clock.now() < self._until and self._store.count < MOST_ITEMS:
            budget = self._budget
            budget.require(self._job.page_cost, budget.left())
            try:
                with self._calling() as http:
                    page = self._job.page(source, unread.cursor, reader, http)
            except ReadRefused as refused:
                if unread.cursor is not None and not unread.is_restarted:
                    # The cursor may be too old.
                    unread.restart()
                    listing = Listing(clock.now())
                    continue
                self._after_refusal(refused, source, reader.account)
                return True
            budget.charge(self._job.page_cost if page.cost is None else page.cost)
            has_news = self._store.save(page, known_until)
            if listing is not None:
                listing.add(page)
            # A list that goes round in a circle has ended as well.
            is_end = page.next is None or page.next == unread.cursor
            unread.cursor, unread.pages, unread.failed_at = page.next, unread.pages + 1, 0
            self._remember()
            if is_end or unread.pages >= MOST_PAGES:
                if page.next is None and source.is_whole and listing is not None:
                    self._store.mark_missing(source.post_id, listing)
                return True
            if not (has_news or source.is_whole):
                return True
        return False

    def _remember(self, requests: dict[str, Any] | None = None) -> None:
        """However this task ends, the next one continues from here."""
        collecting = self._progress.collecting
        self._progress.collecting = replace(
            collecting,
            memory=asdict(self._memory),
            requests=collecting.requests if requests is None else requests,
        )

    @property
    def _budget(self) -> Budget:
        return Budget(self._stored, self._job.daily_budget, self._parts)

    def _calling(self) -> Any:
        limits = ClaimLimits(lease_until=clock.now() + LONGEST_CALL)
        return calling(self._stored.platform, self._parts, "reading comments", limits=limits)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _forget_account(stored: Collecting, parts: Parts) -> None:
    """Its comments belong to others, who may want them to be gone; connecting reads them again."""
    forget_items(parts.db, stored)


def _forget_what_is_too_old(stored: Collecting, parts: Parts, until: datetime) -> None:
    """The sweeper does, for every item."""


COMMENTS = Job(_collect, _forget_account, _forget_what_is_too_old)
