"""Reading the comments on an account's posts and its mentions, with as few requests as possible.

A pass surveys which lists have changed and then reads those. What is left of it, for example after
1,000 comments at once or when the platform wants us to wait, is remembered, and the next task
continues. A pass that is repeated finds the items that it has stored: none comes twice.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from functions.collector.asked import Answering, Requests
from functions.collector.found import ItemStore, Listing
from functions.collector.memory import Memory, moment_of
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
from functions.collector.unread import Unread
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
from shared.platforms.comments import Comments, Source, Watch, WatchedPost
from shared.platforms.http import ClaimLimits
from shared.platforms.metrics import Reader
from shared.wiring import Parts

log = logs.logger("collector")

_MOST_BEFORE = 500
"""Posts that are looked at when an account is connected again."""
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


class _Pass:
    """A task of the job."""

    def __init__(self, progress: Progress, job: Comments, parts: Parts) -> None:
        self._progress = progress
        self._stored = progress.collecting
        self._job = job
        self._parts = parts
        self._memory = Memory.of(self._stored.memory)
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
        memory = self._memory
        pass_at = clock.now() if memory.is_interrupted else moment_of(memory.next_at)
        waits_until = self._stored.waits_until
        if waits_until is not None and not self.is_pass:
            pass_at = max(pass_at, waits_until)
        return min(pass_at, self._requests().next_at() or pass_at)

    def _requests(self) -> Requests:
        return Requests(self._progress, self._memory.tries, moment_of(self._memory.retry_at))

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
        if not self._memory.is_interrupted:
            if clock.now() < moment_of(self._memory.next_at):
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
        self._memory.watch(known, new, self._job.every, clock.now())
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
        sweeps = self._memory.sweeps_at(now)
        posts = [WatchedPost(each, moment_of(at)) for each, at in self._memory.watched.items()]
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
        self._memory.begin(survey, sweeps, self._job, now)
        self._remember()

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
        source, known_until = unread.source, moment_of(unread.known_until)
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
            memory=self._memory.fields(),
            requests=collecting.requests if requests is None else requests,
        )

    @property
    def _budget(self) -> Budget:
        return Budget(self._stored, self._job.daily_budget, self._parts)

    def _calling(self) -> Any:
        limits = ClaimLimits(lease_until=clock.now() + LONGEST_CALL)
        return calling(self._stored.platform, self._parts, "reading comments", limits=limits)


def _forget_account(stored: Collecting, parts: Parts) -> None:
    """Its comments belong to others, who may want them to be gone; connecting reads them again."""
    forget_items(parts.db, stored)


def _forget_what_is_too_old(stored: Collecting, parts: Parts, until: datetime) -> None:
    """The sweeper does, for every item."""


COMMENTS = Job(_collect, _forget_account, _forget_what_is_too_old)
