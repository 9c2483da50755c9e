"""Changing posts and accounts with the Python client."""

from datetime import timedelta

import pytest

from shared import clock
from soku import ApiError, Soku
from tests.functions.api_client import ApiClient
from tests.functions.publishing import fault
from tests.functions.python_client import soku

__all__ = ["soku"]


def test_a_post_is_edited_found_and_published(api: ApiClient, soku: Soku) -> None:
    begun = clock.now()
    post = soku.posts.create(text="Hello", platforms=["x"], draft=True)
    content = {"text": "Hello again", "platform": ["threads"]}
    post.edit({"post": {"content": content}})  # type: ignore[typeddict-item]
    at = begun + timedelta(days=1)
    post.edit({"scheduledTime": at.isoformat(), "draft": False})
    found = soku.posts.list(account_id="threads_main", since=begun, scheduled=True)
    assert [each.id for each in found] == [post.id]
    assert list(soku.posts.list(until=begun)) == []
    assert post.publish().wait(0).status == "published"
    [live] = api.world.platforms["threads"].posts.all()
    assert live.text == "Hello again"
    with pytest.raises(ApiError, match="cannot be edited"):
        post.edit({"draft": True})


def test_a_failed_post_is_retried_with_other_content(api: ApiClient, soku: Soku) -> None:
    fault(api.world, "x", "POST /2/tweets", "status", status=400)
    post = soku.posts.create(text="Hello", platforms=["x"])
    assert post.wait(0).status == "failed"
    assert post.retry({"text": "Hello again"}).wait(0).status == "published"
    assert api.world.visible("x") == ["Hello again"]


def test_an_unconfirmed_run_is_resolved(api: ApiClient, soku: Soku) -> None:
    fault(api.world, "x", "POST /2/tweets", "accept_then_reset")
    post = soku.posts.create(text="Hello", platforms=["x"])
    assert post.wait(0).status == "unconfirmed"
    link = "https://x.com/ann/status/1"
    post.resolve("x", {"outcome": "published", "permalink": link})
    assert (post.status, post.links) == ("published", {"x": link})


def test_an_account_is_named_and_disconnected(api: ApiClient, soku: Soku) -> None:
    api.connect("x", "x_café")
    changed = soku.accounts.change("x", "x_café", label="Second", default=True)
    assert (changed["label"], changed["default"]) == ("Second", True)
    post = soku.posts.create(
        text="Hello", platforms=["x"], scheduled_time=clock.now() + timedelta(days=1)
    )
    gone = soku.accounts.disconnect("x", "x_café")
    assert [each["postSubmissionId"] for each in gone["scheduledPosts"]] == [post.id]
    assert "x_café" not in [each["accountId"] for each in soku.accounts.list()]
    # Other tests wait until nothing is left to do in this world.
    post.cancel()
