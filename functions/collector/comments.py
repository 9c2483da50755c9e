"""Reading the comments on an account's posts and its mentions, with as few requests as possible.

A pass surveys which lists have changed and then reads those. What is left of it, for example after
1,000 comments at once or when the platform wants us to wait, is remembered, and the next task
continues. A pass that is repeated finds the items that it has stored: none comes twice.
"""

from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from functions.collector.asked import answer_requests
from functions.collector.found import ItemStore
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
from shared import clock, logs
from shared.accounts.acting import Access, act, calling
from shared.domain.accounts import Account
from shared.domain.errors import ErrorCategory, ReadRefused
from shared.domain.gates import Gates, refusal_to_act
from shared.domain.run import RunError
from shared.gcp.accounts import note_missing_scopes
from shared.gcp.collecting import Collecting, seconds_of
from shared.gcp.inbox import forget_items
from shared.platforms import registry
from shared.platforms.comments import Comments, Source, Survey, Watch, WatchedPost
from shared.platforms.http import ClaimLimits
from shared.platforms.metrics import Reader
from shared.wiring import Parts

log = logs.logger("collector")

MOST_WATCHED = 200
"""Posts whose comments are read, the newest ones; their ids are in one document."""
WATCHED_FOR = timedelta(days=90)
BUSY_FOR = timedelta(days=7)
"""With a post younger than this, an account is read as often as the platform allows."""
SWEEP_EVERY = timedelta(hours=1)
MOST_ITEMS = 2000
"""Of one task, whose time is limited; the others follow in the next one."""
MOST_PAGES = 500
"""Of one list. A platform that always names a next page must not keep us busy for ever."""

T = TypeVar("T")


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
    return Done("read what was new", replace(progress.collecting, due_at=reading.next_at()))


@dataclass
class _Memory:
    """What a pass leaves for the next one. Times are in seconds."""

    watched: dict[str, int] = field(default_factory=dict)
    """When each post that is watched was published."""
    position: dict[str, str | int] = field(default_factory=dict)
    left: list[dict[str, Any]] = field(default_factory=list)
    """Lists that are still to be read."""
    complete_until: int = 0
    """The end of the last pass that was read to its end: what was found before is known."""
    refused: dict[str, int] = field(default_factory=dict)
    """Kinds of lists that need a permission which is missing, and until when none is asked for."""
    swept_at: int = 0
    next_at: int = 0
    """When the next pass is due."""


class _Pass:
    """A task of the job."""

    def __init__(self, progress: Progress, job: Comments, parts: Parts) -> None:
        self._progress = progress
        self._stored = progress.collecting
        self._job = job
        self._parts = parts
        self._memory = _Memory(**self._stored.memory)
        self._until = clock.now() + LONGEST
        self._store = ItemStore(self._stored, job.kept, parts)

    def hear(self, gates: Gates) -> None:
        """Keep what the gates say about webhooks."""
        self._store.wants = gates.subscription.webhook_events

    def next_at(self) -> datetime:
        """When the next task is due."""
        return clock.now() if self._memory.left else _moment(self._memory.next_at)

    def take(self, access: Access) -> str | None:
        """Returns why there is nothing to read for this account, if so."""
        reader = Reader(access.account, access.credential.tokens.access_token)
        if refusal := self._job.refusal(access.account):
            return refusal
        self._watch_new_posts()
        answer_requests(self._progress, self._job, reader, self._parts)
        self._require_permissions(access.account)
        if not self._memory.left:
            if clock.now() < _moment(self._memory.next_at):
                return None
            self._survey(reader)
        self._read_what_is_left(reader)
        return None

    def _watch_new_posts(self) -> None:
        """Take over the posts that were published since the last task."""
        requests = self._stored.requests
        watched = {**self._memory.watched, **requests.get("watch", {})}
        oldest = seconds_of(clock.now() - WATCHED_FOR)
        newest = sorted(watched, key=lambda post: watched[post], reverse=True)[:MOST_WATCHED]
        self._memory.watched = {post: watched[post] for post in newest if watched[post] > oldest}
        self._remember({name: requests[name] for name in requests if name != "watch"})

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
        memory.left = [
            {"source": asdict(source), "cursor": None, "pages": 0}
            for source in survey.sources
            if _moment(memory.refused.get(source.name, 0)) <= now
        ]
        if sweeps:
            memory.swept_at = seconds_of(now)
        is_busy = any(at > seconds_of(now - BUSY_FOR) for at in memory.watched.values())
        every = self._job.every if is_busy else self._job.quiet_every
        memory.next_at = seconds_of(now + every)
        self._remember()

    def _read_what_is_left(self, reader: Reader) -> None:
        """Raises Pause, PlatformError."""
        memory = self._memory
        while memory.left:
            if not self._read_list(memory.left[0], reader):
                return
            memory.left = memory.left[1:]
            self._remember()
        memory.complete_until = seconds_of(clock.now()) + 1
        self._remember()

    def _read_list(self, unread: dict[str, Any], reader: Reader) -> bool:
        """Read a list page by page; whether it was read to its end."""
        source = Source(**unread["source"])
        from_start, listed = unread["cursor"] is None, set[str]()
        known_until = _moment(self._memory.complete_until)
        while clock.now() < self._until and self._store.count < MOST_ITEMS:
            budget = self._budget
            budget.require(self._job.page_cost, budget.left())
            try:
                with self._calling() as http:
                    page = self._job.page(source, unread["cursor"], reader, http)
            except ReadRefused as refused:
                self._after_refusal(refused, source, reader.account)
                return True
            budget.charge(self._job.page_cost if page.cost is None else page.cost)
            has_news = self._store.save(page, known_until)
            listed |= {seen.comment_id for seen in page.seen}
            unread["cursor"], unread["pages"] = page.next, unread["pages"] + 1
            self._remember()
            if page.next is None or unread["pages"] >= MOST_PAGES:
                if source.post_id and source.is_whole and from_start and page.next is None:
                    self._store.mark_missing(source.post_id, listed)
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
