"""GET /v1/posts/{id}: the post, its runs and attempts, and waiting for its end."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from werkzeug.test import TestResponse

from shared.posts import view
from tests.functions.api_client import ApiClient, error_of, post

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
POST = {"postSubmissionId", "status", "displayStatus", "createdAt", "updatedAt", "scheduledTime"}
POST |= {"mode"}
POST |= {"content", "targets", "runs"}
RUN = {"runId", "platform", "accountId", "status", "queuedAt", "attempts"}
LONG = 30.0


def test_a_post_that_waits_reads_as_it_was_sent(api: ApiClient) -> None:
    target = {"platform": "x", "accountId": "x_main", "text": "Hi"}
    body = post("Hello", [target, "threads"], content={"mediaType": "text"})
    post_id = api.accept(body)
    answer = api.read(post_id)
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    shown = answer.json
    assert set(shown) == POST
    assert shown["postSubmissionId"] == post_id
    assert (shown["status"], shown["displayStatus"]) == ("queued", "publishing")
    assert TIME.fullmatch(shown["createdAt"])
    assert shown["updatedAt"] == shown["createdAt"]
    assert shown["scheduledTime"] is None
    assert shown["content"] == body["post"]["content"]
    assert shown["targets"] == [
        {"platform": "x", "accountId": "x_main", "runId": "x", "text": "Hi"},
        {"platform": "threads", "accountId": "threads_main", "runId": "threads"},
    ]
    assert shown["runs"] == []


def test_a_published_post_reads_with_its_runs_and_attempts(api: ApiClient) -> None:
    post_id = api.accept(post("Hello", ["x", "threads"]))
    api.world.deliver_due()
    shown = api.read(post_id).json
    assert set(shown) == POST
    assert (shown["status"], shown["displayStatus"]) == ("succeeded", "published")
    assert [run["runId"] for run in shown["runs"]] == ["threads", "x"]
    for run in shown["runs"]:
        assert set(run) == RUN | {"platformPostId", "permalink", "startedAt", "finishedAt"}
        assert (run["status"], run["accountId"]) == ("succeeded", f"{run['platform']}_main")
        times = [shown["createdAt"], run["queuedAt"], run["startedAt"], run["finishedAt"]]
        assert all(TIME.fullmatch(moment) for moment in times)
        assert times == sorted(times)
        [visible] = api.world.platforms[run["platform"]].posts.all()
        assert run["platformPostId"] == visible.id
        assert run["permalink"].startswith("https://")
        assert run["attempts"]
        for attempt in run["attempts"]:
            assert not {"userId", "submissionId", "runId"} & set(attempt)
            times = [attempt[name] for name in ("startedAt", "finishedAt") if name in attempt]
            assert times
            assert all(TIME.fullmatch(moment) for moment in times)


def test_a_failed_run_reads_with_an_error_that_says_what_to_do(api: ApiClient) -> None:
    post_id = api.accept(post("Hello"))
    api.world.add_user(api.user_id, status="canceled")
    api.world.deliver_due()
    shown = api.read(post_id).json
    assert (shown["status"], shown["displayStatus"]) == ("failed", "failed")
    [run] = shown["runs"]
    assert run["status"] == "failed"
    assert set(run["error"]) == {"category", "code", "message", "retryable"}
    assert run["error"]["category"] == "subscription_inactive"
    assert "Renew" in run["error"]["message"]
    assert run["error"]["retryable"] is True
    assert "permalink" not in run
    assert "platformPostId" not in run


@pytest.mark.full
def test_two_accounts_of_a_platform_read_as_two_runs(api: ApiClient) -> None:
    api.connect("x", "x_brand")
    targets = [{"platform": "x", "accountId": name} for name in ("x_main", "x_brand")]
    post_id = api.accept(post("Hello", targets))
    api.world.deliver_due()
    shown = api.read(post_id).json
    assert {run["runId"]: run["status"] for run in shown["runs"]} == {
        "x:x_main": "succeeded",
        "x:x_brand": "succeeded",
    }


def test_another_users_post_is_404_even_with_its_runs(api: ApiClient) -> None:
    post_id = api.accept(post("Hello"))
    api.world.deliver_due()
    error_of(api.another_user().read(post_id), 404, "not_found")
    error_of(api.another_user().read(post_id, "?wait=60"), 404, "not_found")
    assert api.read(post_id).status_code == 200


def test_a_post_can_be_read_without_a_subscription(api: ApiClient) -> None:
    post_id = api.accept(post("Hello"))
    api.world.add_user(api.user_id, status="canceled")
    assert api.read(post_id).status_code == 200


def test_a_post_without_notAfter_does_not_show_one(api: ApiClient) -> None:  # noqa: N802
    post_id = api.accept(post(scheduledTime="2031-01-01T00:00:00Z"))
    shown = api.read(post_id).json
    assert set(shown) == POST
    assert (shown["displayStatus"], shown["scheduledTime"]) == (
        "scheduled",
        "2031-01-01T00:00:00.000Z",
    )


Waiting = Callable[[str], "Future[TestResponse]"]


@pytest.fixture
def waiting(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Waiting]:
    """Starts to read with ?wait=60 in another thread, and returns once that waits."""
    begun = threading.Event()
    wait = view.wait_until_ended

    def noted(*args: Any) -> Any:
        begun.set()
        return wait(*args)

    monkeypatch.setattr(view, "wait_until_ended", noted)
    with ThreadPoolExecutor(1) as pool:

        def start(post_id: str) -> "Future[TestResponse]":
            begun.clear()
            answer = pool.submit(api.read, post_id, "?wait=60")
            assert begun.wait(LONG)
            assert not answer.done()
            return answer

        yield start


def test_waiting_ends_when_the_post_ends(api: ApiClient, waiting: Waiting) -> None:
    post_id = api.accept(post("Hello", ["x", "threads"]))
    answer = waiting(post_id)
    api.world.deliver_due()
    shown = answer.result(LONG).json
    assert shown["status"] == "succeeded"
    assert [run["status"] for run in shown["runs"]] == ["succeeded", "succeeded"]


@pytest.mark.parametrize("status", ["failed", "partially_failed", "unconfirmed", "canceled"])
def test_waiting_ends_with_every_end(api: ApiClient, waiting: Waiting, status: str) -> None:
    post_id = api.accept(post("Hello"))
    answer = waiting(post_id)
    reference = api.world.parts.db.document(f"postSubmissions/{post_id}")
    reference.update({"status": "dispatched"})
    reference.update({"status": status})
    assert answer.result(LONG).json["status"] == status


def test_waiting_ends_when_the_post_is_deleted(api: ApiClient, waiting: Waiting) -> None:
    post_id = api.accept(post("Hello"))
    answer = waiting(post_id)
    api.world.parts.db.document(f"postSubmissions/{post_id}").delete()
    assert answer.result(LONG).status_code == 404


@pytest.mark.full
def test_waiting_ends_when_patience_does_and_shows_the_post_as_it_is(api: ApiClient) -> None:
    post_id = api.accept(post("Hello"))
    started = time.monotonic()
    shown = api.read(post_id, "?wait=1").json
    assert 1 <= time.monotonic() - started < 10
    assert shown["status"] == "queued"


@pytest.mark.parametrize("query", ["?wait=0", "", "?wait=00"])
def test_no_patience_answers_at_once(api: ApiClient, query: str) -> None:
    post_id = api.accept(post("Hello"))
    assert _seconds_of(api, post_id, query) < 1


@pytest.mark.parametrize("status", ["succeeded", "failed", "canceled", "draft"])
def test_a_post_that_rests_is_not_waited_for(api: ApiClient, status: str) -> None:
    post_id = api.accept(post("Hello", draft=status == "draft"))
    api.world.parts.db.document(f"postSubmissions/{post_id}").update({"status": status})
    assert _seconds_of(api, post_id, "?wait=60") < 5


def _seconds_of(api: ApiClient, post_id: str, query: str) -> float:
    started = time.monotonic()
    assert api.read(post_id, query).status_code == 200
    return time.monotonic() - started
