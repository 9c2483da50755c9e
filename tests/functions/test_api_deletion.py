"""DELETE /v1/posts/{id}?fromPlatforms=true: what is answered, and what becomes of the post."""

from functools import partial
from typing import Any

import pytest

from local.platforms.faults import Fault
from shared.gcp.tasks import DispatchFailed, TaskQueues
from tests.functions.api_client import POSTS, ApiClient, error_of, faults_of, post
from tests.media import Shelf

REFUSED = {"title": "Forbidden", "status": 403, "detail": "This looks automated."}
ABSENT_ID = "5f0c6a52-6d0e-4a55-9a55-0d6a3b7f8c11"


def delete(api: ApiClient, post_id: str, query: str = "?fromPlatforms=true") -> Any:
    return api.call("DELETE", f"{POSTS}/{post_id}{query}")


def asked(api: ApiClient, post_id: str) -> dict[str, Any]:
    """The post as the answer shows it, which must be how it reads."""
    answer = delete(api, post_id)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json
    assert found == api.read(post_id).json
    return found


def published(api: ApiClient, *platforms: str, **more: Any) -> str:
    post_id = api.accept(post(platform=list(platforms or ("x",)), **more))
    api.world.live_until_quiet()
    return post_id


def disturb(api: ApiClient, platform: str, method: str, path: str, mode: str, **more: Any) -> None:
    times = more.pop("times", 1)
    api.world.platforms[platform].faults.add(Fault(method, path, mode, times, 0, more))


disturb_post_on_x = partial(disturb, platform="x", method="POST", path="/2/tweets")


def failed_on_x(api: ApiClient) -> str:
    """A post that is live on Threads and was refused by X."""
    disturb_post_on_x(api, mode="status", status=403, body=REFUSED)
    post_id = published(api, "x", "threads")
    assert api.read(post_id).json["status"] == "partially_failed"
    return post_id


def refused_on_x(api: ApiClient) -> str:
    """A post whose deletion X refused, while Threads deleted it."""
    post_id = published(api, "x", "threads")
    disturb(api, "x", "DELETE", "/2/tweets/", "status", status=403, body=REFUSED)
    asked(api, post_id)
    api.world.live_until_quiet()
    return post_id


def deletions(found: dict[str, Any]) -> dict[str, str | None]:
    """By run, what its deletion came to."""
    return {run["runId"]: run.get("deletion", {}).get("status") for run in found["runs"]}


def run_of(found: dict[str, Any], run_id: str) -> dict[str, Any]:
    (run,) = [run for run in found["runs"] if run["runId"] == run_id]
    return run


@pytest.mark.full
def test_live_runs_are_deleted_from_their_platforms_and_report_it(api: ApiClient) -> None:
    post_id = published(api, "x", "threads")
    found = asked(api, post_id)
    assert deletions(found) == {"x": "pending", "threads": "pending"}
    assert found["displayStatus"] == "published"
    assert "deletedAt" not in found
    assert set(run_of(found, "x")["deletion"]) == {"status", "requestedAt"}
    api.world.deliver_due()
    assert api.world.visible("x") == api.world.visible("threads") == []
    after = api.read(post_id).json
    assert deletions(after) == {"x": "deleted", "threads": "deleted"}
    assert set(run_of(after, "x")["deletion"]) == {"status", "requestedAt", "finishedAt"}
    assert (after["displayStatus"], run_of(after, "x")["status"]) == ("published", "succeeded")
    assert after["deletedAt"]
    assert api.world.open_documents() == []


@pytest.mark.full
def test_a_post_that_was_taken_down_is_not_listed(api: ApiClient) -> None:
    gone, kept = published(api, "x"), published(api, "threads")
    asked(api, gone)
    api.world.deliver_due()
    for query in ("", "?sort=oldest", "?sort=scheduled", "?status=published", "?q=hello"):
        data = api.call("GET", f"{POSTS}{query}").json["data"]
        assert [post["postSubmissionId"] for post in data] == [kept], query


@pytest.mark.full
def test_a_post_that_was_taken_down_stays_readable_until_it_is_deleted_for_good(
    api: ApiClient,
) -> None:
    post_id = published(api)
    asked(api, post_id)
    api.world.deliver_due()
    before = api.read(post_id).json
    assert asked(api, post_id) == before
    api.world.live_until_quiet()
    assert delete(api, post_id, "").status_code == 204
    error_of(api.read(post_id), 404, "not_found")
    error_of(delete(api, post_id), 404, "not_found")


@pytest.mark.full
def test_the_same_post_can_be_sent_again_once_it_was_taken_down(api: ApiClient) -> None:
    post_id = published(api)
    assert api.accept(post(platform=["x"])) == post_id
    asked(api, post_id)
    api.world.deliver_due()
    again = published(api)
    assert again != post_id
    assert api.world.visible("x") == ["Hello"]


@pytest.mark.parametrize("state", ["draft", "scheduled", "canceled", "failed"])
def test_a_post_that_was_never_live_is_removed_at_once(api: ApiClient, state: str) -> None:
    if state == "failed":
        disturb_post_on_x(api, mode="status", status=403, body=REFUSED)
        post_id = published(api)
    else:
        later = {"scheduledTime": "2990-01-01T00:00:00Z"} if state == "scheduled" else {}
        post_id = api.accept(post(draft=state != "scheduled", **later))
    if state == "canceled":
        api.call("POST", f"{POSTS}/{post_id}/cancel")
    assert api.read(post_id).json["displayStatus"] == state
    answer = delete(api, post_id)
    assert (answer.status_code, answer.data) == (204, b"")
    error_of(api.read(post_id), 404, "not_found")


def test_without_the_parameter_live_posts_stay_live(api: ApiClient) -> None:
    post_id = published(api)
    assert delete(api, post_id, "?fromPlatforms=false").status_code == 204
    api.world.live_until_quiet()
    assert api.world.visible("x") == ["Hello"]


@pytest.mark.parametrize("said", ["", "1", "TRUE", "yes"])
def test_another_value_of_the_parameter_is_refused(api: ApiClient, said: str) -> None:
    post_id = published(api)
    answer = delete(api, post_id, f"?fromPlatforms={said}")
    assert faults_of(answer) == [("fromPlatforms", None, "invalid")]
    assert deletions(api.read(post_id).json) == {"x": None}


@pytest.mark.full
def test_a_post_that_is_being_published_cannot_be_deleted(api: ApiClient) -> None:
    post_id = api.accept(post(platform=["x", "threads"]))
    error_of(delete(api, post_id), 409, "invalid_state")
    disturb(api, "threads", "POST", "/v1.0/me/threads", "rate_limit", retryAfter=600)
    api.world.deliver_due()
    # One part is live, the other is still on its way.
    assert api.read(post_id).json["status"] == "dispatched"
    error = error_of(delete(api, post_id), 409, "invalid_state")
    assert error["details"] == {"status": "dispatched"}
    api.world.live_until_quiet()
    assert api.world.visible("x") == api.world.visible("threads") == ["Hello"]


@pytest.mark.full
def test_a_post_with_an_unconfirmed_run_cannot_be_deleted(api: ApiClient) -> None:
    disturb_post_on_x(api, mode="accept_then_reset")
    post_id = api.accept(post(platform=["x", "threads"]))
    api.world.deliver_due()
    assert api.read(post_id).json["status"] == "unconfirmed"
    error = error_of(delete(api, post_id), 409, "invalid_state")
    assert "Reconcile" in error["message"]
    api.call("POST", f"{POSTS}/{post_id}/reconcile")
    api.world.deliver_due()
    asked(api, post_id)
    api.world.deliver_due()
    assert api.world.visible("x") == api.world.visible("threads") == []


def test_only_the_owner_can_delete_a_post(api: ApiClient) -> None:
    post_id = published(api)
    error_of(delete(api.another_user(), post_id), 404, "not_found")
    error_of(delete(api, ABSENT_ID), 404, "not_found")
    assert deletions(api.read(post_id).json) == {"x": None}


@pytest.mark.full
def test_a_failed_run_has_nothing_to_delete(api: ApiClient) -> None:
    post_id = failed_on_x(api)
    assert deletions(asked(api, post_id)) == {"x": None, "threads": "pending"}
    api.world.deliver_due()
    after = api.read(post_id).json
    assert deletions(after) == {"x": None, "threads": "deleted"}
    assert (after["status"], bool(after["deletedAt"])) == ("partially_failed", True)


@pytest.mark.full
@pytest.mark.parametrize("platform", ["instagram", "snapchat", "tiktok"])
def test_a_platform_without_deletion_is_reported_at_once(
    api: ApiClient, shelf: Shelf, platform: str
) -> None:
    asset = api.world.own(shelf.video(), api.user_id)
    post_id = published(api, "x", platform, content={"videoUrl": asset.url})
    assert api.read(post_id).json["status"] == "succeeded", api.world.log
    found = asked(api, post_id)
    assert deletions(found) == {"x": "pending", platform: "failed"}
    deletion = run_of(found, platform)["deletion"]
    name = {"instagram": "Instagram", "snapchat": "Snapchat", "tiktok": "TikTok"}[platform]
    assert deletion["finishedAt"]
    assert deletion["error"] == {
        "category": "permission",
        "code": "not_supported",
        "message": f"{name} does not let apps delete posts. Delete the post in the {name} app.",
        "retryable": False,
    }
    api.world.live_until_quiet()
    after = api.read(post_id).json
    assert deletions(after) == {"x": "deleted", platform: "failed"}
    assert "deletedAt" not in after
    assert api.world.visible(platform) == ["Hello"]
    # It stays in the history, from where it can be removed.
    assert delete(api, post_id, "").status_code == 204


def test_a_post_with_an_unknown_platform_id_cannot_be_deleted(api: ApiClient) -> None:
    disturb(api, "linkedin", "POST", "/rest/posts", "accept_then_reset")
    post_id = api.accept(post(platform=["linkedin"]))
    api.world.deliver_due()
    # A link with an activity's id, which is not the post's.
    link = "https://www.linkedin.com/feed/update/urn:li:activity:7123456789012345678"
    said = {"outcome": "published", "permalink": link}
    resolved = api.call("POST", f"{POSTS}/{post_id}/runs/linkedin/resolve", json=said)
    assert resolved.status_code == 200, resolved.text
    tasks = api.tasks()
    deletion = run_of(asked(api, post_id), "linkedin")["deletion"]
    error = deletion["error"]
    assert (deletion["status"], error["code"], error["category"]) == (
        "failed",
        "id_unknown",
        "unknown",
    )
    assert "Delete it in the LinkedIn app." in error["message"]
    assert not error["retryable"]
    assert api.tasks() == tasks


def test_repeating_a_pending_deletion_changes_nothing(api: ApiClient) -> None:
    post_id = published(api)
    found = asked(api, post_id)
    tasks = api.tasks()
    assert asked(api, post_id) == found
    assert api.tasks() == tasks
    error = error_of(delete(api, post_id, ""), 409, "invalid_state")
    assert "being deleted" in error["message"]
    api.world.deliver_due()
    assert api.world.visible("x") == []


def test_only_failed_deletions_are_repeated(api: ApiClient) -> None:
    post_id = refused_on_x(api)
    before = api.read(post_id).json
    assert deletions(before) == {"x": "failed", "threads": "deleted"}
    error = run_of(before, "x")["deletion"]["error"]
    assert error["platformMessage"] in error["message"]
    assert "deletedAt" not in before
    found = asked(api, post_id)
    assert deletions(found) == {"x": "pending", "threads": "deleted"}
    assert run_of(found, "threads") == run_of(before, "threads")
    api.world.deliver_due()
    assert api.world.visible("x") == []
    assert api.read(post_id).json["deletedAt"]


def test_a_post_can_be_removed_after_a_failed_deletion(api: ApiClient) -> None:
    post_id = refused_on_x(api)
    assert api.world.open_documents() == []
    assert delete(api, post_id, "").status_code == 204
    assert api.world.visible("x") == ["Hello"]


def test_deleted_runs_are_not_published_again(api: ApiClient) -> None:
    post_id = failed_on_x(api)
    asked(api, post_id)
    retry = partial(api.call, "POST", f"{POSTS}/{post_id}/retry")
    assert "being deleted" in error_of(retry(), 409, "invalid_state")["message"]
    api.world.deliver_due()
    assert "was deleted" in error_of(retry(), 409, "invalid_state")["message"]
    api.world.live_until_quiet()
    assert api.world.visible("x") == api.world.visible("threads") == []


def test_an_unavailable_queue_only_delays_a_deletion(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    post_id = published(api)

    def away(*_: Any, **__: Any) -> None:
        raise DispatchFailed("away")

    with monkeypatch.context() as queue:
        queue.setattr(TaskQueues, "dispatch_run", away)
        asked(api, post_id)
    api.world.live_until_quiet()
    assert api.world.visible("x") == []
    assert api.read(post_id).json["deletedAt"]


def test_a_request_during_another_change_applies_to_the_changed_post(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    post_id = published(api)
    db, parts = api.world.parts.db, api.world.parts
    save, calls = type(parts.deliveries).save_submission, []

    def meet(*args: Any, **named: Any) -> Any:
        if not calls:
            db.document(f"postSubmissions/{post_id}/runs/x").update({"permalink": "https://x.com"})
        calls.append(1)
        return save(*args, **named)

    monkeypatch.setattr(type(parts.deliveries), "save_submission", meet)
    found = asked(api, post_id)
    assert len(calls) == 2
    assert (run_of(found, "x")["permalink"], deletions(found)) == (
        "https://x.com",
        {"x": "pending"},
    )
