"""PATCH /v1/posts/{id}: drafts and scheduled posts can be edited until they start."""

from datetime import timedelta
from typing import Any

import pytest

from shared import clock
from shared.web.envelope import time_text
from tests.functions.api_client import POSTS, ApiClient, error_of, faults_of, post

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def ahead(by: timedelta) -> str:
    return time_text(clock.now() + by)


def edit(api: ApiClient, post_id: str, **fields: Any) -> Any:
    return api.call("PATCH", f"{POSTS}/{post_id}", json=fields)


def content(text: str, platform: Any = "x") -> dict[str, Any]:
    return {"content": {"text": text, "platform": platform}}


def test_a_scheduled_post_is_published_as_last_edited(api: ApiClient) -> None:
    post_id = api.accept(post("First", scheduledTime=ahead(10 * HOUR)))
    answer = edit(api, post_id, post=content("Second", ["x", "threads"]))
    assert answer.status_code == 200, answer.text
    assert answer.json == api.read(post_id).json
    assert answer.json["content"]["text"] == "Second"
    assert [target["platform"] for target in answer.json["targets"]] == ["x", "threads"]
    api.world.advance(10 * HOUR)
    api.world.live_until_quiet()
    assert api.world.visible("x") == api.world.visible("threads") == ["Second"]


@pytest.mark.parametrize("new", [timedelta(minutes=20), 20 * HOUR])
def test_a_post_is_published_at_its_new_time_and_not_at_the_old_one(
    api: ApiClient, new: timedelta
) -> None:
    old = timedelta(minutes=40)
    post_id = api.accept(post(scheduledTime=ahead(old)))
    began = clock.now()
    edit(api, post_id, scheduledTime=ahead(new))
    api.world.advance(min(old, new) + timedelta(seconds=5))
    api.world.sweep()
    api.world.deliver_due()
    assert api.world.visible("x") == (["Hello"] if new < old else [])
    api.world.advance(max(new - (clock.now() - began), timedelta(0)) + timedelta(seconds=5))
    api.world.live_until_quiet()
    assert api.world.visible("x") == ["Hello"]


def test_a_draft_with_a_time_is_scheduled_and_a_scheduled_post_becomes_a_draft(
    api: ApiClient,
) -> None:
    post_id = api.accept(post(draft=True))
    found = edit(api, post_id, draft=False, scheduledTime=ahead(HOUR)).json
    assert found["displayStatus"] == "scheduled"
    assert edit(api, post_id, draft=True).json["status"] == "draft"
    missing = edit(api, post_id, draft=False, scheduledTime=None)
    assert faults_of(missing) == [("scheduledTime", None, "missing")]


def test_an_unscheduled_post_can_be_edited_and_published(api: ApiClient) -> None:
    post_id = api.accept(post(scheduledTime=ahead(HOUR)))
    api.call("POST", f"{POSTS}/{post_id}/unschedule")
    assert edit(api, post_id, post=content("Edited")).json["status"] == "draft"
    api.call("POST", f"{POSTS}/{post_id}/publish")
    api.world.live_until_quiet()
    assert api.world.visible("x") == ["Edited"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ("", None, "missing")),
        ({"colour": "red"}, ("colour", None, "unknown_field")),
        ({"post": content("a" * 281)}, ("post.content.text", "x", "text_too_long")),
        ({"post": {}}, ("post.content", None, "missing")),
        ({"scheduledTime": "2001-01-01T00:00:00Z"}, ("scheduledTime", None, "too_soon")),
        ({"scheduledTime": "tomorrow"}, ("scheduledTime", None, "invalid_time")),
    ],
)
def test_an_edit_is_checked_like_a_new_post_and_a_refused_one_changes_nothing(
    api: ApiClient, fields: dict[str, Any], expected: tuple[str, str | None, str]
) -> None:
    post_id = api.accept(post(scheduledTime=ahead(HOUR)))
    before = api.read(post_id).json
    assert expected in faults_of(edit(api, post_id, **fields))
    assert api.read(post_id).json == before


def test_a_post_that_has_started_or_ended_cannot_be_edited(api: ApiClient) -> None:
    post_id = api.accept(post())
    error_of(edit(api, post_id, post=content("Late")), 409, "invalid_state")
    api.world.live_until_quiet()
    error_of(edit(api, post_id, post=content("Later")), 409, "invalid_state")
    assert api.world.visible("x") == ["Hello"]


def test_only_the_owner_can_edit_a_post(api: ApiClient) -> None:
    post_id = api.accept(post(draft=True))
    error_of(edit(api.another_user(), post_id, post=content("Mine")), 404, "not_found")


@pytest.mark.parametrize("left", [timedelta(seconds=59), timedelta(seconds=5)])
def test_an_edit_without_a_new_time_is_accepted_until_the_post_starts(
    api: ApiClient, left: timedelta
) -> None:
    scheduled_time = ahead(10 * MINUTE)
    post_id = api.accept(post("First", scheduledTime=scheduled_time))
    api.world.advance(10 * MINUTE - left)
    found = edit(api, post_id, post=content("Second"))
    assert (found.status_code, found.json["scheduledTime"]) == (200, scheduled_time), found.text
    # Sending the same time again does not change it; another time this close does.
    assert edit(api, post_id, scheduledTime=scheduled_time).status_code == 200
    sooner = edit(api, post_id, scheduledTime=ahead(left + timedelta(seconds=0.5)))
    assert faults_of(sooner) == [("scheduledTime", None, "too_soon")]
    api.world.deliver_due()
    assert api.world.visible("x") == []
    api.world.advance(left + timedelta(seconds=1))
    api.world.deliver_due()
    assert api.world.visible("x") == ["Second"]


def test_a_late_post_is_published_at_once_as_edited(api: ApiClient) -> None:
    post_id = api.accept(post("First", scheduledTime=ahead(10 * MINUTE)))
    api.world.advance(20 * MINUTE)
    assert edit(api, post_id, post=content("Second")).status_code == 200
    api.world.deliver_due()
    assert api.world.visible("x") == ["Second"]
    api.world.live_until_quiet()
    assert api.world.visible("x") == ["Second"]


def test_a_late_post_past_its_not_after_needs_another_one(
    api: ApiClient,
) -> None:
    post_id = api.accept(
        post("First", scheduledTime=ahead(10 * MINUTE), notAfter=ahead(15 * MINUTE))
    )
    api.world.advance(20 * MINUTE)
    late = edit(api, post_id, post=content("Second"))
    assert faults_of(late) == [("notAfter", None, "too_soon")]
    assert edit(api, post_id, notAfter=ahead(HOUR)).status_code == 200
    api.world.deliver_due()
    assert api.world.visible("x") == ["First"]


def test_a_draft_keeps_a_time_that_is_over_but_is_not_scheduled_for_it(api: ApiClient) -> None:
    post_id = api.accept(post(draft=True, scheduledTime=ahead(10 * MINUTE)))
    api.world.advance(20 * MINUTE)
    assert edit(api, post_id, post=content("Second")).json["status"] == "draft"
    scheduled = edit(api, post_id, draft=False)
    assert faults_of(scheduled) == [("scheduledTime", None, "too_soon")]
