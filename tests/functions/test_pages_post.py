"""The page of one post in a browser, and what its buttons do."""

import re
from datetime import timedelta
from typing import Any

import pytest

from functions.dashboard.posts import attempts, possible
from shared import clock
from shared.domain.errors import ErrorCategory
from tests.functions.api_client import ApiClient, post
from tests.functions.dashboard_client import form_to
from tests.functions.posts_in_pages import (
    HOSTILE,
    draft,
    failed_on_x,
    scheduled,
    send,
    unconfirmed_on_x,
)
from tests.functions.signed_in_browser import SignedInBrowser, browser
from tests.world import World

__all__ = ["browser"]

ACTIONS = ("delete", "cancel", "publish", "retry", "unschedule", "look")


def test_a_failure_says_what_happened_and_what_to_do(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    post_id = failed_on_x(api)
    page = browser.page(f"/posts/{post_id}")
    assert page.index("X, x_") < page.index("Threads, threads_"), "what needs the user first"
    assert "What X said" in page
    assert "This looks automated." in page
    assert "Threads is live and will not be posted again." in page
    assert "Create post" in page, "the attempts"
    assert "403" in page
    assert "View on Threads" in page
    for fact in (f"Post: {post_id}", "Run: x", "Request: req_"):
        assert fact in page, "for support"
    retried = send(browser, f"/posts/{post_id}/retry")
    assert retried.headers["Location"] == f"https://soku.test/posts/{post_id}?notice=retried"
    again = browser.page(f"/posts/{post_id}?notice=retried")
    assert "What is live already is not posted again." in again
    assert "This page shows the result by itself" in again


def test_the_request_is_copied_without_its_key(api: ApiClient, browser: SignedInBrowser) -> None:
    api.world.parts.db.document(f"users/{api.user_id}").update({"timezone": "Europe/Berlin"})
    post_id = draft(api, "It's a test")
    page = browser.page(f"/posts/{post_id}")
    assert "sk_live_••••" in page
    assert api.key not in page
    assert "&#34;draft&#34;: true" in page
    assert "It&#39;&#34;&#39;&#34;&#39;s a test" in page, "quoted for a shell"
    assert "Europe/Berlin, UTC" in page


def test_the_page_asks_only_for_what_has_changed(api: ApiClient, browser: SignedInBrowser) -> None:
    post_id = api.accept(post())
    page = browser.page(f"/posts/{post_id}")
    assert 'data-look="0"' in page
    [version] = re.findall('data-version="([0-9a-f]+)"', page)
    same = browser.get(f"/posts/{post_id}/live?version={version}")
    assert (same.status_code, same.data) == (204, b"")
    api.world.deliver_due()
    changed = browser.get(f"/posts/{post_id}/live?version={version}")
    assert changed.status_code == 200
    assert "Published" in changed.text
    assert "<html" not in changed.text
    assert "data-look" not in changed.text


@pytest.mark.parametrize("action", ["publish", "cancel", "delete"])
def test_what_cannot_be_undone_asks_first(
    api: ApiClient, browser: SignedInBrowser, action: str
) -> None:
    post_id = scheduled(api)
    question = browser.page(f"/posts/{post_id}/{action}?back=/posts%3Fstatus=scheduled")
    assert question.count("<h1>") == 1
    assert "?</h1>" in question
    assert api.read(post_id).json["status"] == "queued"
    [form] = re.findall(rf'<form method="post" action="[^"]+/{action}">.*?</form>', question, re.S)
    assert 'name="back" value="/posts?status=scheduled"' in form
    sent = send(browser, f"/posts/{post_id}/{action}", back="/posts?status=scheduled")
    # What is being published goes on, on its own page.
    way = f"/posts/{post_id}?" if action == "publish" else "/posts?status=scheduled&"
    assert sent.headers["Location"].startswith(f"https://soku.test{way}notice=")
    status = {"publish": "queued", "cancel": "canceled", "delete": None}[action]
    answer = api.read(post_id)
    assert (answer.json["status"] if answer.status_code == 200 else None) == status
    if action == "publish":
        assert answer.json["scheduledTime"] is None


def test_a_scheduled_post_becomes_a_draft_and_is_published_once(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    post_id = scheduled(api)
    assert send(browser, f"/posts/{post_id}/unschedule").status_code == 303
    assert api.read(post_id).json["status"] == "draft"
    assert send(browser, f"/posts/{post_id}/publish").status_code == 303
    again = send(browser, f"/posts/{post_id}/publish")
    assert again.status_code == 422
    assert 'role="alert"' in again.text
    assert "cannot be published now" in again.text


def test_a_post_is_deleted_from_its_platforms(api: ApiClient, browser: SignedInBrowser) -> None:
    post_id = api.accept(post(platform=["x", "threads"]))
    api.world.deliver_due()
    question = browser.page(f"/posts/{post_id}/delete")
    assert "Delete from X and Threads" in question
    assert "Delete from Soku only" in question
    answer = send(browser, f"/posts/{post_id}/delete", everywhere="yes")
    assert answer.headers["Location"].endswith(f"/posts/{post_id}?notice=deleting")
    page = browser.page(f"/posts/{post_id}")
    assert "Being deleted from X" in page
    assert 'data-look="0"' in page
    assert f"/posts/{post_id}/delete" not in page
    api.world.deliver_due()
    assert api.world.visible("x") == api.world.visible("threads") == []
    assert "Deleted from its platforms" in browser.page(f"/posts/{post_id}")


def test_a_post_that_was_published_since_the_question_is_not_forgotten(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    post_id = draft(api)
    path = f"/posts/{post_id}/delete"
    form = dict(browser.form(path, path).fields)
    several = send(browser, "/posts/selected", do="delete", id=[post_id])
    sure = dict(form_to(several, "/posts/selected").fields)
    assert send(browser, f"/posts/{post_id}/publish").status_code == 303
    api.world.deliver_due()
    for address, sent in ((path, form), ("/posts/selected", sure)):
        answer = browser.post(address, sent)
        assert answer.status_code == 409
        assert "published meanwhile. Nothing was deleted." in answer.text
        assert api.read(post_id).json["status"] == "succeeded"
    again = send(browser, "/posts/selected", do="delete", id=[post_id])
    sure = dict(form_to(again, "/posts/selected").fields)
    assert browser.post("/posts/selected", sure).status_code == 200
    assert api.read(post_id).status_code == 404


def test_an_unconfirmed_run_is_settled_by_its_owner(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    post_id = unconfirmed_on_x(api)
    page = browser.page(f"/posts/{post_id}")
    for button in ("It is live", "It is not live", "Look again"):
        assert f">{button}</button>" in page
    path = f"/posts/{post_id}/runs/x/outcome"
    for link in ("", "javascript:alert(1)", HOSTILE, "https://x.com/nobody"):
        refused = send(browser, path, outcome="published", permalink=link)
        assert refused.status_code == 422, link
        assert "Copy the link that X shows for this post" in refused.text
        assert 'aria-invalid="true"' in refused.text
        assert "<script>" not in refused.text
    for outcome in ("", "live"):
        assert "Choose whether" in send(browser, path, outcome=outcome, permalink="typed").text
        assert api.read(post_id).json["status"] == "unconfirmed", "it could be published twice"
    link = "https://x.com/ann/status/1790000000000000000"
    assert send(browser, path, outcome="published", permalink=link).status_code == 303
    run = api.read(post_id).json["runs"][0]
    assert (run["status"], run["permalink"]) == ("succeeded", link)
    assert send(browser, path, outcome="not_published").status_code == 422
    assert send(browser, f"/posts/{post_id}/runs/nobody/outcome").status_code == 404


def test_an_unconfirmed_run_is_looked_up(api: ApiClient) -> None:
    post_id = unconfirmed_on_x(api)
    assert send(SignedInBrowser(api), f"/posts/{post_id}/look").status_code == 303
    api.world.deliver_due()
    assert api.read(post_id).json["status"] == "succeeded"


def test_an_unconfirmed_run_is_reported_absent(api: ApiClient, browser: SignedInBrowser) -> None:
    post_id = unconfirmed_on_x(api)
    path = f"/posts/{post_id}/runs/x/outcome"
    assert send(browser, path, outcome="not_published").status_code == 303
    assert "You reported that this post is not on the platform" in browser.page(f"/posts/{post_id}")


@pytest.mark.full
def test_posts_of_others_do_not_exist(world: World, browser: SignedInBrowser) -> None:
    foreign = world.submit("Not yours", "x", draft=True)
    for post_id in (foreign, "odd", "..", foreign.upper(), "00000000-0000-4000-8000-000000000000"):
        for path in ("", "/live", "/delete", "/cancel", "/publish"):
            answer = browser.get(f"/posts/{post_id}{path}")
            assert answer.status_code == 404, (post_id, path)
            assert "Not yours" not in answer.text
        for action in (
            "delete",
            "cancel",
            "publish",
            "retry",
            "unschedule",
            "look",
            "runs/x/outcome",
        ):
            assert send(browser, f"/posts/{post_id}/{action}").status_code == 404, action
    assert world.submission(foreign)["status"] == "draft"


def test_only_subscribers_change_posts(api: ApiClient, browser: SignedInBrowser) -> None:
    post_id = draft(api)
    settings = api.world.parts.settings
    assert settings.billing.mode != "off"
    api.world.add_user(api.user_id, status="canceled")
    for action in ("cancel", "publish", "delete"):
        assert send(browser, f"/posts/{post_id}/{action}").status_code == 403
    assert (
        send(browser, "/posts/selected", do="delete", id=[post_id], sure="yes").status_code == 403
    )
    assert browser.get(f"/posts/{post_id}").status_code == 200


def _failed(category: str) -> tuple[dict[str, Any], dict[str, Any]]:
    run = {
        "runId": "x",
        "platform": "x",
        "accountId": "x_ann",
        "status": "failed",
        "error": {"category": category, "code": category, "message": "No."},
    }
    whole = {"postSubmissionId": "1", "displayStatus": "failed", "runs": [run]}
    return whole, run


@pytest.mark.parametrize("category", list(ErrorCategory))
def test_every_category_of_failure_has_a_remedy(category: str) -> None:
    first = {
        "auth_expired": "Reconnect",
        "account_disconnected": "Reconnect",
        "permission": "Reconnect",
        "validation": "Edit and retry",
        "media_error": "Edit and retry",
        "content_policy": "Edit and retry",
        "rate_limited": "Retry",
        "platform_unavailable": "Retry",
        "duplicate": "Edit and retry",
        "expired": "Reschedule",
        "subscription_inactive": "Go to billing",
        "unknown": "Retry",
    }
    assert possible.remedies_of(*_failed(category))[0].words == first[category]


def test_attempts_are_told_in_words() -> None:
    begun = clock.now()
    at = [(begun + timedelta(seconds=seconds)).isoformat() for seconds in (0, 0.4, 40.4)]
    waited, sent = attempts.shown(
        [
            {
                "step": "create_post",
                "startedAt": at[0],
                "finishedAt": at[1],
                "outcome": "RateLimited",
            },
            {"step": "create_post", "startedAt": at[2], "outcome": "something new"},
        ]
    )
    assert (waited.step, waited.took, waited.waited) == ("Create post", "400 ms", "40 s")
    assert waited.decided == "Waited: rate limit"
    assert (sent.decided, sent.took, sent.waited) == ("something new", "", "")
