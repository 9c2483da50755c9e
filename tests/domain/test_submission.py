"""The transitions of a submission, its end, and when it must be checked."""

import itertools
from datetime import datetime, timedelta

import pytest

from shared.domain.run import RunStatus
from shared.domain.submission import (
    TRANSITIONS,
    IllegalTransition,
    RunSummary,
    SubmissionStatus,
    display_status,
    first_wake,
    is_due_soon,
    move,
    next_sweep,
    roll_up,
    run_ids,
    settle,
)
from tests.domain.examples import NOW, a_submission

S, R = SubmissionStatus, RunStatus
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
FINAL = {S.SUCCEEDED, S.PARTIALLY_FAILED, S.FAILED, S.UNCONFIRMED}
EDGES = {
    (S.DRAFT, S.QUEUED),
    (S.DRAFT, S.CANCELED),
    (S.QUEUED, S.ORCHESTRATING),
    (S.QUEUED, S.DRAFT),
    (S.QUEUED, S.CANCELED),
    (S.ORCHESTRATING, S.DISPATCHED),
    # Every run was created failed.
    *((S.ORCHESTRATING, final) for final in FINAL),
    *((S.DISPATCHED, final) for final in FINAL),
    *((final, S.DISPATCHED) for final in FINAL),
    *(itertools.permutations(FINAL, 2)),
}


@pytest.mark.parametrize(("here", "there"), list(itertools.product(S, S)))
def test_a_submission_moves_along_its_edges_and_no_other_way(
    here: SubmissionStatus, there: SubmissionStatus
) -> None:
    submission = a_submission(here)
    if here is there or (here, there) in EDGES:
        assert move(submission, there).status is there
    else:
        with pytest.raises(IllegalTransition, match=f"submission s1: {here} -> {there}"):
            move(submission, there)


def test_every_status_has_its_edges_written_down() -> None:
    assert set(TRANSITIONS) == set(S)


def _expected(statuses: tuple[RunStatus, ...]) -> SubmissionStatus | None:
    """The roll-up in the architecture's order."""
    if any(status in (R.QUEUED, R.PROCESSING) for status in statuses):
        return None
    if all(status is R.SUCCEEDED for status in statuses):
        return S.SUCCEEDED
    if any(status is R.UNCONFIRMED for status in statuses):
        return S.UNCONFIRMED
    if not any(status is R.SUCCEEDED for status in statuses):
        return S.FAILED
    return S.PARTIALLY_FAILED


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_the_roll_up_of_every_combination_of_runs(count: int) -> None:
    for statuses in itertools.product(R, repeat=count):
        assert roll_up(statuses) is _expected(statuses), statuses


def test_no_runs_give_no_final_status() -> None:
    assert roll_up([]) is None


def _with_runs(status: SubmissionStatus, *runs: RunStatus, **changes):
    summaries = {str(i): RunSummary("x", str(i), run, NOW) for i, run in enumerate(runs)}
    return a_submission(status, runs=summaries, wake_at=NOW + HOUR, sweeps=3, **changes)


def test_settling_writes_the_final_status_and_removes_the_wake_up() -> None:
    settled = settle(_with_runs(S.DISPATCHED, R.SUCCEEDED, R.FAILED), NOW)
    assert settled is not None
    assert settled.status is S.PARTIALLY_FAILED
    assert (settled.wake_at, settled.sweeps, settled.updated_at) == (None, 0, NOW)


def test_settling_waits_for_the_last_run() -> None:
    assert settle(_with_runs(S.DISPATCHED, R.SUCCEEDED, R.PROCESSING), NOW) is None


@pytest.mark.parametrize("status", [S.DRAFT, S.QUEUED, S.ORCHESTRATING, S.CANCELED])
def test_a_submission_that_was_not_dispatched_is_not_settled(status: SubmissionStatus) -> None:
    assert settle(_with_runs(status, R.SUCCEEDED), NOW) is None
    assert settle(a_submission(status), NOW) is None


def test_settling_again_writes_nothing_unless_a_wake_up_is_left() -> None:
    settled = settle(_with_runs(S.DISPATCHED, R.SUCCEEDED), NOW)
    assert settled is not None
    assert settle(settled, NOW + HOUR) is None
    assert settle(_with_runs(S.SUCCEEDED, R.SUCCEEDED), NOW) is not None


def test_an_end_is_recomputed_when_an_unconfirmed_run_resolves() -> None:
    resolved = settle(_with_runs(S.UNCONFIRMED, R.SUCCEEDED, R.SUCCEEDED), NOW)
    assert resolved is not None
    assert resolved.status is S.SUCCEEDED


def test_the_first_check_is_two_minutes_after_acceptance_or_after_the_time() -> None:
    assert first_wake(None, NOW) == NOW + 2 * MINUTE
    assert first_wake(NOW + 30 * MINUTE, NOW) == NOW + 32 * MINUTE
    assert first_wake(NOW + HOUR, NOW) == NOW + HOUR + 2 * MINUTE


def test_a_post_far_ahead_is_checked_an_hour_before_its_time() -> None:
    assert first_wake(NOW + timedelta(days=400), NOW) == NOW + timedelta(days=400) - HOUR


@pytest.mark.parametrize(
    ("ahead", "soon"), [(-HOUR, True), (HOUR, True), (HOUR + timedelta(seconds=1), False)]
)
def test_only_a_post_due_within_the_hour_has_a_task(ahead: timedelta, soon: bool) -> None:
    assert is_due_soon(NOW + ahead, NOW) is soon
    assert is_due_soon(None, NOW) is True


def test_sweeps_come_at_doubling_intervals_up_to_an_hour() -> None:
    waits = [next_sweep(NOW, sweeps, NOW) - NOW for sweeps in (0, 1, 2, 3, 4, 5, 6, 1000)]
    assert [wait / MINUTE for wait in waits] == [2, 4, 8, 16, 32, 60, 60, 60]


def test_a_sweep_counts_from_the_time_that_is_still_ahead() -> None:
    assert next_sweep(NOW + HOUR, 0, NOW) == NOW + HOUR + 2 * MINUTE
    assert next_sweep(NOW - HOUR, 0, NOW) == NOW + 2 * MINUTE


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (S.DRAFT, "draft"),
        (S.QUEUED, "publishing"),
        (S.ORCHESTRATING, "publishing"),
        (S.DISPATCHED, "publishing"),
        (S.SUCCEEDED, "published"),
        (S.PARTIALLY_FAILED, "partially_failed"),
        (S.FAILED, "failed"),
        (S.UNCONFIRMED, "unconfirmed"),
        (S.CANCELED, "canceled"),
    ],
)
def test_the_status_as_the_pages_show_it(status: SubmissionStatus, words: str) -> None:
    assert display_status(a_submission(status)) == words


@pytest.mark.parametrize("scheduled_time", [NOW + MINUTE, NOW - MINUTE])
def test_a_post_with_a_time_is_scheduled_until_it_starts(scheduled_time: datetime) -> None:
    assert display_status(a_submission(scheduled_time=scheduled_time)) == "scheduled"
    started = a_submission(S.ORCHESTRATING, scheduled_time=scheduled_time)
    assert display_status(started) == "publishing"


def test_a_run_is_named_by_its_platform_and_by_its_account_where_there_are_several() -> None:
    assert run_ids([("x", "a"), ("instagram", "b"), ("instagram", "c")]) == [
        "x",
        "instagram:b",
        "instagram:c",
    ]
