"""One key is one post, even when requests race and when Firestore or the queue fails."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from google.api_core import exceptions

from shared import clock
from shared.web.envelope import time_text
from tests.functions.api_client import POSTS, ApiClient, error_of, post

ONE = {"Idempotency_Key": "one"}
CALLERS = 50


@pytest.mark.full
@pytest.mark.parametrize("headers", [ONE, {}])
def test_50_concurrent_calls_with_one_key_are_one_post(
    unlimited: ApiClient, headers: dict[str, str]
) -> None:
    api = unlimited
    with ThreadPoolExecutor(CALLERS) as pool:
        answers = list(pool.map(lambda _: api.send(post(), **headers), range(CALLERS)))
    assert {answer.status_code for answer in answers} == {201}
    [submission] = api.submissions()
    assert {answer.json["postSubmissionId"] for answer in answers} == {submission["id"]}
    assert api.tasks() == [{"submissionId": submission["id"], "generation": 1}]
    assert len(api.records()) == 1
    replays = [answer.headers.get("Idempotent-Replayed") for answer in answers]
    assert sorted(map(str, replays)) == ["None"] + ["true"] * (CALLERS - 1)
    for answer in answers:
        assert api.logged(answer.headers["X-Request-ID"])["postSubmissionId"] == submission["id"]


def test_concurrent_calls_with_one_key_and_two_bodies_are_one_post(unlimited: ApiClient) -> None:
    api = unlimited
    bodies = [post("one"), post("two")] * 5
    with ThreadPoolExecutor(len(bodies)) as pool:
        answers = list(pool.map(lambda body: api.send(body, **ONE), bodies))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [409] * 5
    [submission] = api.submissions()
    assert len(api.tasks()) == 1
    for answer in answers:
        line = api.logged(answer.headers["X-Request-ID"])
        assert line["status"] == answer.status_code
        assert line.get("postSubmissionId") == (
            submission["id"] if answer.status_code == 201 else None
        )


def test_concurrent_calls_over_an_expired_record_are_one_new_post(unlimited: ApiClient) -> None:
    api = unlimited
    first = api.accept(post(), **ONE)
    api.world.advance(timedelta(hours=24, seconds=1))
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: api.send(post(), **ONE), range(10)))
    [second] = {answer.json["postSubmissionId"] for answer in answers}
    assert {submission["id"] for submission in api.submissions()} == {first, second}
    assert len(api.tasks()) == 2


class _Broken:
    """A client with a method that the test replaces for some calls."""

    def __init__(self, client: Any, method: str, answers: list[Any]) -> None:
        """`answers`: for each call an exception to raise, or a function of the real method."""
        self._client, self._method, self._answers = client, method, answers

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._client, name)
        return self._call if name == self._method else real

    def _call(self, *args: Any, **named: Any) -> Any:
        real = getattr(self._client, self._method)
        how = self._answers.pop(0) if self._answers else None
        if isinstance(how, Exception):
            raise how
        return how(lambda: real(*args, **named)) if how else real(*args, **named)


def _break_store(api: ApiClient, method: str, *answers: Any) -> None:
    db = api.world.parts.db
    db._firestore_api_internal = _Broken(db._firestore_api, method, list(answers))


def _break_queue(api: ApiClient, *answers: Any) -> None:
    queues = api.world.parts.queues
    client = _Broken(queues.connect(queues.settings), "create_task", list(answers))
    api.world.with_parts(queues=replace(queues, connect=lambda _: client, _client=None))


def _away() -> Exception:
    return exceptions.DeadlineExceeded("away")


def _done_but(error: Exception) -> Any:
    def lose(call: Any) -> Any:
        call()
        raise error

    return lose


def _done_twice(call: Any) -> Any:
    """The acknowledgement was lost, and Firestore's client sent the commit again."""
    call()
    return call()


@pytest.mark.parametrize(
    "lose", [_done_twice, _done_but(_away()), _done_but(exceptions.Unknown("?"))]
)
@pytest.mark.parametrize("headers", [ONE, {}])
def test_a_commit_whose_acknowledgement_was_lost_is_accepted_as_new(
    api: ApiClient, lose: Any, headers: dict[str, str]
) -> None:
    _break_store(api, "commit", lose)
    answer = api.send(post(), **headers)
    assert answer.status_code == 201, answer.text
    assert "Idempotent-Replayed" not in answer.headers
    [submission] = api.submissions()
    assert answer.json == {"postSubmissionId": submission["id"]}
    assert api.tasks() == [{"submissionId": submission["id"], "generation": 1}]
    assert api.accept(post(), **headers) == submission["id"]


def test_a_commit_that_never_arrived_is_sent_again(api: ApiClient) -> None:
    _break_store(api, "commit", _away(), _away())
    post_id = api.accept(post(), **ONE)
    assert [submission["id"] for submission in api.submissions()] == [post_id]
    assert len(api.tasks()) == 1


def test_a_store_that_accepts_no_commit_is_an_internal_error_that_says_what_to_do(
    api: ApiClient,
) -> None:
    _break_store(api, "commit", *[_away()] * 10)
    error = error_of(api.send(post(), **ONE), 500, "internal_error")
    assert "same Idempotency-Key" in error["message"]
    api.world.parts.db._firestore_api_internal = None
    assert api.stored_nothing()
    api.accept(post(), **ONE)


def test_an_outcome_that_cannot_be_read_back_is_safe_to_repeat(api: ApiClient) -> None:
    api.call("GET", "/v1/posts/550e8400-e29b-41d4-a716-446655440000")  # the key is known now
    db = api.world.parts.db
    _break_store(api, "commit", _done_but(_away()))
    # The first read is for the request; the second checks whether the commit took effect.
    db._firestore_api_internal = _Broken(
        db._firestore_api_internal, "batch_get_documents", [lambda call: call(), _away()]
    )
    error = error_of(api.send(post(), **ONE), 500, "internal_error")
    assert "same Idempotency-Key" in error["message"]
    [submission] = api.submissions()
    assert submission["wakeAt"] > clock.now(), "nobody would ever look at it again"
    answer = api.send(post(), **ONE)
    assert answer.json == {"postSubmissionId": submission["id"]}
    assert answer.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("known", [False, True])
def test_a_store_that_cannot_be_read_is_an_internal_error(api: ApiClient, known: bool) -> None:
    if known:
        api.accept(post("before"))
    _break_store(api, "batch_get_documents", _away())
    answer = api.send(post("now"))
    error_of(answer, 500, "internal_error")
    api.accept(post("now"))


def test_a_task_that_cannot_be_enqueued_is_dispatch_failed_and_stored(api: ApiClient) -> None:
    _break_queue(api, exceptions.PermissionDenied("no"))
    answer = api.send(post(), **ONE)
    error = error_of(answer, 500, "dispatch_failed")
    [submission] = api.submissions()
    assert error["details"] == {"postSubmissionId": submission["id"]}
    assert submission["status"] == "queued"
    assert api.tasks() == []
    line = api.logged(error["requestId"])
    assert (line["status"], line["postSubmissionId"]) == (500, submission["id"])
    after = api.send(post(), **ONE)
    assert after.headers["X-RateLimit-Remaining"] == "28", "a request counts once"


@pytest.mark.parametrize("headers", [ONE, {}])
def test_after_dispatch_failed_the_same_request_enqueues_the_same_post(
    api: ApiClient, headers: dict[str, str]
) -> None:
    _break_queue(api, exceptions.PermissionDenied("no"), exceptions.PermissionDenied("no"))
    first = error_of(api.send(post(), **headers), 500, "dispatch_failed")
    again = error_of(api.send(post(), **headers), 500, "dispatch_failed")
    assert again["details"] == first["details"]
    assert (
        api.logged(again["requestId"])["postSubmissionId"] == first["details"]["postSubmissionId"]
    )
    answer = api.send(post(), **headers)
    assert answer.json == first["details"]
    assert answer.headers["Idempotent-Replayed"] == "true"
    assert api.tasks() == [{"submissionId": answer.json["postSubmissionId"], "generation": 1}]
    assert api.accept(post(), **headers) == answer.json["postSubmissionId"]
    assert len(api.tasks()) == 1, "once enqueued, a replay enqueues no more"
    api.world.deliver_due()
    assert api.world.visible("x") == ["Hello"]


def test_after_dispatch_failed_and_an_edit_a_replay_enqueues_nothing(api: ApiClient) -> None:
    _break_queue(api, exceptions.PermissionDenied("no"))
    body = post(scheduledTime=time_text(clock.now() + timedelta(minutes=30)))
    error = error_of(api.send(body, **ONE), 500, "dispatch_failed")
    edited = api.call(
        "PATCH",
        f"{POSTS}/{error['details']['postSubmissionId']}",
        json={"scheduledTime": time_text(clock.now() + timedelta(days=2))},
    )
    assert edited.status_code == 200, edited.text
    assert api.send(body, **ONE).headers["Idempotent-Replayed"] == "true"
    assert api.tasks() == []


@pytest.mark.parametrize("passed", [timedelta(minutes=3), timedelta(hours=1)])
def test_after_dispatch_failed_the_sweeper_delivers(api: ApiClient, passed: timedelta) -> None:
    _break_queue(api, exceptions.PermissionDenied("no"))
    error = error_of(api.send(post()), 500, "dispatch_failed")
    api.world.advance(passed)
    api.world.sweep()
    api.world.deliver_due()
    assert api.world.visible("x") == ["Hello"]
    answer = api.send(post())
    assert answer.json == error["details"]
    assert api.tasks() == []
