"""Since when work on a run or a submission is due; never once nothing is left to do."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.domain.run import LEASE_MARGIN, Deletion, DeletionStatus, RunStatus
from shared.domain.submission import SubmissionStatus
from shared.domain.work_left import run_due, submission_due
from shared.gcp.submissions import summary_of
from tests.domain.examples import NOW, a_run, a_submission

LATER = NOW + timedelta(hours=1)
_R, _S = RunStatus, SubmissionStatus


@pytest.mark.parametrize(
    ("status", "fields", "due"),
    [
        (_R.QUEUED, {}, NOW),
        (_R.QUEUED, {"next_attempt_at": LATER}, LATER),
        (_R.PROCESSING, {"next_attempt_at": LATER}, LATER),
        (_R.PROCESSING, {"lease_until": LATER, "lease_owner": "a"}, LATER + LEASE_MARGIN),
        (_R.UNCONFIRMED, {"next_attempt_at": LATER}, LATER),
        (_R.UNCONFIRMED, {}, None),
        (_R.SUCCEEDED, {}, None),
        (_R.SUCCEEDED, {"deletion": Deletion(DeletionStatus.PENDING, LATER)}, LATER),
        (_R.SUCCEEDED, {"deletion": Deletion(DeletionStatus.DELETED, LATER)}, None),
        (_R.FAILED, {}, None),
        (_R.CANCELED, {}, None),
    ],
)
def test_a_run_is_due_when_its_next_task_can_act(
    status: RunStatus, fields: dict[str, Any], due: datetime | None
) -> None:
    assert run_due(a_run(status, **fields)) == due


@pytest.mark.parametrize(
    ("status", "fields", "due"),
    [
        (_S.QUEUED, {}, NOW),
        (_S.QUEUED, {"scheduled_time": LATER}, LATER),
        (_S.ORCHESTRATING, {"scheduled_time": LATER - timedelta(hours=9)}, NOW),
        (_S.DRAFT, {}, None),
        (_S.CANCELED, {}, None),
        (_S.SUCCEEDED, {}, None),
        (_S.UNCONFIRMED, {}, None),
        (_S.UNCONFIRMED, {"wake_at": LATER}, NOW),
    ],
)
def test_a_submission_is_due_while_it_has_something_of_its_own_to_do(
    status: SubmissionStatus, fields: dict[str, Any], due: datetime | None
) -> None:
    assert submission_due(a_submission(status, **fields)) == due


@pytest.mark.parametrize(("status", "due"), [(_R.PROCESSING, None), (_R.SUCCEEDED, NOW)])
def test_a_dispatched_submission_is_due_when_all_its_runs_have_ended(
    status: RunStatus, due: datetime | None
) -> None:
    runs = {"x": summary_of(a_run(status))}
    assert submission_due(a_submission(_S.DISPATCHED, runs=runs, wake_at=LATER)) == due
