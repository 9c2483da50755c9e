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


def test_unconfirmed_counts_as_ended_and_unfinished_runs_do_not() -> None:
    ended = {status for status in RunStatus if a_run(status).is_ended}
    assert ended == {S.SUCCEEDED, S.FAILED, S.UNCONFIRMED, S.CANCELED}
