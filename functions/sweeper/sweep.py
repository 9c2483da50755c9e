"""Finds every document whose `wakeAt` has passed, enqueues its task, and moves `wakeAt` on.

Extra tasks are harmless, so the task is enqueued before `wakeAt` is moved. `wakeAt` moves by
doubling steps, so that a paused queue does not fill up.

Submissions and the runs of each platform are swept page by page in turn, and each sweep begins
with another of them. So neither a long backlog nor a broken queue keeps the others waiting.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from shared import clock, logs
from shared.accounts.offers import forget_offer
from shared.accounts.renewal import RETRY_AFTER
from shared.config import Settings
from shared.domain import run as runs
from shared.domain.submission import next_sweep
from shared.gcp.collecting import collecting_from, seconds_of
from shared.gcp.connections import connection_from
from shared.gcp.deletions import due_deletions
from shared.gcp.firestore import PreconditionFailed, StoreUnavailable, commit
from shared.gcp.grants import grant_from
from shared.gcp.health import note_sweep
from shared.gcp.identity_accounts import NotRemoved
from shared.gcp.inbox import item_from, update_item
from shared.gcp.messages import Batch
from shared.gcp.replies import reply_from
from shared.gcp.revocations import revocation_from
from shared.gcp.runs import Woken, due, run_from
from shared.gcp.storage import StorageUnavailable
from shared.gcp.submissions import submission_from
from shared.gcp.tasks import DispatchFailed, QueueDown
from shared.gcp.webhooks import work_from
from shared.media import removal
from shared.platforms import registry
from shared.users import leaving
from shared.wiring import Parts

log = logs.logger("sweeper")

PAGE = 300
MOST_PAGES = 20
"""Of each platform, and of submissions."""
THREADS = 8
# Cloud Scheduler calls every minute; a sweep ends before the next begins.
LONGEST_SECONDS = 45.0
# For users who are being deleted, in addition: no backlog of others keeps them waiting.
DELETION_SECONDS = 10.0
_MOST_DELETIONS = 20


def sweep(parts: Parts) -> str:
    """Returns how much was enqueued. Raises StoreUnavailable."""
    lanes = [_Lane(parts, group, None) for group in _BESIDE_RUNS] + _run_lanes(parts)
    first = int(clock.now().timestamp() // 60) % len(lanes)
    waiting = lanes[first:] + lanes[:first]
    deadline = time.monotonic() + LONGEST_SECONDS
    with ThreadPoolExecutor(THREADS) as pool:
        while waiting and time.monotonic() < deadline:
            waiting = [lane for lane in waiting if lane.sweep_page(pool, deadline)]
    if waiting:
        names = [lane.name for lane in waiting]
        log.warning("sweep ended before everything was swept", extra=logs.fields(left=names))
    _remove_files(parts)
    _delete_users(parts)
    note_sweep(parts.db)
    woken = Counter[Woken]()
    for lane in lanes:
        woken[lane.group] += lane.count
    result = f"enqueued {woken[Woken.SUBMISSIONS]} submissions and {woken[Woken.RUNS]} runs"
    others = [group for group in Woken if group not in (Woken.SUBMISSIONS, Woken.RUNS)]
    result += "".join(f", woke {woken[group]} {group.value}" for group in others if woken[group])
    log.info("swept", extra=logs.fields(result=result))
    return result


def _run_lanes(parts: Parts) -> list["_Lane"]:
    """A lane for each platform. Usually one page has all overdue runs."""
    page = due(parts.db, Woken.RUNS, clock.now(), PAGE)
    if len(page) == PAGE:
        return [_Lane(parts, Woken.RUNS, platform) for platform in registry.names()]
    pages: dict[str, list[Any]] = {}
    for snapshot in page:
        pages.setdefault(snapshot.get("platform"), []).append(snapshot)
    return [_Lane(parts, Woken.RUNS, platform, only_page=own) for platform, own in pages.items()]


def _remove_files(parts: Parts) -> None:
    """Remove users' files that nothing uses any more. A fault is no reason to sweep again."""
    try:
        removal.sweep(parts.db, lambda: parts.media_bucket)
    except StoreUnavailable as error:
        log.warning("unused files not removed: %s", error)
    except Exception:
        # Also errors of Cloud Storage, and a document in a form that nobody has seen.
        log.exception("unused files not removed")


def _delete_users(parts: Parts) -> None:
    """Continue the deletions of users. A fault of one is no reason to stop the others."""
    deadline = time.monotonic() + DELETION_SECONDS
    try:
        due_now = due_deletions(parts.db, _MOST_DELETIONS)
    except StoreUnavailable as error:
        log.warning("deletions of users not continued: %s", error)
        return
    for snapshot in due_now:
        if time.monotonic() >= deadline:
            return
        try:
            leaving.go_on(snapshot, parts, deadline)
        except NotRemoved as error:
            log.error(
                "deletion of a user waits, and Soku tries again: %s",
                error,
                extra=logs.fields(operatorAction=True, deletion=snapshot.reference.path),
            )
        except (PreconditionFailed, StoreUnavailable, StorageUnavailable) as error:
            log.warning("deletion of a user interrupted; Soku continues it: %s", error)
        except Exception:
            # One broken document must not stop the deletions of all others.
            log.exception("could not continue %s", snapshot.reference.path)


@dataclass
class _Lane:
    """The overdue documents of one queue."""

    parts: Parts
    group: Woken
    platform: str | None
    only_page: list[Any] | None = None
    """All of them, where they were read already."""
    count: int = 0
    pages: int = 0
    is_down: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def name(self) -> str:
        return self.platform or self.group.value

    def sweep_page(self, pool: ThreadPoolExecutor, deadline: float) -> bool:
        """Sweep the next page; whether another may follow."""
        if time.monotonic() >= deadline:
            return True
        page = self.only_page
        if page is None:
            page = due(self.parts.db, self.group, clock.now(), PAGE, platform=self.platform)
        moved = sum(pool.map(lambda snapshot: self._wake(snapshot, deadline), page))
        self.count += moved
        self.pages += 1
        # A page of which nothing could be moved would only be read again.
        is_last = (
            self.only_page is not None or len(page) < PAGE or not moved or self.pages >= MOST_PAGES
        )
        return not is_last and not self.is_down

    def _wake(self, snapshot: Any, deadline: float) -> bool:
        """Whether the document's task was enqueued, or was not needed any more."""
        if self.is_down or time.monotonic() >= deadline:
            return False
        try:
            return _WAKE[self.group](snapshot, self.parts)
        except PreconditionFailed:
            # It moved meanwhile: its task will find nothing to do.
            return True
        except QueueDown as error:
            self._skip_rest(error)
        except DispatchFailed as error:
            log.error("could not enqueue; the next sweep tries again: %s", error)
        except StoreUnavailable:
            raise
        except Exception:
            # One broken document must not stop the sweep of all others.
            log.exception("could not wake %s", snapshot.reference.path)
        return False

    def _skip_rest(self, error: QueueDown) -> None:
        """One line for each sweep, from whichever thread comes first."""
        with self.lock:
            if self.is_down:
                return
            self.is_down = True
        if not error.is_missing:
            log.error("queue does not answer; the next sweep tries again: %s", error)
            return
        log.error(
            "queue %s does not exist; its tasks wait. Create it: %s",
            error.queue,
            _creation_of(error.queue, self.parts.settings),
            extra=logs.fields(operatorAction=True, queue=error.queue),
        )


def _creation_of(queue: str, settings: Settings) -> str:
    return (
        f"gcloud tasks queues create {queue} --location={settings.region} "
        f"--project={settings.project}, or run deploy.sh again"
    )


def _wake_submission(snapshot: Any, parts: Parts) -> bool:
    stored = submission_from(snapshot)
    if stored is None:
        return False
    submission, now = stored.submission, clock.now()
    due_at = submission.scheduled_time or now
    after = replace(
        submission,
        wake_at=next_sweep(due_at, submission.sweeps, now),
        sweeps=submission.sweeps + 1,
    )
    with logs.bound(submissionId=submission.submission_id):
        parts.queues.dispatch_submission(submission, at=max(due_at, now))
        is_checked = parts.settings.account_checks and not parts.settings.simulates(submission.mode)
        if due_at > now and is_checked:
            for target in submission.targets:
                parts.queues.dispatch_check(submission, target)
        parts.deliveries.save_submission(stored, after)
    return True


def _wake_run(snapshot: Any, parts: Parts) -> bool:
    stored = run_from(snapshot)
    if stored is None:
        return False
    run, now = stored.run, clock.now()
    due_at = run.next_attempt_at or now
    after = runs.sweep(run, wake_at=next_sweep(due_at, run.sweeps, now))
    with logs.bound(submissionId=run.submission_id, runId=run.run_id):
        parts.queues.dispatch_run(run, at=max(due_at, now))
        parts.deliveries.save(stored, after)
    return True


def _wake_grant(snapshot: Any, parts: Parts) -> bool:
    grant = grant_from(snapshot)
    if grant is None:
        return False
    parts.queues.dispatch_renewal(grant)
    return _wake_later(snapshot, {"wakeAt": clock.now() + RETRY_AFTER}, parts)


def _wake_revocation(snapshot: Any, parts: Parts) -> bool:
    revocation = revocation_from(snapshot)
    if revocation is None:
        return False
    parts.queues.dispatch_revocation(revocation)
    wake_at = next_sweep(clock.now(), revocation.tries, clock.now())
    return _wake_later(snapshot, {"wakeAt": wake_at, "tries": revocation.tries + 1}, parts)


def _wake_later(snapshot: Any, fields: dict[str, Any], parts: Parts) -> bool:
    batch = Batch(parts.db)
    option = parts.db.write_option(last_update_time=snapshot.update_time)
    batch.update(snapshot.reference, fields, option=option)
    # Written again, it says the same.
    commit(batch, landed=lambda: False)
    return True


def _wake_connection(snapshot: Any, parts: Parts) -> bool:
    stored = connection_from(snapshot)
    if stored is None:
        return False
    forget_offer(stored, parts)
    return True


def _wake_collecting(snapshot: Any, parts: Parts) -> bool:
    collecting = collecting_from(snapshot)
    if collecting is None:
        return False
    parts.queues.dispatch_collection(collecting)
    wake_at = seconds_of(next_sweep(clock.now(), collecting.sweeps, clock.now()))
    return _wake_later(snapshot, {"wakeAt": wake_at, "sweeps": collecting.sweeps + 1}, parts)


def _wake_inbox(snapshot: Any, parts: Parts) -> bool:
    """Forget what the platform does not let be kept any longer."""
    item = item_from(snapshot)
    job = registry.comments(item.platform) if item else None
    if item is None or job is None:
        return False
    batch = Batch(parts.db)
    option = parts.db.write_option(last_update_time=snapshot.update_time)
    update_item(batch, parts.db, job.kept.forgotten(item, clock.now()), job.kept, option)
    # Written again, it says the same.
    commit(batch, landed=lambda: False)
    return True


def _wake_reply(snapshot: Any, parts: Parts) -> bool:
    stored = reply_from(snapshot)
    if stored is None:
        return False
    parts.queues.dispatch_reply(stored.reply)
    wake_at = next_sweep(clock.now(), stored.sweeps, clock.now())
    return _wake_later(snapshot, {"wakeAt": wake_at, "sweeps": stored.sweeps + 1}, parts)


def _wake_webhook(snapshot: Any, parts: Parts) -> bool:
    work = work_from(snapshot)
    if work is None:
        return False
    parts.queues.dispatch_webhook(work.user_id, work.webhook_id)
    wake_at = seconds_of(next_sweep(clock.now(), work.sweeps, clock.now()))
    return _wake_later(snapshot, {"wakeAt": wake_at, "sweeps": work.sweeps + 1}, parts)


_WAKE: Mapping[Woken, Callable[[Any, Parts], bool]] = {
    Woken.SUBMISSIONS: _wake_submission,
    Woken.RUNS: _wake_run,
    Woken.GRANTS: _wake_grant,
    Woken.REVOCATIONS: _wake_revocation,
    Woken.CONNECTIONS: _wake_connection,
    Woken.COLLECTING: _wake_collecting,
    Woken.INBOX: _wake_inbox,
    Woken.REPLIES: _wake_reply,
    Woken.WEBHOOKS: _wake_webhook,
}
_BESIDE_RUNS = [group for group in Woken if group is not Woken.RUNS]
