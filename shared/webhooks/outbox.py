"""Events are written in the commit that changes what they tell about, and then delivered.

So there is no change without its event and no event without its change. After the commit, a task
delivers; if it was not created, the sweeper finds the work.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.accounts import Account
from shared.domain.run import Run
from shared.domain.submission import Submission
from shared.domain.webhooks import EventType, Wants, wanted_by
from shared.gcp.webhooks import add_delivery, note_work, wants_of
from shared.webhooks import events
from shared.webhooks.events import Event


@dataclass(frozen=True)
class Told:
    """The webhooks for which a commit has something new."""

    user_id: str
    webhook_ids: frozenset[str] = frozenset()


class Outbox:
    def __init__(self, db: Any, enqueue: Callable[[str, str], None]) -> None:
        """`enqueue` creates the task of a user's webhook, or leaves it to the sweeper."""
        self._db = db
        self._enqueue = enqueue

    def add_run(self, batch: Any, before: Run, after: Run, wants: Wants | None) -> Told:
        """Add to `batch` what the change of a run means to others; see `add`."""
        return self.add(batch, after.user_id, events.of_run(before, after), wants)

    def add_post(
        self,
        batch: Any,
        before: Submission,
        after: Submission,
        created: Iterable[Run],
        wants: Wants | None,
    ) -> Told:
        """Add to `batch` what the change of a post means to others; see `add`.

        `created`: its runs that are new.
        """
        happened = [event for run in created for event in events.of_run(None, run)]
        happened += events.of_post(before, after)
        return self.add(batch, after.user_id, happened, wants)

    def add_accounts(
        self, batch: Any, user_id: str, kind: EventType, accounts: Iterable[Account]
    ) -> Told:
        """Add to `batch` that something happened to these accounts; see `add`."""
        return self.add(batch, user_id, [events.of_account(kind, each) for each in accounts])

    def add(
        self, batch: Any, user_id: str, happened: Sequence[Event], wants: Wants | None = None
    ) -> Told:
        """Add to `batch` a delivery for each webhook that wants one of these events.

        `wants`: as the caller has just read it; otherwise it costs a read if anything happened.
        Raises StoreUnavailable.
        """
        if not happened:
            return Told(user_id)
        present = wants_of(self._db, user_id) if wants is None else wants
        told: set[str] = set()
        for event in happened:
            webhook_ids = wanted_by(present, event.type)
            if webhook_ids:
                add_delivery(
                    batch, self._db, user_id, webhook_ids, event=event.type, body=event.body()
                )
            told.update(webhook_ids)
        for webhook_id in sorted(told):
            note_work(batch, self._db, user_id, webhook_id)
        return Told(user_id, frozenset(told))

    def deliver(self, told: Told) -> None:
        """After the commit: enqueue the deliveries. The sweeper finds what is not enqueued."""
        for webhook_id in sorted(told.webhook_ids):
            self._enqueue(told.user_id, webhook_id)
