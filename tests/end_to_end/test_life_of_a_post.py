"""Every status of a post, with the actions that are allowed in it and those that are not.

Draft: edit, schedule, publish now, delete. Scheduled: edit, unschedule, cancel, publish now,
delete. Publishing: wait. Published: delete. Failed: view the error, retry, edit and retry, delete.
"""

import pytest

from tests.end_to_end.actions import (
    ACTIONS,
    FIRST,
    HOUR,
    MINUTE,
    PLATFORMS,
    REFUSED,
    a_text,
    ask,
    assert_refused,
    done,
    end,
    failed,
    failed_in_part,
    held,
    now,
    pass_time,
    runs,
    scheduled,
    shown,
)
from tests.end_to_end.conftest import Client, until

# Draft

# The task can be quicker than the answer.
RETRIED = {("dispatched", "publishing"), ("succeeded", "published")}


@pytest.mark.full
def test_a_draft_is_edited_and_published_as_edited(user: Client) -> None:
    text, edited = a_text(), a_text()
    post = user.post(text, draft=True)
    assert now(user, post) == ("draft", "draft")
    content = {"text": edited, "platform": list(PLATFORMS)}
    edit = {"post": {"content": content}}
    assert done(user, post, "edit", changed=edit) == ("draft", "draft")
    assert done(user, post, "publish", 202) == ("queued", "publishing")
    assert end(user, post) == ("succeeded", "published")
    assert shown(user, edited) == (1, 1)
    assert shown(user, text) == (0, 0)


def test_a_draft_is_scheduled_and_published_at_its_time(user: Client) -> None:
    text = a_text()
    post = user.post(text, draft=True)
    at = (user.now() + HOUR / 2).isoformat()
    edit = {"draft": False, "scheduledTime": at}
    assert done(user, post, "edit", changed=edit) == ("queued", "scheduled")
    assert shown(user, text) == (0, 0)
    pass_time(user, HOUR / 2)
    assert end(user, post) == ("succeeded", "published")
    assert shown(user, text) == (1, 1)


def test_a_draft_is_deleted(user: Client) -> None:
    text = a_text()
    post = user.post(text, draft=True)
    assert ask(user, post, "delete").status_code == 204
    assert user.call("GET", post).status_code == 404
    assert ask(user, post, "publish").status_code == 404
    assert shown(user, text) == (0, 0)


def test_a_draft_cannot_be_unscheduled_or_retried_and_stays_unpublished(user: Client) -> None:
    text = a_text()
    post = user.post(text, draft=True)
    assert_refused(user, post, "unschedule", "retry")
    pass_time(user, 2 * HOUR)
    assert now(user, post) == ("draft", "draft")
    assert shown(user, text) == (0, 0)


# Scheduled


@pytest.mark.full
def test_a_scheduled_post_waits_and_cannot_be_retried(user: Client) -> None:
    text = a_text()
    post = scheduled(user, text)
    assert now(user, post) == ("queued", "scheduled")
    assert user.read(post)["runs"] == []
    assert_refused(user, post, "retry")
    pass_time(user, HOUR / 2 - MINUTE)
    assert now(user, post) == ("queued", "scheduled")
    assert shown(user, text) == (0, 0)
    pass_time(user, MINUTE)
    assert end(user, post) == ("succeeded", "published")
    assert shown(user, text) == (1, 1)


@pytest.mark.full
def test_a_scheduled_post_is_edited_and_only_the_edited_one_is_published(user: Client) -> None:
    text, edited = a_text(), a_text()
    post = scheduled(user, text)
    at = (user.now() + HOUR).isoformat()
    content = {"text": edited, "platform": list(PLATFORMS)}
    edit = {"post": {"content": content}, "scheduledTime": at}
    assert done(user, post, "edit", changed=edit) == ("queued", "scheduled")
    pass_time(user, HOUR / 2)
    assert now(user, post) == ("queued", "scheduled")
    pass_time(user, HOUR / 2)
    assert end(user, post) == ("succeeded", "published")
    assert shown(user, edited) == (1, 1)
    assert shown(user, text) == (0, 0)


def test_a_scheduled_post_is_published_now_and_not_again_at_its_time(user: Client) -> None:
    text = a_text()
    post = scheduled(user, text)
    assert done(user, post, "publish", 202) == ("queued", "publishing")
    assert end(user, post) == ("succeeded", "published")
    pass_time(user, HOUR)
    assert shown(user, text) == (1, 1)


@pytest.mark.full
@pytest.mark.parametrize(
    ("what", "left"), [("unschedule", ("draft", "draft")), ("cancel", ("canceled", "canceled"))]
)
def test_a_scheduled_post_is_unscheduled_or_canceled(
    user: Client, what: str, left: tuple[str, str]
) -> None:
    text = a_text()
    post = scheduled(user, text)
    assert done(user, post, what) == left
    pass_time(user, HOUR)
    assert now(user, post) == left
    assert shown(user, text) == (0, 0)


@pytest.mark.full
def test_a_scheduled_post_is_deleted_and_never_published(user: Client) -> None:
    text = a_text()
    post = scheduled(user, text)
    assert ask(user, post, "delete").status_code == 204
    assert user.call("GET", post).status_code == 404
    pass_time(user, HOUR)
    assert shown(user, text) == (0, 0)


def test_a_canceled_post_can_only_be_deleted(user: Client) -> None:
    post = scheduled(user, a_text())
    assert done(user, post, "cancel") == ("canceled", "canceled")
    assert_refused(user, post, "edit", "unschedule", "cancel", "publish", "retry")
    assert ask(user, post, "delete").status_code == 204
    assert user.call("GET", post).status_code == 404


# Publishing


@pytest.mark.full
def test_a_post_that_is_being_published_cannot_be_changed(user: Client) -> None:
    text = a_text()
    post = held(user, text)
    assert now(user, post) == ("dispatched", "publishing")
    assert_refused(user, post, *ACTIONS)
    assert shown(user, text) == (0, 1)
    pass_time(user, 10 * MINUTE)
    assert end(user, post) == ("succeeded", "published")
    assert shown(user, text) == (1, 1)


@pytest.mark.full
def test_a_post_goes_through_its_stages_in_order(user: Client) -> None:
    user.control("/chaos", delaySeconds=600)
    text = a_text()
    post = user.post(text, "x")
    assert now(user, post) == ("queued", "publishing")
    assert_refused(user, post, *ACTIONS)
    assert runs(user, post) == {}
    user.advance(10 * MINUTE)
    until(lambda: now(user, post) == ("dispatched", "publishing"))
    assert runs(user, post) == {"x": "queued"}
    assert shown(user, text) == (0, 0)
    user.fault("x", FIRST["x"], "rate_limit", retryAfter=3600)
    user.advance(10 * MINUTE)
    until(lambda: runs(user, post) == {"x": "processing"})
    assert now(user, post) == ("dispatched", "publishing")
    user.control("/chaos")
    pass_time(user, HOUR)
    assert end(user, post) == ("succeeded", "published")
    assert runs(user, post) == {"x": "succeeded"}
    assert shown(user, text) == (1, 0)


# Published


@pytest.mark.full
def test_a_published_post_can_only_be_deleted_and_stays_on_its_platform(user: Client) -> None:
    text = a_text()
    post = user.post(text)
    assert end(user, post) == ("succeeded", "published")
    assert runs(user, post) == {"x": "succeeded", "threads": "succeeded"}
    assert_refused(user, post, "edit", "unschedule", "cancel", "publish", "retry")
    assert ask(user, post, "delete").status_code == 204
    assert user.call("GET", post).status_code == 404
    assert shown(user, text) == (1, 1)


def test_a_published_post_is_deleted_from_its_platform_too(user: Client) -> None:
    text = a_text()
    post = user.post(text, "facebook")
    assert end(user, post) == ("succeeded", "published")
    assert len(user.visible("facebook", text)) == 1
    deletion = user.call("DELETE", post, "?fromPlatforms=true")
    assert deletion.status_code == 202, deletion.text
    until(lambda: "deletedAt" in user.read(post))
    assert user.read(post)["runs"][0]["deletion"]["status"] == "deleted"
    assert user.visible("facebook", text) == []


# Failed


def test_a_failed_post_shows_the_reason_and_what_to_do(user: Client) -> None:
    text = a_text()
    post = failed(user, text)
    (run,) = user.read(post)["runs"]
    assert (run["status"], run["error"]["platformMessage"]) == ("failed", REFUSED["detail"])
    assert run["error"]["category"] == "content_policy"
    assert run["error"]["message"]
    assert shown(user, text) == (0, 0)


@pytest.mark.full
def test_a_failed_post_is_retried(user: Client) -> None:
    text = a_text()
    post = failed(user, text)
    assert_refused(user, post, "edit", "unschedule", "cancel", "publish")
    assert done(user, post, "retry", 202) in RETRIED
    assert end(user, post) == ("succeeded", "published")
    assert "error" not in user.read(post)["runs"][0]
    assert shown(user, text) == (1, 0)
    assert_refused(user, post, "retry")


def test_a_failed_post_is_deleted(user: Client) -> None:
    post = failed(user, a_text())
    assert ask(user, post, "delete").status_code == 204
    assert user.call("GET", post).status_code == 404


def test_a_retry_of_a_partial_failure_publishes_only_the_failed_run(user: Client) -> None:
    text = a_text()
    post = failed_in_part(user, text)
    assert runs(user, post) == {"x": "failed", "threads": "succeeded"}
    assert shown(user, text) == (0, 1)
    assert done(user, post, "retry", 202) in RETRIED
    assert end(user, post) == ("succeeded", "published")
    assert shown(user, text) == (1, 1)


def test_a_failed_post_is_edited_and_only_its_failed_run_is_retried(user: Client) -> None:
    text, edited = a_text(), a_text()
    post = failed_in_part(user, text)
    edit = {"post": {"content": {"text": edited}}}
    assert done(user, post, "retry", 202, edit) in RETRIED
    assert end(user, post) == ("succeeded", "published")
    assert shown(user, edited) == (1, 0)
    assert shown(user, text) == (0, 1), "what had succeeded is as it was"


@pytest.mark.full
def test_an_unconfirmed_post_is_not_retried_before_its_outcome_is_known(user: Client) -> None:
    text = a_text()
    user.fault("x", FIRST["x"], "accept_then_reset")
    post = user.post(text, "x")
    assert end(user, post) == ("unconfirmed", "unconfirmed")
    assert_refused(user, post, "edit", "unschedule", "cancel", "publish", "retry")
    pass_time(user, 2 * MINUTE)
    until(lambda: now(user, post) == ("succeeded", "published"))
    assert shown(user, text) == (1, 0)
