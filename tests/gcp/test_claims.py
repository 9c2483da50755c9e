"""Which run holds a post of a platform: one claim for each post, in the commit that settles it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from google.cloud import firestore

from shared.domain import run as runs
from shared.domain.content import Content
from shared.domain.run import Run, RunStatus
from shared.gcp.claims import Basis, PostHeld, claim_path, held_by_others
from shared.gcp.deliveries import Deliveries
from shared.gcp.firestore import PreconditionFailed
from shared.gcp.runs import StoredRun, rivals_of, run_fields, run_path
from shared.gcp.submissions import submission_fields, summary_of
from tests.domain.examples import a_run, a_submission
from tests.gcp.outboxes import outbox

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def _stored(db: firestore.Client, name: str, **changes: Any) -> StoredRun:
    """A stored run of its own submission, about to succeed."""
    run = a_run(
        **{
            "status": RunStatus.PROCESSING,
            "submission_id": name,
            "external_id": "2244",
            "intent_at": NOW,
            **changes,
        },
    )
    submission = replace(a_submission(), submission_id=name, runs={run.run_id: summary_of(run)})
    db.document(f"postSubmissions/{name}").set(submission_fields(submission))
    path = run_path(name, run.run_id)
    version = db.document(path).set(run_fields(run)).update_time
    return StoredRun(run, version)


def _succeeded(stored: StoredRun, post_id: str | None = "7", link: str | None = None) -> Run:
    return runs.succeed(stored.run, platform_post_id=post_id, permalink=link, now=NOW)


def _claim(db: firestore.Client, run: Run, post: str = "7") -> dict[str, Any]:
    fields: dict[str, Any] = db.document(claim_path(run, post)).get().to_dict()
    return fields


def test_a_run_that_succeeds_claims_its_post_in_the_same_commit(db: firestore.Client) -> None:
    stored = _stored(db, "s1")
    saved = Deliveries(db, outbox(db)).save(stored, _succeeded(stored), basis=Basis.ANSWER).stored
    claim = _claim(db, stored.run)
    assert claim.pop("createdAt").tzinfo
    assert claim == {
        "userId": "ann",
        "submissionId": "s1",
        "runId": "x",
        "writeId": saved.run.write_id,
        "basis": "answer",
    }


def test_a_post_is_held_by_one_run_and_the_other_stays_as_it_was(db: firestore.Client) -> None:
    deliveries, first, second = Deliveries(db, outbox(db)), _stored(db, "s1"), _stored(db, "s2")
    deliveries.save(first, _succeeded(first), basis=Basis.LOOK_UP)
    with pytest.raises(PostHeld) as held:
        deliveries.save(second, _succeeded(second), basis=Basis.LOOK_UP)
    assert (held.value.claim.submission_id, held.value.claim.basis) == ("s1", Basis.LOOK_UP)
    current = deliveries.run("s2", "x")
    assert current is not None
    assert (current.run, current.update_time) == (second.run, second.update_time)
    # Another post is free, and so is the same id on another account or platform.
    deliveries.save(second, _succeeded(second, "8"))
    for name, changes in {"s3": {"external_id": "1"}, "s4": {"platform": "threads"}}.items():
        other = _stored(db, name, **changes)
        deliveries.save(other, _succeeded(other))


def test_a_run_that_changed_is_reported_as_changed(db: firestore.Client) -> None:
    deliveries, first, second = Deliveries(db, outbox(db)), _stored(db, "s1"), _stored(db, "s2")
    deliveries.save(first, _succeeded(first))
    db.document("postSubmissions/s2/runs/x").update({"seq": 9})
    with pytest.raises(PreconditionFailed) as failed:
        deliveries.save(second, _succeeded(second))
    assert not isinstance(failed.value, PostHeld)


def test_a_claim_of_the_same_run_stands_in_no_way(db: firestore.Client) -> None:
    deliveries, stored = Deliveries(db, outbox(db)), _stored(db, "s1")
    deliveries.hold(stored.run, "7")
    deliveries.save(stored, _succeeded(stored), basis=Basis.LOOK_UP)
    assert _claim(db, stored.run)["basis"] == "answer"


def test_what_another_run_holds_stays_held(db: firestore.Client) -> None:
    deliveries, stored = Deliveries(db, outbox(db)), _stored(db, "s1")
    deliveries.save(stored, _succeeded(stored))
    other = replace(stored.run, submission_id="s2")
    deliveries.hold(other, "7")
    assert _claim(db, other)["submissionId"] == "s1"
    assert held_by_others(db, other, {"7", "8"}) == {"7"}
    assert held_by_others(db, stored.run, {"7", "8"}) == set()
    assert held_by_others(db, other, set()) == set()


@pytest.mark.parametrize(
    "link",
    [
        "https://www.linkedin.com/feed/update/urn:li:share:7/",
        "http://linkedin.com/feed/update/urn:li:share:7?utm_source=share#comments",
        "https://LinkedIn.com/feed/update/urn:li:share:7",
    ],
)
def test_without_an_id_the_link_is_held_however_it_is_written(
    db: firestore.Client, link: str
) -> None:
    deliveries, first, second = Deliveries(db, outbox(db)), _stored(db, "s1"), _stored(db, "s2")
    ours = "https://www.linkedin.com/feed/update/urn:li:share:7"
    deliveries.save(first, _succeeded(first, None, ours), basis=Basis.USER)
    with pytest.raises(PostHeld):
        deliveries.save(second, _succeeded(second, None, link), basis=Basis.USER)


def test_rivals_are_open_runs_with_the_same_text_on_the_same_account_of_any_user(
    db: firestore.Client,
) -> None:
    unconfirmed = {"status": RunStatus.UNCONFIRMED, "content": Content("Good  morning\n")}
    run = _stored(db, "s0", **unconfirmed).run
    same = {"content": Content("Good morning")}
    rivals = {
        "of another user": {"user_id": "bob", "account_id": "x_bob", **unconfirmed},
        "being published": same,
        "to be repeated": {**same, "status": RunStatus.QUEUED, "intent_at": None, "sent_at": NOW},
    }
    others = {
        "another text": {"content": Content("Good night")},
        "another account": {**same, "external_id": "1"},
        "another platform": {**same, "platform": "threads"},
        "nothing was sent": {**same, "intent_at": None},
        "it has ended": {**same, "status": RunStatus.SUCCEEDED},
    }
    for name, changes in {**rivals, **others}.items():
        _stored(db, name, **changes)
    assert {rival.submission_id for rival in rivals_of(db, run)} == set(rivals)


def test_a_post_that_facebook_names_with_and_without_the_page_is_one_post(
    db: firestore.Client,
) -> None:
    stored, other = _stored(db, "s1"), _stored(db, "s2")
    Deliveries(db, outbox(db)).save(stored, _succeeded(stored, "7"), basis=Basis.USER)
    assert held_by_others(db, other.run, ["2244_7", "2244_8"]) == {"2244_7"}
    with pytest.raises(PostHeld):
        Deliveries(db, outbox(db)).save(other, _succeeded(other, "2244_7"), basis=Basis.LOOK_UP)
