"""Reading documents, with a store in memory: forms, owners, and missing fields."""

from datetime import UTC, datetime
from typing import Any

import pytest
from mockfirestore import MockFirestore

from shared.domain.errors import ErrorCategory
from shared.domain.run import RunStatus
from shared.domain.submission import SubmissionStatus
from shared.domain.subscription import Billing, denial
from shared.gcp.accounts import integration_from
from shared.gcp.api_keys import key_from
from shared.gcp.idempotency import record_from
from shared.gcp.runs import run_from, run_path, submission_path
from shared.gcp.submissions import submission_from
from shared.gcp.users import subscription_from
from shared.posts.view import owned

NOW = datetime(2030, 1, 1, tzinfo=UTC)
SUBMISSION: dict[str, Any] = {
    "userId": "ann",
    "mode": "live",
    "requestId": "req_1",
    "request": {"post": {"content": {"text": "Hello", "platform": "x"}}},
    "text": "Hello",
    "targets": [{"platform": "x", "accountId": "x_main", "targetId": "x:x_main", "runId": "x"}],
    "status": "dispatched",
    "remaining": 1,
    "generation": 1,
    "createdAt": NOW,
    "updatedAt": NOW,
    "runSummary": {
        "x": {
            "platform": "x",
            "accountId": "x_main",
            "status": "processing",
            "queuedAt": NOW,
        }
    },
}
RUN: dict[str, Any] = {
    "userId": "ann",
    "platform": "x",
    "accountId": "x_main",
    "targetId": "x:x_main",
    "content": {"text": "Hello", "options": {}},
    "status": "failed",
    "generation": 2,
    "seq": 3,
    "queuedAt": NOW,
    "permalink": None,
    "error": {"category": "rate_limited", "code": "429", "message": "Wait.", "retryable": True},
}


@pytest.fixture
def db() -> MockFirestore:
    return MockFirestore()


def _stored(db: MockFirestore, path: str, fields: dict[str, Any]) -> Any:
    db.document(path).set(fields)
    return db.document(path).get()


def test_a_submission_is_its_owners_alone(db: MockFirestore) -> None:
    snapshot = _stored(db, submission_path("one"), SUBMISSION)
    mine = owned(snapshot, "ann")
    assert mine is not None
    assert mine.submission.submission_id == "one"
    for other in ("bob", "", "ANN", "one"):
        assert owned(snapshot, other) is None


def test_a_submission_that_is_not_there_is_nobodys(db: MockFirestore) -> None:
    assert owned(db.document(submission_path("none")).get(), "ann") is None


def test_a_submission_is_read_with_its_targets_and_runs(db: MockFirestore) -> None:
    stored = submission_from(_stored(db, submission_path("one"), SUBMISSION))
    assert stored is not None
    submission = stored.submission
    assert submission.status is SubmissionStatus.DISPATCHED
    assert [target.target_id for target in submission.targets] == ["x:x_main"]
    assert submission.targets[0].content.text == "Hello"
    assert submission.runs is not None
    assert submission.runs["x"].status is RunStatus.PROCESSING
    assert (submission.scheduled_time, submission.wake_at, submission.key_hash) == (None,) * 3


def test_a_submission_whose_runs_are_not_made_yet_has_none(db: MockFirestore) -> None:
    fields = {name: value for name, value in SUBMISSION.items() if name != "runSummary"}
    stored = submission_from(_stored(db, submission_path("one"), fields))
    assert stored is not None
    assert stored.submission.runs is None


def test_a_run_is_read_with_its_error_and_without_what_is_absent(db: MockFirestore) -> None:
    stored = run_from(_stored(db, run_path("one", "x"), RUN))
    assert stored is not None
    run = stored.run
    assert (run.submission_id, run.run_id, run.generation, run.seq) == ("one", "x", 2, 3)
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert (run.error.category, run.error.retryable) == (ErrorCategory.RATE_LIMITED, True)
    assert (run.permalink, run.intent_at, run.wake_at) == (None, None, None)
    assert run_from(db.document(run_path("one", "threads")).get()) is None


def test_runs_are_found_by_their_owner(db: MockFirestore) -> None:
    for run_id, owner in (("x", "ann"), ("threads", "bob")):
        _stored(db, run_path("one", run_id), {**RUN, "userId": owner})
    found = db.collection("postSubmissions/one/runs").where("userId", "==", "ann").stream()
    assert [run.run.run_id for snapshot in found if (run := run_from(snapshot))] == ["x"]


def test_several_documents_are_read_at_once_whether_they_exist_or_not(db: MockFirestore) -> None:
    record = {"fingerprint": "f", "postSubmissionId": "one", "expiresAt": NOW}
    _stored(db, "idempotencyKeys/known", record)
    references = [db.document(f"idempotencyKeys/{name}") for name in ("known", "unknown")]
    found = {snapshot.id: record_from(snapshot) for snapshot in db.get_all(references)}
    assert found["unknown"] is None
    assert found["known"] is not None
    assert found["known"].submission_id == "one"
    assert not found["known"].is_alive(NOW), "a record has run out at the second it says"


def test_an_integration_without_accounts_counts_as_missing(db: MockFirestore) -> None:
    path = "users/ann/integrations/x"
    assert integration_from(db.document(path).get()) is None
    assert integration_from(_stored(db, path, {"accounts": {}, "defaultAccountId": "a"})) is None
    account = {"username": "ann", "status": "reconnect_required"}
    found = integration_from(_stored(db, path, {"accounts": {"a": account}}))
    assert found is not None
    assert (found.platform, found.default_account_id) == ("x", None)
    assert found.accounts["a"].status.value == "reconnect_required"


def test_a_key_is_revoked_from_its_time_on(db: MockFirestore) -> None:
    fields = {"userId": "ann", "mode": "live", "revokedAt": None}
    valid = key_from(_stored(db, "apiKeys/hash", fields))
    assert valid is not None
    assert (valid.user_id, valid.key_hash, valid.revoked) == ("ann", "hash", False)
    revoked = key_from(_stored(db, "apiKeys/hash", {**fields, "revokedAt": NOW}))
    assert revoked is not None
    assert revoked.revoked
    assert key_from(db.document("apiKeys/other").get()) is None


def test_a_subscription_that_never_was_is_not_active(db: MockFirestore) -> None:
    found = subscription_from(db.document("users/ann/subscription/current").get())
    assert denial(found, Billing("manual"), NOW) is not None
    assert dict(found.limits) == {}
