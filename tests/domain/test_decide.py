"""What a task must do, for every state of a run."""

from datetime import timedelta

import pytest

from shared.domain.decision import Do, Ignore, decide
from shared.domain.run import Run, RunStatus
from tests.domain.examples import NOW, a_run

S = RunStatus
SECOND = timedelta(seconds=1)


def _decide(run: Run, *, generation: int = 2, seq: int = 5) -> Do | Ignore:
    return decide(run, generation=generation, seq=seq, now=NOW)


def _run(status: RunStatus, **changes) -> Run:
    return a_run(status, **{"generation": 2, "seq": 5, **changes})


@pytest.mark.parametrize("status", list(RunStatus))
def test_a_task_of_another_generation_is_ignored_in_every_state(status: RunStatus) -> None:
    assert _decide(_run(status), generation=1) is Ignore.OTHER_GENERATION
    assert _decide(_run(status), generation=3) is Ignore.OTHER_GENERATION


@pytest.mark.parametrize("status", [S.QUEUED, S.PROCESSING, S.UNCONFIRMED])
@pytest.mark.parametrize("seq", [4, 6])
def test_a_task_with_another_seq_is_ignored_while_the_run_goes_on(
    status: RunStatus, seq: int
) -> None:
    assert _decide(_run(status), seq=seq) is Ignore.OTHER_SEQ


@pytest.mark.parametrize("status", [S.SUCCEEDED, S.FAILED, S.CANCELED])
@pytest.mark.parametrize("seq", [4, 5, 6])
def test_any_task_of_an_ended_run_makes_sure_that_the_submission_knows(
    status: RunStatus, seq: int
) -> None:
    assert _decide(_run(status), seq=seq) is Do.FINISH


def test_a_queued_run_does_its_first_step() -> None:
    assert _decide(_run(S.QUEUED)) is Do.TAKE_STEP


def test_a_run_between_two_steps_does_the_next() -> None:
    assert _decide(_run(S.PROCESSING, next_attempt_at=NOW)) is Do.TAKE_STEP


@pytest.mark.parametrize("status", [S.QUEUED, S.PROCESSING, S.UNCONFIRMED])
@pytest.mark.parametrize(
    ("ahead", "expected"), [(timedelta(seconds=2), None), (2 * SECOND + SECOND / 10, Ignore.EARLY)]
)
def test_a_task_may_come_two_seconds_early_and_no_more(
    status: RunStatus, ahead: timedelta, expected: Ignore | None
) -> None:
    did = _decide(_run(status, next_attempt_at=NOW + ahead))
    assert (did is Ignore.EARLY) == (expected is Ignore.EARLY)


@pytest.mark.parametrize(
    ("over_since", "expected"),
    [
        (timedelta(seconds=-60), Ignore.HELD),
        (timedelta(0), Ignore.HELD),
        (timedelta(seconds=9.9), Ignore.HELD),
        (timedelta(seconds=10), Do.TAKE_STEP),
        (timedelta(hours=1), Do.TAKE_STEP),
    ],
)
def test_a_lease_is_taken_over_ten_seconds_after_it_expired(
    over_since: timedelta, expected: Do | Ignore
) -> None:
    run = _run(S.PROCESSING, lease_until=NOW - over_since, lease_owner="somebody")
    assert _decide(run) is expected


def test_a_holder_that_died_after_its_intent_is_never_repeated() -> None:
    run = _run(
        S.PROCESSING,
        lease_until=NOW - timedelta(minutes=1),
        lease_owner="somebody",
        intent_at=NOW - timedelta(minutes=3),
    )
    assert _decide(run) is Do.RECORD_LOSS


def test_an_unconfirmed_run_is_looked_up_at_its_time() -> None:
    run = _run(S.UNCONFIRMED, next_attempt_at=NOW - SECOND, intent_at=NOW - timedelta(minutes=1))
    assert _decide(run) is Do.LOOK_UP


def test_an_unconfirmed_run_without_look_ups_left_waits_for_the_user() -> None:
    assert _decide(_run(S.UNCONFIRMED, intent_at=NOW)) is Ignore.SETTLED
