"""A run and its submission change in one commit, and exactly one run is the last."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import firestore

from shared import clock
from shared.domain import run as runs
from shared.domain import unconfirmed
from shared.domain.run import Run, RunStatus
from shared.domain.submission import SubmissionStatus
from shared.gcp.deliveries import Deliveries
from shared.gcp.firestore import PreconditionFailed, StoreUnavailable
from shared.gcp.runs import StoredRun, run_fields, run_path, submission_path
from shared.gcp.submissions import submission_fields, summary_of
from tests.crash.faults import FIRESTORE_CALLS, Calls, _Counted
from tests.domain.examples import ERROR, a_run, a_submission
from tests.gcp.outboxes import outbox


def _store(db: firestore.Client, count: int, status: RunStatus = RunStatus.PROCESSING) -> list[Run]:
    """A dispatched submission with `count` runs."""
    stored = [
        a_run(status, run_id=f"x:a{i}", account_id=f"a{i}", wake_at=clock.now())
        for i in range(count)
    ]
    submission = a_submission(
        SubmissionStatus.DISPATCHED,
        runs={run.run_id: summary_of(run) for run in stored},
        remaining=count,
        wake_at=clock.now(),
    )
    batch = db.batch()
    batch.set(db.document(submission_path("s1")), submission_fields(submission))
    for run in stored:
        batch.set(db.document(run_path("s1", run.run_id)), run_fields(run))
    batch.commit()
    return stored


def _read(deliveries: Deliveries, run_id: str) -> StoredRun:
    found = deliveries.run("s1", run_id)
    assert found is not None
    return found


def _succeeded(run: Run) -> Run:
    return runs.succeed(run, platform_post_id=run.account_id, permalink=None, now=clock.now())


def _submission(db: firestore.Client) -> dict[str, Any]:
    found: dict[str, Any] = db.document(submission_path("s1")).get().to_dict()
    return found


def test_of_sixteen_runs_that_end_at_once_exactly_one_is_the_last(db: firestore.Client) -> None:
    stored, deliveries = _store(db, 16), Deliveries(db, outbox(db))

    def end(run: Run) -> bool:
        found = _read(deliveries, run.run_id)
        return deliveries.save(found, _succeeded(found.run), wants={}).may_be_last

    with ThreadPoolExecutor(16) as pool:
        last = list(pool.map(end, stored))
    assert last.count(True) == 1
    submission = _submission(db)
    assert submission["remaining"] == 0
    assert {line["status"] for line in submission["runSummary"].values()} == {"succeeded"}
    settled = deliveries.settle("s1")
    assert settled is not None
    assert settled.status is SubmissionStatus.SUCCEEDED
    assert "wakeAt" not in _submission(db)


def test_a_run_that_goes_on_is_not_the_last(db: firestore.Client) -> None:
    _store(db, 1)
    deliveries = Deliveries(db, outbox(db))
    found = _read(deliveries, "x:a0")
    saved = deliveries.save(found, runs.back_off(found.run, at=clock.now(), error=ERROR))
    assert not saved.may_be_last
    assert _submission(db)["remaining"] == 1


def test_a_save_over_an_older_version_stores_nothing(db: firestore.Client) -> None:
    _store(db, 1)
    deliveries = Deliveries(db, outbox(db))
    first, second = _read(deliveries, "x:a0"), _read(deliveries, "x:a0")
    deliveries.save(first, _succeeded(first.run), attempt={"outcome": "first"})
    failed = runs.fail(second.run, error=ERROR, now=clock.now())
    with pytest.raises(PreconditionFailed):
        deliveries.save(second, failed, attempt={"outcome": "second"})
    assert _read(deliveries, "x:a0").run.status is RunStatus.SUCCEEDED
    assert _submission(db)["remaining"] == 0
    attempt = db.document(f"{run_path('s1', 'x:a0')}/attempts/0").get().to_dict()
    assert attempt["outcome"] == "first"


def test_a_saved_run_can_be_saved_again_without_reading_it(db: firestore.Client) -> None:
    _store(db, 1)
    deliveries = Deliveries(db, outbox(db))
    found = _read(deliveries, "x:a0")
    doubted = deliveries.save(found, unconfirmed.doubt(found.run, error=ERROR, now=clock.now()))
    assert doubted.may_be_last
    again = unconfirmed.publish_again(doubted.stored.run, checkpoint={}, now=clock.now())
    revived = deliveries.save(doubted.stored, again)
    assert _submission(db)["remaining"] == 1
    assert _read(deliveries, "x:a0").run.error is None
    assert revived.stored.update_time == _read(deliveries, "x:a0").update_time


def test_an_unconfirmed_run_that_resolves_is_not_counted_twice(db: firestore.Client) -> None:
    _store(db, 2)
    deliveries = Deliveries(db, outbox(db))
    found = _read(deliveries, "x:a0")
    doubted = deliveries.save(found, unconfirmed.doubt(found.run, error=ERROR, now=clock.now()))
    assert _submission(db)["remaining"] == 1
    resolved = deliveries.save(doubted.stored, _succeeded(doubted.stored.run))
    assert _submission(db)["remaining"] == 1
    # Only the submission shows whether it was the last.
    assert resolved.may_be_last
    assert deliveries.settle("s1").status is SubmissionStatus.DISPATCHED


def _through(db: firestore.Client) -> Calls:
    calls = Calls()
    db._firestore_api_internal = _Counted(db._firestore_api, FIRESTORE_CALLS, calls)
    return calls


def _lost(repeat: bool, error: type[Exception] | None = None) -> Any:
    """The commit takes effect; then its answer is lost, or it is sent a second time."""

    def strike(call: Any) -> Any:
        call()
        if error:
            raise error("lost")
        return call() if repeat else None

    return strike


@pytest.mark.parametrize(
    "strike",
    [
        _lost(repeat=True),
        _lost(repeat=False, error=exceptions.ServiceUnavailable),
        _lost(repeat=False, error=exceptions.DeadlineExceeded),
        _lost(repeat=False, error=exceptions.Unknown),
    ],
    ids=["repeated", "unavailable", "deadline", "unknown"],
)
def test_a_commit_whose_acknowledgement_was_lost_counts_once(
    db: firestore.Client, strike: Any
) -> None:
    _store(db, 2)
    deliveries = Deliveries(db, outbox(db))
    found = _read(deliveries, "x:a0")
    calls = _through(db)
    calls.strike(0, strike)
    saved = deliveries.save(found, _succeeded(found.run), wants={})
    calls.count()
    assert _submission(db)["remaining"] == 1
    assert saved.stored.update_time == _read(deliveries, "x:a0").update_time
    # The count is unknown: it may be the last, which settling checks.
    assert saved.may_be_last
    deliveries.save(saved.stored, replace(saved.stored.run, permalink="https://x.com/1"))


def test_a_commit_that_never_arrived_is_reported(db: firestore.Client) -> None:
    _store(db, 1)
    deliveries = Deliveries(db, outbox(db))
    found = _read(deliveries, "x:a0")

    def never(call: Any) -> Any:
        raise exceptions.DeadlineExceeded("away")

    calls = _through(db)
    calls.strike(0, never)
    with pytest.raises(StoreUnavailable):
        deliveries.save(found, _succeeded(found.run), wants={})
    assert _read(deliveries, "x:a0").run.status is RunStatus.PROCESSING
    assert _submission(db)["remaining"] == 1


def test_every_field_of_a_run_survives_its_document(db: firestore.Client) -> None:
    (run,) = _store(db, 1)
    deliveries = Deliveries(db, outbox(db))
    now = clock.now()
    full = replace(
        run,
        generation=2,
        seq=9,
        step="s",
        checkpoint={"container": "5"},
        intent_at=now,
        visible_attempts=2,
        lease_until=now,
        lease_owner="me",
        next_attempt_at=now,
        attempt=3,
        failures=1,
        token_refreshes=1,
        look_ups=2,
        external_id="2244",
        absences=1,
        absent_at=now,
        asked_at=now,
        is_asked=True,
        refused_as_duplicate=True,
        platform_post_id="1",
        permalink="https://x.com/1",
        error=replace(ERROR, platform_code="c", platform_message="m"),
        scheduled_time=now,
        not_after=now,
        started_at=now,
        finished_at=now,
        wake_at=now,
        sweeps=4,
    )
    saved = deliveries.save(_read(deliveries, "x:a0"), full)
    assert (
        _read(deliveries, "x:a0").run
        == saved.stored.run
        == replace(full, write_id=saved.stored.run.write_id)
    )
    deliveries.save(saved.stored, replace(run, write_id=""))
    emptied = _read(deliveries, "x:a0").run
    assert replace(emptied, write_id="") == run
