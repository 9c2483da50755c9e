"""What users asked to be done with comments on their platform: hide, show, delete, read again.

What fails is tried again later, and last, so that it keeps nothing else waiting; and not for ever.
"""

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.collector.spending import LONGEST_CALL, Budget, Pause, Progress
from shared import clock, logs
from shared.accounts.acting import calling
from shared.domain.errors import (
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    TokenExpired,
)
from shared.domain.inbox import Asked, Item, read_again
from shared.gcp.firestore import commit, read_all
from shared.gcp.inbox import item_from, item_path, settle_ask, update_item
from shared.gcp.messages import Batch
from shared.platforms.comments import Comments, Target
from shared.platforms.http import ClaimLimits, Http
from shared.platforms.metrics import Reader
from shared.wiring import Parts

log = logs.logger("collector")

MOST_AT_ONCE = 50
"""Of one task; the others follow in the next one."""
MOST_TRIES = 5
"""Of one change; then the user is told that it failed."""
_MOST_FAILURES = 3
# After failures; doubled each time.
_FIRST_RETRY = timedelta(minutes=5)


@dataclass(frozen=True)
class Requests:
    """What users asked of one account, in one task."""

    progress: Progress
    tries: MutableMapping[str, int]
    """How often each item's change has failed."""
    retry_at: datetime
    """When those that failed are tried again."""

    @property
    def _asked(self) -> dict[str, Sequence[str]]:
        return dict(self.progress.collecting.requests.get("items", {}))

    def ready(self) -> list[str]:
        """The items whose turn it is, those that failed at the end."""
        retries = clock.now() >= self.retry_at
        ready = [each for each in self._asked if retries or each not in self.tries]
        return sorted(ready, key=lambda each: self.tries.get(each, 0))

    def next_at(self) -> datetime | None:
        """When the next task has something to do; None: nothing is asked for."""
        asked = self._asked
        if not asked:
            return None
        return self.retry_at if all(each in self.tries for each in asked) else clock.now()

    def asked_of(self, item_id: str) -> Asked:
        return Asked(self._asked[item_id][0])

    def settle(self, item_id: str) -> None:
        """What was asked of an item was done, or will not be."""
        asked = self._asked
        del asked[item_id]
        self.tries.pop(item_id, None)
        others = self.progress.collecting.requests
        rest = {name: others[name] for name in others if name != "items"}
        requests = {**rest, **({"items": asked} if asked else {})}
        self.progress.collecting = replace(self.progress.collecting, requests=requests)


@dataclass(frozen=True)
class Answering:
    """Doing what was asked, for one account."""

    requests: Requests
    job: Comments
    reader: Reader
    budget: Budget
    parts: Parts

    def answer_all(self, until: datetime) -> datetime:
        """Do what was asked, one comment after the other; returns when failed ones are tried again.

        Raises TokenExpired, ReconnectRequired, RateLimited: nothing more can be done now.
        """
        failures = 0
        tries = self.requests.tries
        for item_id in self.requests.ready()[:MOST_AT_ONCE]:
            if clock.now() >= until or failures >= _MOST_FAILURES:
                break
            try:
                self._answer(item_id)
            except (PlatformUnavailable, TokenExpired) as failure:
                tries[item_id] = tries.get(item_id, 0) + 1
                if isinstance(failure, TokenExpired):
                    raise
                failures += 1
            else:
                self.requests.settle(item_id)
        fewest = min(tries.values(), default=1)
        return (
            clock.now() + _FIRST_RETRY * 2 ** (fewest - 1) if failures else self.requests.retry_at
        )

    def _answer(self, item_id: str) -> None:
        """Raises TokenExpired, ReconnectRequired, RateLimited, PlatformUnavailable."""
        owner, db = self.reader.account, self.parts.db
        path = item_path(owner.user_id, item_id)
        item = item_from(read_all(db, [path])[path])
        if item is None or (item.platform, item.account_id) != (owner.platform, owner.account_id):
            return
        problem, after = None, item
        try:
            after = self._changed(item)
        except (RateLimited, ReconnectRequired):
            raise
        except Pause as pause:
            problem = f"Soku cannot read this comment again today: {pause}."
        except PlatformError as failure:
            is_passing = isinstance(failure, PlatformUnavailable | TokenExpired)
            if is_passing and self.requests.tries.get(item_id, 0) + 1 < MOST_TRIES:
                raise
            log.info("a platform did not change a comment: %s", failure.message)
            problem = failure.message
        batch = Batch(db)
        if after is not item:
            update_item(batch, db, after, self.job.kept)
        settle_ask(batch, db, item, problem)
        # Written again, it says the same.
        commit(batch, landed=lambda: False)

    def _changed(self, item: Item) -> Item:
        """Raises PlatformError, Pause."""
        asked, platform = self.requests.asked_of(item.item_id), item.platform
        if asked is Asked.READ:
            self.budget.spend(self.job.item_cost, self.budget.left())
        limits = ClaimLimits(lease_until=clock.now() + LONGEST_CALL)
        with calling(platform, self.parts, "changing a comment", limits=limits) as http:
            return _done(item, asked, self.job, self.reader, http)


def _done(item: Item, asked: Asked, job: Comments, reader: Reader, http: Http) -> Item:
    """The item after the platform did what was asked. Raises PlatformError."""
    target, now = Target.of(item), clock.now()
    match asked:
        case Asked.HIDE | Asked.SHOW:
            job.set_hidden(target, asked is Asked.HIDE, reader, http)
            return replace(item, seen=replace(item.seen, is_hidden=asked is Asked.HIDE))
        case Asked.DELETE:
            job.delete(target, reader, http)
            return replace(item, deleted_at=now)
    seen = job.read_one(target, reader, http)
    if seen is None:
        return replace(item, deleted_at=now)
    return read_again(item, seen, now)
