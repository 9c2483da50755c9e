"""The times of a run: when it should start, and when it did."""

from datetime import datetime, timedelta
from typing import Any

from shared import clock
from shared.web.envelope import time_text
from tests.functions.api_client import POSTS, ApiClient, post
from tests.functions.publishing import fault

HOUR = timedelta(hours=1)
REFUSED = {"title": "Forbidden", "status": 403, "detail": "This looks automated."}


def scheduled(api: ApiClient, ahead: timedelta = HOUR, **more: Any) -> tuple[str, str]:
    """The id of a post for X, and its time in JSON."""
    at = time_text(clock.now() + ahead)
    return api.accept(post(scheduledTime=at, **more)), at


def run_of(api: ApiClient, post_id: str) -> dict[str, Any]:
    """The post's only run in JSON, which must agree with the submission's summary of it."""
    (run,) = api.read(post_id).json["runs"]
    line = api.world.submission(post_id)["runSummary"]["x"]
    for name in ("scheduledTime", "startedAt"):
        assert run.get(name) == (time_text(line[name]) if name in line else None)
    found: dict[str, Any] = run
    return found


def lateness(run: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(run["startedAt"]) - datetime.fromisoformat(run["scheduledTime"])


def test_a_run_shows_how_late_it_started(api: ApiClient) -> None:
    post_id, at = scheduled(api)
    api.world.advance(HOUR + timedelta(minutes=7))
    api.world.deliver_due()
    run = run_of(api, post_id)
    assert (run["status"], run["scheduledTime"]) == ("succeeded", at)
    assert timedelta(minutes=6) < lateness(run) < timedelta(minutes=8)


def test_an_edited_time_counts(api: ApiClient) -> None:
    post_id, _ = scheduled(api)
    later = time_text(clock.now() + 2 * HOUR)
    edited = api.call("PATCH", f"{POSTS}/{post_id}", json={"scheduledTime": later})
    assert edited.status_code == 200, edited.text
    api.world.advance(2 * HOUR)
    api.world.live_until_quiet()
    run = run_of(api, post_id)
    assert (run["status"], run["scheduledTime"]) == ("succeeded", later)
    assert lateness(run) >= timedelta(0)


def test_a_scheduled_post_that_is_published_now_has_no_time_to_be_late_for(
    api: ApiClient,
) -> None:
    post_id, _ = scheduled(api)
    assert api.call("POST", f"{POSTS}/{post_id}/publish").status_code == 202
    api.world.deliver_due()
    run = run_of(api, post_id)
    assert run["status"] == "succeeded"
    assert "scheduledTime" not in run
    assert "startedAt" in run


def test_a_run_has_started_when_it_was_first_tried(api: ApiClient) -> None:
    post_id, at = scheduled(api)
    fault(api.world, "x", "POST /2/tweets", "rate_limit", retryAfter=3600)
    api.world.advance(HOUR)
    api.world.deliver_due()
    first = run_of(api, post_id)
    assert first["status"] == "processing"
    api.world.advance(HOUR)
    api.world.deliver_due()
    run = run_of(api, post_id)
    assert run["status"] == "succeeded"
    assert (run["scheduledTime"], run["startedAt"]) == (at, first["startedAt"])


def test_a_retry_starts_again_and_is_late_for_nothing(api: ApiClient) -> None:
    post_id, at = scheduled(api)
    fault(api.world, "x", "POST /2/tweets", "status", status=403, body=REFUSED)
    api.world.advance(HOUR)
    api.world.live_until_quiet()
    failed = run_of(api, post_id)
    assert (failed["status"], failed["scheduledTime"]) == ("failed", at)
    api.world.advance(HOUR)
    retried = api.call("POST", f"{POSTS}/{post_id}/retry")
    assert retried.status_code == 202, retried.text
    assert "startedAt" not in retried.json["runs"][0]
    api.world.deliver_due()
    run = run_of(api, post_id)
    assert run["status"] == "succeeded"
    assert "scheduledTime" not in run
    assert run["startedAt"] > failed["startedAt"]
    assert api.read(post_id).json["scheduledTime"] == at, "the post still was for that time"


def test_a_run_that_expired_has_a_time_and_no_start(api: ApiClient) -> None:
    too_late = time_text(clock.now() + 2 * HOUR)
    post_id, at = scheduled(api, notAfter=too_late)
    api.world.advance(3 * HOUR)
    api.world.deliver_due()
    run = run_of(api, post_id)
    assert (run["status"], run["error"]["category"]) == ("failed", "expired")
    assert run["scheduledTime"] == at
    assert "startedAt" not in run
    assert api.world.visible("x") == []
