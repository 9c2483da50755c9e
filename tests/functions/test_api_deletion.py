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


def test_live_runs_are_deleted_from_their_platforms_and_report_it(own_api: ApiClient) -> None:
    post_id = published(own_api, "x", "threads")
    found = asked(own_api, post_id)
    assert deletions(found) == {"x": "pending", "threads": "pending"}
    assert found["displayStatus"] == "published"
    assert "deletedAt" not in found
    assert set(run_of(found, "x")["deletion"]) == {"status", "requestedAt"}
    own_api.world.deliver_due()
    assert own_api.world.visible("x") == own_api.world.visible("threads") == []
    after = own_api.read(post_id).json
    assert deletions(after) == {"x": "deleted", "threads": "deleted"}
    assert set(run_of(after, "x")["deletion"]) == {"status", "requestedAt", "finishedAt"}
    assert (after["displayStatus"], run_of(after, "x")["status"]) == ("published", "succeeded")
    assert after["deletedAt"]
    assert own_api.world.open_documents() == []


def test_a_post_that_was_taken_down_is_not_listed(own_api: ApiClient) -> None:
    gone, kept = published(own_api, "x"), published(own_api, "threads")
    asked(own_api, gone)
    own_api.world.deliver_due()
    for query in ("", "?sort=oldest", "?sort=scheduled", "?status=published", "?q=hello"):
        data = own_api.call("GET", f"{POSTS}{query}").json["data"]
        assert [post["postSubmissionId"] for post in data] == [kept], query


def test_a_post_that_was_taken_down_stays_readable_until_it_is_deleted_for_good(
    own_api: ApiClient,
) -> None:
    post_id = published(own_api)
    asked(own_api, post_id)
    own_api.world.deliver_due()
    before = own_api.read(post_id).json
    assert asked(own_api, post_id) == before
    own_api.world.live_until_quiet()
    assert delete(own_api, post_id, "").status_code == 204
    error_of(own_api.read(post_id), 404, "not_found")
    error_of(delete(own_api, post_id), 404, "not_found")


def test_the_same_post_can_be_sent_again_once_it_was_taken_down(own_api: ApiClient) -> None:
    post_id = published(own_api)
    assert own_api.accept(post(platform=["x"])) == post_id
    asked(own_api, post_id)
    own_api.world.deliver_due()
    again = published(own_api)
    assert again != post_id
    assert own_api.world.visible("x") == ["Hello"]


@pytest.mark.parametrize("state", ["draft", "scheduled", "canceled", "failed"])
def test_a_post_that_was_never_live_is_removed_at_once(own_api: ApiClient, state: str) -> None:
    if state == "failed":
        disturb_post_on_x(own_api, mode="status", status=403, body=REFUSED)
        post_id = published(own_api)
    else:
        later = {"scheduledTime": "2990-01-01T00:00:00Z"} if state == "scheduled" else {}
        post_id = own_api.accept(post(draft=state != "scheduled", **later))
    if state == "canceled":
        own_api.call("POST", f"{POSTS}/{post_id}/cancel")
    assert own_api.read(post_id).json["displayStatus"] == state
    answer = delete(own_api, post_id)
    assert (answer.status_code, answer.data) == (204, b"")
    error_of(own_api.read(post_id), 404, "not_found")


def test_without_the_parameter_live_posts_stay_live(own_api: ApiClient) -> None:
    post_id = published(own_api)
    assert delete(own_api, post_id, "?fromPlatforms=false").status_code == 204
    own_api.world.live_until_quiet()
    assert own_api.world.visible("x") == ["Hello"]


@pytest.mark.parametrize("said", ["", "1", "TRUE", "yes"])
def test_another_value_of_the_parameter_is_refused(own_api: ApiClient, said: str) -> None:
    post_id = published(own_api)
    answer = delete(own_api, post_id, f"?fromPlatforms={said}")
    assert faults_of(answer) == [("fromPlatforms", None, "invalid")]
    assert deletions(own_api.read(post_id).json) == {"x": None}


def test_a_post_that_is_being_published_cannot_be_deleted(own_api: ApiClient) -> None:
    post_id = own_api.accept(post(platform=["x", "threads"]))
    error_of(delete(own_api, post_id), 409, "invalid_state")
    disturb(own_api, "threads", "POST", "/v1.0/me/threads", "rate_limit", retryAfter=600)
    own_api.world.deliver_due()
    # One part is live, the other is still on its way.
    assert own_api.read(post_id).json["status"] == "dispatched"
    error = error_of(delete(own_api, post_id), 409, "invalid_state")
    assert error["details"] == {"status": "dispatched"}
    own_api.world.live_until_quiet()
    assert own_api.world.visible("x") == own_api.world.visible("threads") == ["Hello"]


def test_a_post_with_an_unconfirmed_run_cannot_be_deleted(own_api: ApiClient) -> None:
    disturb_post_on_x(own_api, mode="accept_then_reset")
    post_id = own_api.accept(post(platform=["x", "threads"]))
    own_api.world.deliver_due()
    assert own_api.read(post_id).json["status"] == "unconfirmed"
    error = error_of(delete(own_api, post_id), 409, "invalid_state")
    assert "Reconcile" in error["message"]
    own_api.call("POST", f"{POSTS}/{post_id}/reconcile")
    own_api.world.deliver_due()
    asked(own_api, post_id)
    own_api.world.deliver_due()
    assert own_api.world.visible("x") == own_api.world.visible("threads") == []


def test_only_the_owner_can_delete_a_post(own_api: ApiClient) -> None:
    post_id = published(own_api)
    error_of(delete(own_api.another_user(), post_id), 404, "not_found")
    error_of(delete(own_api, ABSENT_ID), 404, "not_found")
    assert deletions(own_api.read(post_id).json) == {"x": None}


def test_a_failed_run_has_nothing_to_delete(own_api: ApiClient) -> None:
    post_id = failed_on_x(own_api)
    assert deletions(asked(own_api, post_id)) == {"x": None, "threads": "pending"}
    own_api.world.deliver_due()
    after = own_api.read(post_id).json
    assert deletions(after) == {"x": None, "threads": "deleted"}
    assert (after["status"], bool(after["deletedAt"])) == ("partially_failed", True)


@pytest.mark.parametrize("platform", ["instagram", "snapchat", "tiktok"])
def test_a_platform_without_deletion_is_reported_at_once(
    own_api: ApiClient, shelf: Shelf, platform: str
) -> None:
    asset = own_api.world.own(shelf.video(), own_api.user_id)
    post_id = published(own_api, "x", platform, content={"videoUrl": asset.url})
    assert own_api.read(post_id).json["status"] == "succeeded", own_api.world.log
    found = asked(own_api, post_id)
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
    own_api.world.live_until_quiet()
    after = own_api.read(post_id).json
    assert deletions(after) == {"x": "deleted", platform: "failed"}
    assert "deletedAt" not in after
    assert own_api.world.visible(platform) == ["Hello"]
    # It stays in the history, from where it can be removed.
    assert delete(own_api, post_id, "").status_code == 204


def test_a_post_with_an_unknown_platform_id_cannot_be_deleted(own_api: ApiClient) -> None:
    disturb(own_api, "linkedin", "POST", "/rest/posts", "accept_then_reset")
    post_id = own_api.accept(post(platform=["linkedin"]))
    own_api.world.deliver_due()
    # A link with an activity's id, which is not the post's.
    link = "https://www.linkedin.com/feed/update/urn:li:activity:7123456789012345678"
    said = {"outcome": "published", "permalink": link}
    resolved = own_api.call("POST", f"{POSTS}/{post_id}/runs/linkedin/resolve", json=said)
    assert resolved.status_code == 200, resolved.text
    tasks = own_api.tasks()
    deletion = run_of(asked(own_api, post_id), "linkedin")["deletion"]
    error = deletion["error"]
    assert (deletion["status"], error["code"], error["category"]) == (
        "failed",
        "id_unknown",
        "unknown",
    )
    assert "Delete it in the LinkedIn app." in error["message"]
    assert not error["retryable"]
    assert own_api.tasks() == tasks


def test_repeating_a_pending_deletion_changes_nothing(own_api: ApiClient) -> None:
    post_id = published(own_api)
    found = asked(own_api, post_id)
    tasks = own_api.tasks()
    assert asked(own_api, post_id) == found
    assert own_api.tasks() == tasks
    error = error_of(delete(own_api, post_id, ""), 409, "invalid_state")
    assert "being deleted" in error["message"]
    own_api.world.deliver_due()
    assert own_api.world.visible("x") == []


def test_only_failed_deletions_are_repeated(own_api: ApiClient) -> None:
    post_id = refused_on_x(own_api)
    before = own_api.read(post_id).json
    assert deletions(before) == {"x": "failed", "threads": "deleted"}
    error = run_of(before, "x")["deletion"]["error"]
    assert error["platformMessage"] in error["message"]
    assert "deletedAt" not in before
    found = asked(own_api, post_id)
    assert deletions(found) == {"x": "pending", "threads": "deleted"}
    assert run_of(found, "threads") == run_of(before, "threads")
    own_api.world.deliver_due()
    assert own_api.world.visible("x") == []
    assert own_api.read(post_id).json["deletedAt"]


def test_a_post_can_be_removed_after_a_failed_deletion(own_api: ApiClient) -> None:
    post_id = refused_on_x(own_api)
    assert own_api.world.open_documents() == []
    assert delete(own_api, post_id, "").status_code == 204
    assert own_api.world.visible("x") == ["Hello"]


def test_deleted_runs_are_not_published_again(own_api: ApiClient) -> None:
    post_id = failed_on_x(own_api)
    asked(own_api, post_id)
    retry = partial(own_api.call, "POST", f"{POSTS}/{post_id}/retry")
    assert "being deleted" in error_of(retry(), 409, "invalid_state")["message"]
    own_api.world.deliver_due()
    assert "was deleted" in error_of(retry(), 409, "invalid_state")["message"]
    own_api.world.live_until_quiet()
    assert own_api.world.visible("x") == own_api.world.visible("threads") == []


def test_an_unavailable_queue_only_delays_a_deletion(
    own_api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    post_id = published(own_api)

    def away(*_: Any, **__: Any) -> None:
        raise DispatchFailed("away")

    with monkeypatch.context() as queue:
        queue.setattr(TaskQueues, "dispatch_run", away)
        asked(own_api, post_id)
    own_api.world.live_until_quiet()
    assert own_api.world.visible("x") == []
    assert own_api.read(post_id).json["deletedAt"]


def test_a_request_during_another_change_applies_to_the_changed_post(
    own_api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    post_id = published(own_api)
    db, parts = own_api.world.parts.db, own_api.world.parts
    save, calls = type(parts.deliveries).save_submission, []

    def meet(*args: Any, **named: Any) -> Any:
        if not calls:
            db.document(f"postSubmissions/{post_id}/runs/x").update({"permalink": "https://x.com"})
        calls.append(1)
        return save(*args, **named)

    monkeypatch.setattr(type(parts.deliveries), "save_submission", meet)
    found = asked(own_api, post_id)
    assert len(calls) == 2
    assert (run_of(found, "x")["permalink"], deletions(found)) == (
        "https://x.com",
        {"x": "pending"},
    )
