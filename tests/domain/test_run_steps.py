"""What each transition writes into a run: times, counts, and its holder."""

from datetime import timedelta

import pytest

from shared.domain import run as runs
from shared.domain import unconfirmed
from shared.domain.errors import ErrorCategory
from shared.domain.run import Run, RunError, RunStatus
from tests.domain.examples import ERROR, NOW, a_run

LEASE = timedelta(seconds=90)
MINUTE = timedelta(minutes=1)


def _claimed(visible: bool = True, run: Run | None = None) -> Run:
    return runs.claim(
        run or a_run(),
        step="create_post",
        visible=visible,
        mutates=True,
        lease=LEASE,
        owner="me",
        external_id="2244",
        now=NOW,
    )


def test_a_claim_holds_the_run_until_its_lease_ends_and_wakes_the_sweeper_after_it() -> None:
    run = _claimed(visible=False, run=a_run(next_attempt_at=NOW))
    assert (run.lease_until, run.lease_owner) == (NOW + LEASE, "me")
    assert run.wake_at == NOW + LEASE + timedelta(seconds=10)
    assert run.next_attempt_at is None
    assert run.started_at == NOW
    assert run.step == "create_post"
    assert run.attempt == 1


def test_only_the_claim_of_the_visible_step_is_an_intent() -> None:
    assert _claimed(visible=True).intent_at == NOW
    assert _claimed(visible=True).visible_attempts == 1
    assert _claimed(visible=False).intent_at is None
    assert _claimed(visible=False).visible_attempts == 0


def test_a_poll_begins_no_attempt() -> None:
    run = runs.claim(
        a_run(attempt=2),
        step="check",
        visible=False,
        mutates=False,
        lease=LEASE,
        owner="me",
        external_id="2244",
        now=NOW,
    )
    assert run.attempt == 2


def test_a_second_claim_keeps_the_time_of_the_first() -> None:
    earlier = NOW - timedelta(hours=1)
    assert _claimed(run=a_run(RunStatus.PROCESSING, started_at=earlier)).started_at == earlier


def test_proceeding_resets_failures_and_releases_the_run() -> None:
    claimed = _claimed(run=a_run(failures=3, token_refreshes=1))
    run = runs.proceed(claimed, checkpoint={"container": "9"}, at=NOW + MINUTE)
    assert run.checkpoint == {"container": "9"}
    assert (run.failures, run.token_refreshes) == (0, 0)
    assert (run.lease_until, run.lease_owner, run.intent_at) == (None, None, None)
    assert run.seq == claimed.seq + 1
    assert run.next_attempt_at == NOW + MINUTE
    assert run.wake_at == NOW + 3 * MINUTE


def test_backing_off_counts_the_failure_and_keeps_the_checkpoint() -> None:
    claimed = _claimed(run=a_run(failures=2, checkpoint={"container": "9"}))
    run = runs.back_off(claimed, at=NOW + MINUTE, error=ERROR)
    assert run.failures == 3
    assert run.error == ERROR
    assert run.checkpoint == {"container": "9"}
    assert run.seq == claimed.seq + 1


@pytest.mark.parametrize(
    "refused",
    [
        lambda run: runs.back_off(run, at=NOW, error=ERROR),
        lambda run: runs.repeat_step(run, at=NOW, renewed=True),
        lambda run: runs.repeat_step(run, at=NOW, renewed=False),
        lambda run: runs.proceed(run, checkpoint={}, at=NOW),
    ],
)
def test_a_visible_try_that_certainly_published_nothing_does_not_count(refused) -> None:
    assert refused(_claimed(visible=True)).visible_attempts == 0
    assert refused(_claimed(visible=False, run=a_run(visible_attempts=1))).visible_attempts == 1


def test_a_lost_try_counts_even_when_the_post_is_sent_again() -> None:
    lost = unconfirmed.doubt(_claimed(), error=ERROR, now=NOW)
    assert unconfirmed.publish_again(lost, checkpoint={}, now=NOW).visible_attempts == 1


def test_a_new_token_is_counted_and_waiting_for_one_is_not() -> None:
    assert runs.repeat_step(_claimed(), at=NOW, renewed=True).token_refreshes == 1
    waiting = runs.repeat_step(_claimed(), at=NOW + MINUTE, renewed=False)
    assert (waiting.token_refreshes, waiting.failures) == (0, 0)
    assert waiting.next_attempt_at == NOW + MINUTE


@pytest.mark.parametrize("before", [_claimed(), a_run(RunStatus.PROCESSING, sent_at=NOW)])
def test_an_ended_run_has_no_wake_up(before: Run) -> None:
    for run in (
        runs.succeed(before, platform_post_id="5", permalink="https://x.com/5", now=NOW),
        runs.fail(before, error=ERROR, now=NOW),
    ):
        assert run.finished_at == NOW
        assert (run.wake_at, run.next_attempt_at) == (None, None)
        assert (run.lease_until, run.lease_owner) == (None, None)
        assert (run.intent_at, run.sent_at) == (None, None)


def test_a_retry_may_start_late() -> None:
    before = a_run(RunStatus.FAILED, scheduled_time=NOW, not_after=NOW + MINUTE)
    run = runs.retry(before, content=before.content, now=NOW + 2 * MINUTE)
    assert (run.status, run.scheduled_time, run.not_after) == (RunStatus.QUEUED, None, None)
    assert run.queued_at == NOW + 2 * MINUTE


def test_success_drops_the_error_of_an_earlier_try() -> None:
    run = runs.succeed(
        _claimed(run=a_run(error=ERROR)), platform_post_id="5", permalink=None, now=NOW
    )
    assert run.error is None
    assert run.platform_post_id == "5"


def test_an_unconfirmed_run_keeps_the_intent_and_is_looked_up_a_minute_later() -> None:
    later = NOW + timedelta(seconds=40)
    run = unconfirmed.doubt(
        _claimed(run=a_run(failures=2, token_refreshes=1)), error=ERROR, now=later
    )
    assert run.intent_at == NOW
    assert run.next_attempt_at == later + MINUTE
    assert run.wake_at == later + 3 * MINUTE
    assert (run.failures, run.token_refreshes, run.look_ups) == (0, 0, 0)
    assert run.lease_until is None
    assert run.refused_as_duplicate is False


def test_a_run_that_a_poll_left_unconfirmed_uses_its_start_as_the_intent() -> None:
    polled = _claimed(visible=False, run=a_run(started_at=NOW - MINUTE))
    assert unconfirmed.doubt(polled, error=ERROR, now=NOW).intent_at == NOW - MINUTE


def test_a_refusal_as_a_duplicate_is_remembered_from_then_on() -> None:
    repeated = RunError(ErrorCategory.DUPLICATE, "duplicate", "Again.", False)
    run = unconfirmed.doubt(_claimed(), error=repeated, now=NOW)
    assert run.refused_as_duplicate is True
    again = _claimed(run=unconfirmed.publish_again(run, checkpoint={}, now=NOW))
    assert unconfirmed.doubt(again, error=ERROR, now=NOW).refused_as_duplicate is True


def test_publishing_again_starts_from_the_checkpoint() -> None:
    doubted = unconfirmed.doubt(_claimed(), error=ERROR, now=NOW)
    run = unconfirmed.publish_again(doubted, checkpoint={"container": "9"}, now=NOW + MINUTE)
    assert run.status is RunStatus.QUEUED
    assert run.checkpoint == {"container": "9"}
    assert (run.intent_at, run.error, run.finished_at, run.absent_at) == (None,) * 4
    assert run.next_attempt_at == NOW + MINUTE
    assert run.started_at == NOW
    assert run.seq == doubted.seq + 1


def test_a_sweep_moves_only_the_wake_up() -> None:
    claimed = _claimed()
    swept = runs.sweep(claimed, wake_at=NOW + timedelta(hours=1))
    assert swept.wake_at == NOW + timedelta(hours=1)
    assert swept.sweeps == 1
    assert (swept.seq, swept.lease_owner, swept.status) == (
        claimed.seq,
        claimed.lease_owner,
        claimed.status,
    )
