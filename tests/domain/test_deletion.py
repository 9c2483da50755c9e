"""Deleting a published post: the states of its run, and what a task must do."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.domain import deletion
from shared.domain.decision import Do, Ignore, decide
from shared.domain.errors import (
    DuplicateRejected,
    ErrorCategory,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    Rejected,
    TokenExpired,
)
from shared.domain.retry import BACK_OFF, Again, GiveUp, may_renew_token
from shared.domain.run import (
    TASK_LOST_AFTER,
    Deletion,
    DeletionStatus,
    IllegalTransition,
    Run,
    RunStatus,
)
from shared.domain.submission import RunSummary, Submission, SubmissionStatus, settle
from tests.domain.examples import ERROR, NOW, a_run, a_submission

MINUTE = timedelta(minutes=1)
LONG_AGO = NOW - timedelta(days=30)
S = DeletionStatus


def a_published_run(**changes: Any) -> Run:
    known = {"seq": 4, "platform_post_id": "77", "started_at": LONG_AGO, "finished_at": LONG_AGO}
    return a_run(RunStatus.SUCCEEDED, **{**known, **changes})


def a_pending_run(**changes: Any) -> Run:
    return a_published_run(deletion=Deletion(S.PENDING, requested_at=NOW), **changes)


def _after(failure: PlatformError, run: Run, now: datetime) -> Again | GiveUp:
    return deletion.after(failure, run, now, "X")


def status_of(run: Run) -> DeletionStatus | None:
    assert run.status is RunStatus.SUCCEEDED
    return run.deletion.status if run.deletion else None


def test_a_request_wakes_the_run_under_another_seq_and_counts_from_nothing() -> None:
    asked = deletion.request(a_published_run(failures=3, token_refreshes=1, sweeps=2), now=NOW)
    assert asked.deletion == Deletion(S.PENDING, requested_at=NOW)
    assert (asked.seq, asked.failures, asked.token_refreshes, asked.sweeps) == (5, 0, 0, 0)
    assert (asked.next_attempt_at, asked.wake_at) == (None, NOW + TASK_LOST_AFTER)
    assert (asked.status, asked.platform_post_id) == (RunStatus.SUCCEEDED, "77")


def test_a_failed_try_is_repeated_at_its_time() -> None:
    later = deletion.back_off(a_pending_run(), at=NOW + MINUTE, error=ERROR)
    assert later.deletion == Deletion(S.PENDING, requested_at=NOW, error=ERROR)
    assert (later.seq, later.failures) == (5, 1)
    assert (later.next_attempt_at, later.wake_at) == (NOW + MINUTE, NOW + MINUTE + TASK_LOST_AFTER)


def test_repeating_with_new_tokens_or_waiting_for_them_is_no_failure() -> None:
    refreshed = deletion.repeat(a_pending_run(), at=NOW, renewed=True)
    assert (refreshed.token_refreshes, refreshed.failures, refreshed.seq) == (1, 0, 5)
    waiting = deletion.repeat(a_pending_run(), at=NOW + MINUTE, renewed=False)
    assert (waiting.token_refreshes, waiting.failures, waiting.seq) == (0, 0, 5)
    assert waiting.next_attempt_at == NOW + MINUTE


def test_an_ended_deletion_has_no_wake_up_and_stores_its_end() -> None:
    waiting = deletion.back_off(a_pending_run(), at=NOW + MINUTE, error=ERROR)
    gone = deletion.finish(waiting, now=NOW + MINUTE)
    assert gone.deletion == Deletion(S.DELETED, requested_at=NOW, finished_at=NOW + MINUTE)
    failed = deletion.fail(waiting, error=ERROR, now=NOW + MINUTE)
    assert failed.deletion == Deletion(S.FAILED, NOW, NOW + MINUTE, ERROR)
    for ended in (gone, failed):
        assert (ended.wake_at, ended.next_attempt_at) == (None, None)
        assert ended.finished_at == LONG_AGO


def test_only_a_live_post_that_is_not_being_deleted_can_be_deleted() -> None:
    pending = a_pending_run()
    failed = deletion.fail(pending, error=ERROR, now=NOW)
    assert deletion.can_be_requested(a_published_run())
    assert deletion.can_be_requested(failed)
    assert status_of(deletion.request(failed, now=NOW)) is S.PENDING
    unfit = [a_run(status) for status in RunStatus if status is not RunStatus.SUCCEEDED]
    for run in (pending, deletion.finish(pending, now=NOW), *unfit):
        assert not deletion.can_be_requested(run)


def test_only_the_transitions_of_the_table_are_possible() -> None:
    gone = deletion.finish(a_pending_run(), now=NOW)
    with pytest.raises(IllegalTransition):
        deletion.request(gone, now=NOW)
    with pytest.raises(IllegalTransition):
        deletion.fail(gone, error=ERROR, now=NOW)
    with pytest.raises(IllegalTransition):
        deletion.finish(a_published_run(), now=NOW)
    with pytest.raises(IllegalTransition):
        deletion.request(a_run(RunStatus.FAILED), now=NOW)


@pytest.mark.parametrize(
    "failure",
    [PlatformUnavailable("Away."), OutcomeUnknown("Lost."), RateLimited("", retry_after=None)],
)
def test_a_passing_failure_is_retried_until_the_back_off_ends(failure: Any) -> None:
    for failures, wait in enumerate(BACK_OFF):
        did = _after(failure, a_pending_run(failures=failures), NOW)
        assert isinstance(did, Again)
        assert did.at == NOW + wait
    end = _after(failure, a_pending_run(failures=len(BACK_OFF)), NOW)
    assert isinstance(end, GiveUp)
    assert end.error.retryable
    assert not end.disconnects


def test_a_wait_of_the_platform_counts_from_the_request_and_not_from_the_post() -> None:
    failure = RateLimited("Wait.", retry_after=timedelta(hours=1))
    did = _after(failure, a_pending_run(), NOW + timedelta(hours=23))
    assert isinstance(did, Again)
    assert did.at == NOW + timedelta(hours=24)
    assert isinstance(_after(failure, a_pending_run(), NOW + timedelta(hours=25)), GiveUp)


def test_a_token_is_refreshed_once_and_then_the_user_must_authorize_again() -> None:
    expired = TokenExpired("Reconnect.")
    assert may_renew_token(a_pending_run())
    assert not may_renew_token(a_pending_run(token_refreshes=1))
    for failure, run in [
        (expired, a_pending_run(token_refreshes=1)),
        (ReconnectRequired("Reconnect."), a_pending_run()),
    ]:
        did = _after(failure, run, NOW)
        assert isinstance(did, GiveUp)
        assert did.disconnects
        assert did.error.category is ErrorCategory.AUTH_EXPIRED


def test_a_refusal_has_the_platforms_own_message() -> None:
    failure = Rejected(
        "X does not allow this account to post: It is not yours.",
        category=ErrorCategory.PERMISSION,
        platform_code="403",
        platform_message="It is not yours.",
    )
    did = _after(failure, a_pending_run(), NOW)
    assert isinstance(did, GiveUp)
    assert did.error.message == (
        "X refused to delete the post: It is not yours. Delete the post in the X app."
    )
    assert (did.error.category, did.error.platform_code) == (ErrorCategory.PERMISSION, "403")
    assert not did.error.retryable


def test_a_refusal_without_a_message_and_one_for_the_operator_keep_ours() -> None:
    for failure in (
        Rejected("Delete it in the app."),
        Rejected("The operator must act.", platform_message="No.", concerns_operator=True),
    ):
        did = _after(failure, a_pending_run(), NOW)
        assert isinstance(did, GiveUp)
        assert did.error.message == failure.message


def test_a_duplicate_fails_a_deletion() -> None:
    did = _after(DuplicateRejected("Again."), a_pending_run(visible_attempts=3), NOW)
    assert isinstance(did, GiveUp)


def test_a_task_of_a_pending_deletion_deletes() -> None:
    assert decide(a_pending_run(), generation=1, seq=4, now=NOW) is Do.DELETE


@pytest.mark.parametrize("seq", [3, 5])
def test_a_task_of_another_seq_or_generation_does_not(seq: int) -> None:
    assert decide(a_pending_run(), generation=1, seq=seq, now=NOW) is Ignore.OTHER_SEQ
    assert decide(a_pending_run(), generation=2, seq=4, now=NOW) is Ignore.OTHER_GENERATION


def test_a_task_may_come_two_seconds_early_and_no_more() -> None:
    soon = a_pending_run(next_attempt_at=NOW + timedelta(seconds=2))
    assert decide(soon, generation=1, seq=4, now=NOW) is Do.DELETE
    later = a_pending_run(next_attempt_at=NOW + timedelta(seconds=2.1))
    assert decide(later, generation=1, seq=4, now=NOW) is Ignore.EARLY


@pytest.mark.parametrize("seq", [3, 4, 5])
def test_any_task_of_a_deletion_that_ended_makes_sure_that_the_submission_knows(seq: int) -> None:
    pending = a_pending_run()
    for ended in (
        deletion.finish(pending, now=NOW),
        deletion.fail(pending, error=ERROR, now=NOW),
    ):
        assert decide(ended, generation=1, seq=seq, now=NOW) is Do.FINISH


def a_summary(status: RunStatus, deleted: DeletionStatus | None = None) -> RunSummary:
    asked = Deletion(deleted, requested_at=NOW) if deleted else None
    return RunSummary("x", "x_ann", status, NOW, deletion=asked)


def a_published_post(*runs: RunSummary, **changes: Any) -> Submission:
    named = {str(number): run for number, run in enumerate(runs)}
    return a_submission(SubmissionStatus.SUCCEEDED, runs=named, remaining=0, **changes)


R = RunStatus


@pytest.mark.parametrize(
    ("runs", "is_gone"),
    [
        ([a_summary(R.SUCCEEDED, S.DELETED)], True),
        ([a_summary(R.SUCCEEDED, S.DELETED), a_summary(R.FAILED)], True),
        ([a_summary(R.SUCCEEDED, S.DELETED), a_summary(R.SUCCEEDED, S.FAILED)], False),
        ([a_summary(R.SUCCEEDED, S.DELETED), a_summary(R.SUCCEEDED, S.PENDING)], False),
        ([a_summary(R.SUCCEEDED, S.DELETED), a_summary(R.SUCCEEDED)], False),
        ([a_summary(R.SUCCEEDED, S.DELETED), a_summary(R.UNCONFIRMED)], False),
        ([a_summary(R.SUCCEEDED)], False),
        ([a_summary(R.FAILED)], False),
    ],
)
def test_a_post_is_deleted_once_nothing_that_may_be_live_is_left(
    runs: list[RunSummary], is_gone: bool
) -> None:
    settled = settle(a_published_post(*runs, wake_at=NOW), NOW + MINUTE)
    assert settled is not None
    assert settled.wake_at is None
    assert settled.deleted_at == (NOW + MINUTE if is_gone else None)


def test_the_time_of_the_deletion_is_kept() -> None:
    gone = a_published_post(a_summary(R.SUCCEEDED, S.DELETED))
    settled = settle(gone, NOW)
    assert settled is not None
    assert settled.deleted_at == NOW
    assert settle(settled, NOW + MINUTE) is None
