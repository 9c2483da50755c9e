"""Failed and unconfirmed posts: retrying, looking up now, and reporting the outcome."""

import re
from datetime import timedelta
from typing import Any

import pytest

from local.platforms.faults import Fault
from local.platforms.x.twin import X as XTwin
from shared.platforms.x.publishing import Publishing as X
from tests.functions.api_client import POSTS, ApiClient, error_of, faults_of, post

LOST = {"x": "/2/tweets", "threads": "/v1.0/me/threads_publish"}
REFUSED = {"title": "Forbidden", "status": 403, "detail": "This looks automated."}


def disturb(api: ApiClient, platform: str, mode: str, **more: Any) -> None:
    fault = Fault("POST", LOST[platform], mode, 1, 0, more)
    api.world.platforms[platform].faults.add(fault)


def failed_on_x(api: ApiClient) -> str:
    """A post that is live on Threads and was refused by X."""
    disturb(api, "x", "status", status=403, body=REFUSED)
    post_id = api.accept(post(platform=["x", "threads"]))
    api.world.live_until_quiet()
    assert api.read(post_id).json["status"] == "partially_failed"
    return post_id


def unconfirmed_on_x(api: ApiClient) -> str:
    """A post that is live on X, with its answer lost and not looked up yet."""
    disturb(api, "x", "accept_then_reset")
    post_id = api.accept(post())
    api.world.deliver_due()
    assert api.read(post_id).json["status"] == "unconfirmed"
    return post_id


def act(api: ApiClient, post_id: str, what: str, body: Any = None) -> Any:
    return api.call("POST", f"{POSTS}/{post_id}/{what}", json=body)


def run_of(answer: Any, platform: str) -> dict[str, Any]:
    (found,) = [run for run in answer.json["runs"] if run["platform"] == platform]
    return found


@pytest.mark.full
def test_a_retry_sends_what_failed_and_touches_nothing_that_succeeded(api: ApiClient) -> None:
    post_id = failed_on_x(api)
    before = run_of(api.read(post_id), "threads")
    answer = act(api, post_id, "retry")
    assert answer.status_code == 202, answer.text
    assert (answer.json["status"], run_of(answer, "x")["status"]) == ("dispatched", "queued")
    assert "error" not in run_of(answer, "x")
    api.world.live_until_quiet()
    after = api.read(post_id)
    assert after.json["status"] == "succeeded", api.world.log
    assert run_of(after, "threads") == before
    assert api.world.visible("x") == api.world.visible("threads") == ["Hello"]


@pytest.mark.full
def test_a_retry_whose_task_is_lost_is_made_up_for(api: ApiClient) -> None:
    post_id = failed_on_x(api)
    act(api, post_id, "retry")
    api.world.tasks.clear()
    api.world.live_until_quiet()
    assert api.read(post_id).json["status"] == "succeeded", api.world.log


@pytest.mark.full
def test_of_two_retries_at_once_one_is_refused(api: ApiClient) -> None:
    post_id = failed_on_x(api)
    assert act(api, post_id, "retry").status_code == 202
    error_of(act(api, post_id, "retry"), 409, "invalid_state")
    api.world.live_until_quiet()
    assert api.world.visible("x") == ["Hello"]


@pytest.mark.full
def test_a_failed_post_can_be_retried_again_and_again(api: ApiClient) -> None:
    post_id = failed_on_x(api)
    for _ in range(2):
        disturb(api, "x", "status", status=403, body=REFUSED)
        act(api, post_id, "retry")
        api.world.live_until_quiet()
        assert api.read(post_id).json["status"] == "partially_failed"
    act(api, post_id, "retry")
    api.world.live_until_quiet()
    assert api.read(post_id).json["status"] == "succeeded"
    assert api.world.visible("x") == ["Hello"]


def test_what_did_not_fail_has_nothing_to_retry(api: ApiClient) -> None:
    draft = api.accept(post(draft=True))
    error_of(act(api, draft, "retry"), 409, "invalid_state")
    done = api.accept(post("Done"))
    api.world.live_until_quiet()
    error_of(act(api, done, "retry"), 409, "invalid_state")


@pytest.mark.full
def test_an_unconfirmed_post_is_not_retried_but_looked_up(api: ApiClient) -> None:
    post_id = unconfirmed_on_x(api)
    error = error_of(act(api, post_id, "retry"), 409, "invalid_state")
    assert "twice" in error["message"]
    assert act(api, post_id, "reconcile").status_code == 202
    api.world.deliver_due()
    assert api.read(post_id).json["status"] == "succeeded", api.world.log
    assert api.world.visible("x") == ["Hello"]
    error_of(act(api, post_id, "reconcile"), 409, "invalid_state")


def test_the_users_report_that_it_is_published(api: ApiClient) -> None:
    post_id = unconfirmed_on_x(api)
    said = {"outcome": "published", "platformPostId": "77", "permalink": "https://x.com/i/77"}
    answer = act(api, post_id, "runs/x/resolve", said)
    assert answer.status_code == 200, answer.text
    assert answer.json["status"] == "succeeded"
    found = run_of(answer, "x")
    assert (found["platformPostId"], found["permalink"]) == ("77", "https://x.com/i/77")
    api.world.live_until_quiet()
    assert api.read(post_id).json["status"] == "succeeded"
    error_of(act(api, post_id, "runs/x/resolve", said), 409, "invalid_state")


def test_the_users_report_that_it_is_not_published_allows_a_retry(api: ApiClient) -> None:
    disturb(api, "x", "reset_before")
    post_id = api.accept(post())
    api.world.deliver_due()
    answer = act(api, post_id, "runs/x/resolve", {"outcome": "not_published"})
    assert (answer.json["status"], run_of(answer, "x")["status"]) == ("failed", "failed")
    assert run_of(answer, "x")["error"]["retryable"]
    act(api, post_id, "retry")
    api.world.live_until_quiet()
    assert api.read(post_id).json["status"] == "succeeded", api.world.log
    assert api.world.visible("x") == ["Hello"]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "outcome", "missing"),
        ({"outcome": "perhaps"}, "outcome", "invalid"),
        ({"outcome": "published"}, "platformPostId", "missing"),
        ({"outcome": "published", "platformPostId": ""}, "platformPostId", "invalid"),
        ({"outcome": "published", "permalink": "https://"}, "permalink", "invalid_url"),
        ({"outcome": "published", "platformPostId": 7}, "platformPostId", "invalid"),
        ({"outcome": "not_published", "why": "so"}, "why", "unknown_field"),
        ({"outcome": "published", "permalink": "javascript:x"}, "permalink", "invalid_url"),
    ],
)
def test_an_unclear_report_is_refused(api: ApiClient, body: Any, field: str, code: str) -> None:
    post_id = api.accept(post())
    answer = act(api, post_id, "runs/x/resolve", body)
    assert (field, None, code) in faults_of(answer)


def test_a_run_that_is_certain_or_not_there_cannot_be_resolved(api: ApiClient) -> None:
    post_id = api.accept(post())
    api.world.live_until_quiet()
    said = {"outcome": "not_published"}
    error_of(act(api, post_id, "runs/x/resolve", said), 409, "invalid_state")
    error_of(act(api, post_id, "runs/threads/resolve", said), 404, "not_found")
    for what in ("retry", "reconcile", "runs/x/resolve"):
        stranger = api.another_user()
        error_of(act(stranger, post_id, what, said), 404, "not_found")


def test_a_report_of_a_published_post_must_name_it(api: ApiClient) -> None:
    post_id = api.accept(post())
    answer = act(api, post_id, "runs/x/resolve", {"outcome": "published"})
    assert "permalink" in error_of(answer, 400, "validation_error")["message"]


@pytest.mark.full
def test_many_requests_for_look_ups_use_up_none_and_come_once_a_minute(api: ApiClient) -> None:
    world = api.world
    post_id = unconfirmed_on_x(api)
    world.platforms["x"].listing_lag = timedelta(minutes=30)
    assert act(api, post_id, "reconcile").status_code == 202
    # It is due and not done: a repeated request changes nothing.
    before = world.run(post_id, "x")
    assert act(api, post_id, "reconcile").status_code == 202
    assert world.run(post_id, "x") == before
    world.deliver_due()
    error = error_of(act(api, post_id, "reconcile"), 409, "invalid_state")
    assert "less than a minute ago. Try again in " in error["message"]
    for _ in range(8):
        world.advance(timedelta(seconds=61))
        assert act(api, post_id, "reconcile").status_code == 202
        world.deliver_due()
    # One of the fixed times came in between.
    assert world.run(post_id, "x")["lookUps"] <= 2
    world.live_until_quiet()
    assert api.read(post_id).json["status"] == "succeeded", world.log
    assert world.visible("x") == ["Hello"]


@pytest.mark.full
def test_requests_for_look_ups_prove_no_absence_before_its_time(api: ApiClient) -> None:
    world = api.world
    disturb(api, "x", "reset_before")
    post_id = api.accept(post())
    world.deliver_due()
    for _ in range(28):
        world.advance(timedelta(seconds=61))
        act(api, post_id, "reconcile")
        world.deliver_due()
        assert world.run(post_id, "x")["status"] == "unconfirmed"
    world.advance(timedelta(minutes=2))
    act(api, post_id, "reconcile")
    world.deliver_due()
    assert api.read(post_id).json["status"] == "succeeded", world.log


@pytest.fixture
def links_of_x(monkeypatch: pytest.MonkeyPatch) -> None:
    """X's links, whatever patterns the platforms have."""

    def post_id_of(self: X, link: str) -> str | None:
        found = re.fullmatch(r"https://x\.com/[^/]+/status/(\d+)", link)
        return found[1] if found else None

    monkeypatch.setattr(X, "post_id_of", post_id_of)


def test_a_link_is_resolved_to_the_id_that_it_contains(api: ApiClient, links_of_x: None) -> None:
    post_id = unconfirmed_on_x(api)
    link = "https://x.com/ann/status/77"
    answer = act(api, post_id, "runs/x/resolve", {"outcome": "published", "permalink": link})
    found = run_of(answer, "x")
    assert (found["platformPostId"], found["permalink"]) == ("77", link)


@pytest.mark.parametrize(
    ("reported", "field"),
    [
        ({"permalink": "https://x.com/ann"}, "permalink"),
        ({"permalink": "https://elsewhere.example/ann/status/77"}, "permalink"),
        ({"platformPostId": "7/../8"}, "platformPostId"),
        ({"platformPostId": "7?x=1"}, "platformPostId"),
        ({"platformPostId": "7 8"}, "platformPostId"),
        ({"platformPostId": "78", "permalink": "https://x.com/ann/status/77"}, "permalink"),
    ],
)
def test_a_report_without_a_usable_id_is_refused(
    api: ApiClient, links_of_x: None, reported: dict[str, str], field: str
) -> None:
    post_id = unconfirmed_on_x(api)
    answer = act(api, post_id, "runs/x/resolve", {"outcome": "published", **reported})
    assert (field, "x", "invalid") in faults_of(answer)
    assert api.read(post_id).json["status"] == "unconfirmed"


@pytest.mark.full
def test_a_post_that_the_user_reported_is_not_found_for_another_run(api: ApiClient) -> None:
    """The same text twice, both answers lost, and only the first is live."""
    world = api.world
    twin = world.platforms["x"]
    assert isinstance(twin, XTwin)
    twin.state.refuses_duplicates = False
    disturb(api, "x", "accept_then_reset")
    first = api.accept(post())
    world.deliver_due()
    disturb(api, "x", "reset_before")
    sent_again = api.send(post(), Idempotency_Key="again")
    second = sent_again.json["postSubmissionId"]
    world.deliver_due()
    (live,) = twin.posts.all()
    word = {"outcome": "published", "platformPostId": live.id}
    assert act(api, first, "runs/x/resolve", word).status_code == 200
    error = error_of(act(api, second, "runs/x/resolve", word), 409, "invalid_state")
    assert first in error["message"]
    # Not even once the first is gone from the history.
    assert api.call("DELETE", f"{POSTS}/{first}").status_code in (200, 204)
    world.live_until_quiet()
    run = world.run(second, "x")
    assert run["status"] == "succeeded"
    assert run["platformPostId"] != live.id
    assert len(twin.posts.all()) == 2
