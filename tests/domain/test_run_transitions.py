"""The transitions of a run: exactly those of the diagram are possible."""

import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.domain import run as runs
from shared.domain import unconfirmed
from shared.domain.run import TRANSITIONS, IllegalTransition, Run, RunStatus
from tests.domain.examples import ERROR, NOW, a_run

S = RunStatus
MINUTE = timedelta(minutes=1)
# Those of the architecture, written down a second time.
EDGES = {
    (S.QUEUED, S.PROCESSING),
    (S.QUEUED, S.FAILED),
    (S.QUEUED, S.CANCELED),
    (S.PROCESSING, S.SUCCEEDED),
    (S.PROCESSING, S.FAILED),
    (S.PROCESSING, S.UNCONFIRMED),
    (S.UNCONFIRMED, S.SUCCEEDED),
    (S.UNCONFIRMED, S.FAILED),
    (S.UNCONFIRMED, S.QUEUED),
    (S.FAILED, S.QUEUED),
    (S.SUCCEEDED, S.UNCONFIRMED),
}
# What moves a run, with the resulting status.
MOVES: list[tuple[RunStatus, Callable[[Run], Run]]] = [
    (
        S.PROCESSING,
        lambda run: runs.claim(
            run,
            step="create_post",
            visible=False,
            mutates=True,
            lease=timedelta(seconds=90),
            owner="o",
            external_id="2244",
            now=NOW,
        ),
    ),
    (S.PROCESSING, lambda run: runs.proceed(run, checkpoint={}, at=NOW)),
    (S.PROCESSING, lambda run: runs.back_off(run, at=NOW, error=ERROR)),
    (S.PROCESSING, lambda run: runs.repeat_step(run, at=NOW, renewed=True)),
    (S.PROCESSING, lambda run: runs.repeat_step(run, at=NOW, renewed=False)),
    (S.SUCCEEDED, lambda run: runs.succeed(run, platform_post_id="1", permalink=None, now=NOW)),
    (S.SUCCEEDED, lambda run: runs.add_permalink(run, "https://x.com/1")),
    (S.FAILED, lambda run: runs.fail(run, error=ERROR, now=NOW)),
    (S.UNCONFIRMED, lambda run: unconfirmed.doubt(run, error=ERROR, now=NOW)),
    (S.UNCONFIRMED, lambda run: unconfirmed.look_again(run, absent=False, now=NOW)),
    (S.UNCONFIRMED, lambda run: unconfirmed.look_later(run, at=NOW)),
    (S.UNCONFIRMED, lambda run: unconfirmed.ask(run, now=NOW)),
    (S.UNCONFIRMED, lambda run: unconfirmed.look_after_failure(run, wait=MINUTE, now=NOW)),
    (S.QUEUED, lambda run: unconfirmed.publish_again(run, checkpoint={}, now=NOW)),
]


def test_the_table_has_exactly_the_edges_of_the_architecture() -> None:
    drawn = {(here, there) for here, others in TRANSITIONS.items() for there in others}
    assert drawn == EDGES
    assert set(TRANSITIONS) == set(RunStatus)


@pytest.mark.parametrize(
    ("here", "move"),
    [(here, number) for here, number in itertools.product(RunStatus, range(len(MOVES)))],
)
def test_a_move_follows_an_edge_or_is_refused(here: RunStatus, move: int) -> None:
    there, apply = MOVES[move]
    before = a_run(here, seq=4, sweeps=3)
    if here is there or (here, there) in EDGES:
        after = apply(before)
        assert after.status is there
        assert after.sweeps == 0
    else:
        with pytest.raises(IllegalTransition, match=f"run x: {here} -> {there}"):
            apply(before)


def test_a_late_success_settles_only_open_runs() -> None:
    for status in (S.QUEUED, S.PROCESSING, S.UNCONFIRMED):
        late = runs.succeed_late(a_run(status), platform_post_id="7", permalink=None, now=NOW)
        assert (late.status, late.platform_post_id) == (S.SUCCEEDED, "7")
    for status in (S.FAILED, S.CANCELED):
        with pytest.raises(IllegalTransition):
            runs.succeed_late(a_run(status), platform_post_id="7", permalink=None, now=NOW)


def test_only_a_run_that_holds_a_post_can_lose_it() -> None:
    held = a_run(S.SUCCEEDED, platform_post_id="7", permalink="https://x.com/i/7", started_at=NOW)
    lost = unconfirmed.lose_post(held, error=ERROR, now=NOW + MINUTE)
    assert (lost.status, lost.platform_post_id, lost.permalink) == (S.UNCONFIRMED, None, None)
    # It is looked for from its start on.
    assert (lost.intent_at, lost.next_attempt_at) == (NOW, NOW + 2 * MINUTE)
    for status in set(RunStatus) - {S.SUCCEEDED}:
        with pytest.raises(ValueError, match="holds no post"):
            unconfirmed.lose_post(a_run(status), error=ERROR, now=NOW)


@pytest.mark.parametrize("status", RunStatus)
def test_a_post_that_was_sent_late_is_followed_unless_the_run_has_ended(status: RunStatus) -> None:
    run = a_run(status, seq=4, lease_owner="another", intent_at=NOW)
    if status not in (S.QUEUED, S.PROCESSING, S.UNCONFIRMED):
        with pytest.raises(IllegalTransition):
            runs.follow_late(run, checkpoint={"id": "9"}, sent_at=NOW, at=NOW + MINUTE)
        return
    late = runs.follow_late(run, checkpoint={"id": "9"}, sent_at=NOW, at=NOW + MINUTE)
    assert late.status is (S.PROCESSING if status is S.PROCESSING else S.QUEUED)
    assert (late.sent_at, late.intent_at, late.lease_owner) == (NOW, None, None)
    assert (late.seq, late.checkpoint, late.next_attempt_at) == (5, {"id": "9"}, NOW + MINUTE)


def test_unconfirmed_counts_as_ended_and_unfinished_runs_do_not() -> None:
    ended = {status for status in RunStatus if a_run(status).is_ended}
    assert ended == {S.SUCCEEDED, S.FAILED, S.UNCONFIRMED, S.CANCELED}
