"""Deleting a published post from its platform: the run stays `succeeded` meanwhile.

    (none) ──> pending ──> deleted
                │   ↑
                └─> failed (requested again)

Deleting is idempotent, since a post that is already gone is no error: a try needs no lease and no
intent, and is repeated when its outcome was lost. Everything here is pure.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.domain import retry
from shared.domain.errors import PlatformError, Rejected
from shared.domain.retry import Again, GiveUp
from shared.domain.run import (
    TASK_LOST_AFTER,
    Deletion,
    DeletionStatus,
    IllegalTransition,
    Run,
    RunError,
    RunStatus,
    error_from,
)

_S = DeletionStatus

TRANSITIONS: Mapping[DeletionStatus | None, frozenset[DeletionStatus]] = {
    None: frozenset({_S.PENDING}),
    _S.PENDING: frozenset({_S.PENDING, _S.DELETED, _S.FAILED}),
    _S.FAILED: frozenset({_S.PENDING}),
    _S.DELETED: frozenset(),
}


def can_be_requested(run: Run) -> bool:
    """Its post is live and is not being deleted."""
    status = run.deletion.status if run.deletion else None
    return run.status is RunStatus.SUCCEEDED and status in (None, _S.FAILED)


def request(run: Run, *, now: datetime) -> Run:
    """The user wants the post deleted, for the first time or after that failed."""
    deletion = Deletion(_S.PENDING, requested_at=now)
    return _wait(run, deletion, None, now + TASK_LOST_AFTER, failures=0, token_refreshes=0)


def back_off(run: Run, *, at: datetime, error: RunError) -> Run:
    """The platform could not delete it yet: try again at `at`."""
    return _try_again(run, at, error=error, failures=run.failures + 1)


def repeat(run: Run, *, at: datetime, renewed: bool) -> Run:
    """Try again at `at`; `renewed`: with tokens that were renewed for it."""
    return _try_again(run, at, token_refreshes=run.token_refreshes + renewed)


def finish(run: Run, *, now: datetime) -> Run:
    """The post is gone from the platform."""
    return _end(run, replace(_of(run), status=_S.DELETED, finished_at=now, error=None))


def fail(run: Run, *, error: RunError, now: datetime) -> Run:
    """The post stays live until the user deletes it there or requests the deletion again."""
    return _end(run, replace(_of(run), status=_S.FAILED, finished_at=now, error=error))


def count_attempt(run: Run) -> Run:
    """A request to delete was sent: it has its own record."""
    return replace(run, attempt=run.attempt + 1)


def after(failure: PlatformError, run: Run, now: datetime, platform_name: str) -> Again | GiveUp:
    """What follows when deleting the post of `run` fails; `platform_name` is for people."""
    if isinstance(failure, Rejected):
        return GiveUp(_in_its_words(failure, platform_name))
    return retry.after_harmless(failure, run, _of(run).requested_at, now)


def _in_its_words(failure: Rejected, platform_name: str) -> RunError:
    """Soku's message is about publishing; the platform's own is about the deletion."""
    error = error_from(failure, retryable=False)
    if failure.concerns_operator or not failure.platform_message:
        return error
    message = (
        f"{platform_name} refused to delete the post: {failure.platform_message} "
        f"Delete the post in the {platform_name} app."
    )
    return replace(error, message=message)


def _of(run: Run) -> Deletion:
    if run.deletion is None:
        raise IllegalTransition(f"run {run.run_id}: no deletion was requested")
    return run.deletion


def _try_again(run: Run, at: datetime, *, error: RunError | None = None, **counted: int) -> Run:
    return _wait(run, replace(_of(run), error=error), at, at + TASK_LOST_AFTER, **counted)


def _wait(
    run: Run, deletion: Deletion, at: datetime | None, wake_at: datetime, **counted: int
) -> Run:
    # A task with another seq does nothing, so a task delivered twice starts no second chain.
    return _move(run, deletion, seq=run.seq + 1, next_attempt_at=at, wake_at=wake_at, **counted)


def _end(run: Run, deletion: Deletion) -> Run:
    return _move(run, deletion, next_attempt_at=None, wake_at=None)


def _move(run: Run, deletion: Deletion, **changes: Any) -> Run:
    before = run.deletion.status if run.deletion else None
    if run.status is not RunStatus.SUCCEEDED or deletion.status not in TRANSITIONS[before]:
        raise IllegalTransition(f"run {run.run_id}: deletion {before} -> {deletion.status}")
    return replace(run, deletion=deletion, sweeps=0, **changes)
