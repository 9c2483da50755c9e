"""Canceling, unscheduling, publishing now and deleting."""

from datetime import timedelta
from typing import Any

import pytest

from shared import clock
from shared.gcp.tasks import DispatchFailed, TaskQueues
from shared.web.envelope import time_text
from tests.functions.api_client import POSTS, ApiClient, error_of, post

HOUR = timedelta(hours=1)
CHANGES = ("cancel", "unschedule", "publish")


def scheduled(api: ApiClient, ahead: timedelta = 10 * HOUR, **more: Any) -> str:
    body = post(scheduledTime=time_text(clock.now() + ahead), **more)
    return api.accept(body)


def change(api: ApiClient, post_id: str, what: str) -> Any:
    return api.call("POST", f"{POSTS}/{post_id}/{what}")


def done(api: ApiClient, post_id: str, what: str, status: int = 200) -> dict[str, Any]:
    answer = change(api, post_id, what)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json
    assert found == api.read(post_id).json
    return found


def test_a_canceled_post_is_never_published(api: ApiClient) -> None:
    post_id = scheduled(api, timedelta(minutes=30))
    found = done(api, post_id, "cancel")
    assert (found["status"], found["displayStatus"]) == ("canceled", "canceled")
    api.world.advance(HOUR)
    api.world.live_until_quiet()
    assert api.world.visible("x") == []


def test_an_unscheduled_post_is_a_draft_until_it_is_published(api: ApiClient) -> None:
    post_id = scheduled(api, timedelta(minutes=30))
    found = done(api, post_id, "unschedule")
    assert (found["status"], found["scheduledTime"]) == ("draft", None)
    api.world.advance(HOUR)
    api.world.live_until_quiet()
    assert api.world.visible("x") == []
    assert done(api, post_id, "publish", 202)["displayStatus"] == "publishing"
    api.world.live_until_quiet()
    assert api.world.visible("x") == ["Hello"]


def test_a_draft_and_a_scheduled_post_are_published_immediately_and_once(
    api: ApiClient,
) -> None:
    draft = api.accept(post("A draft", draft=True))
    later = scheduled(api, timedelta(minutes=30), content={"text": "For later"})
    for post_id in (draft, later):
        done(api, post_id, "publish", 202)
    api.world.deliver_due()
    assert sorted(api.world.visible("x")) == ["A draft", "For later"]
    api.world.advance(HOUR)
    api.world.live_until_quiet()
    assert len(api.world.visible("x")) == 2
    assert api.read(later).json["status"] == "succeeded"


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("state", ["canceled", "published"])
def test_a_post_that_has_ended_cannot_be_changed(api: ApiClient, what: str, state: str) -> None:
    if state == "canceled":
        post_id = scheduled(api)
        done(api, post_id, "cancel")
    else:
        post_id = api.accept(post())
        api.world.live_until_quiet()
    status = api.read(post_id).json["status"]
    error = error_of(change(api, post_id, what), 409, "invalid_state")
    assert error["details"] == {"status": status}
    assert api.read(post_id).json["status"] == status


def test_a_draft_cannot_be_unscheduled_and_is_canceled_like_a_scheduled_post(
    api: ApiClient,
) -> None:
    draft = api.accept(post(draft=True))
    error_of(change(api, draft, "unschedule"), 409, "invalid_state")
    assert done(api, draft, "cancel")["status"] == "canceled"


def test_a_post_whose_not_after_is_over_cannot_be_published_now(api: ApiClient) -> None:
    not_after = time_text(clock.now() + HOUR)
    draft = api.accept(post(draft=True, notAfter=not_after))
    api.world.advance(2 * HOUR)
    error_of(change(api, draft, "publish"), 409, "invalid_state")


@pytest.mark.parametrize("what", CHANGES)
def test_only_the_owner_with_a_subscription_can_change_a_post(api: ApiClient, what: str) -> None:
    post_id = scheduled(api)
    error_of(change(api.another_user(), post_id, what), 404, "not_found")
    error_of(change(api, "5f0c6a52-6d0e-4a55-9a55-0d6a3b7f8c11", what), 404, "not_found")
    api.world.add_user(api.user_id, status="canceled")
    error_of(change(api, post_id, what), 403, "forbidden")
    assert api.read(post_id).json["status"] == "queued"


def test_a_deleted_post_leaves_no_documents(api: ApiClient) -> None:
    post_id = api.accept(post())
    api.world.live_until_quiet()
    db = api.world.parts.db
    assert list(db.collection_group("attempts").stream())
    answer = api.call("DELETE", f"{POSTS}/{post_id}")
    assert (answer.status_code, answer.data) == (204, b"")
    error_of(api.read(post_id), 404, "not_found")
    error_of(api.call("DELETE", f"{POSTS}/{post_id}"), 404, "not_found")
    for group in ("postSubmissions", "runs", "attempts"):
        assert list(db.collection_group(group).stream()) == []
    # The live post stays, and the same post can be sent again.
    assert api.world.visible("x") == ["Hello"]
    assert api.accept(post()) != post_id


def test_a_deleted_scheduled_post_is_never_published(api: ApiClient) -> None:
    post_id = scheduled(api, timedelta(minutes=30))
    assert api.call("DELETE", f"{POSTS}/{post_id}").status_code == 204
    api.world.advance(HOUR)
    api.world.live_until_quiet()
    assert api.world.visible("x") == []


def test_a_post_that_is_being_published_cannot_be_deleted(api: ApiClient) -> None:
    post_id = api.accept(post())
    error_of(api.call("DELETE", f"{POSTS}/{post_id}"), 409, "invalid_state")
    error_of(api.another_user().call("DELETE", f"{POSTS}/{post_id}"), 404, "not_found")
    assert api.read(post_id).json["status"] == "queued"


def test_an_unavailable_queue_does_not_delay_a_publication_for_long(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = api.accept(post(draft=True))

    def away(*_: Any, **__: Any) -> None:
        raise DispatchFailed("away")

    with monkeypatch.context() as queue:
        queue.setattr(TaskQueues, "dispatch_submission", away)
        done(api, draft, "publish", 202)
    api.world.live_until_quiet()
    assert api.world.visible("x") == ["Hello"]
