"""Posts that exist in the composer: edited, retried and copied."""

import re
from datetime import timedelta

import pytest
from werkzeug.datastructures import MultiDict

from shared import clock
from tests.functions.composing import (
    account,
    form_of,
    made,
    post,
    send,
)
from tests.functions.dashboard_client import Browser, Dashboard
from tests.media import Shelf
from tests.world import USER


def test_a_scheduled_post_is_edited(dashboard: Dashboard, ann: Browser) -> None:
    world = dashboard.world
    due = clock.now() + timedelta(days=2, seconds=17)
    post_id = world.submit(
        "Before",
        [{"platform": "x", "options": {"replySettings": "verified"}}],
        scheduledTime=due.isoformat(),
    )
    path = f"/posts/{post_id}/edit"
    page = ann.get(path)
    assert '<option value="verified" selected>' in page.text
    at = f"{due:%Y-%m-%dT%H:%M}"
    sent = {"account": account("x"), "part": "x", "opt__x__replySettings": "verified"}
    answer = send(ann, page, path, text="After", when="at", at=at, **sent)
    assert made(answer) == post_id
    stored = world.submission(post_id)
    assert stored["text"] == "After"
    assert stored["scheduledTime"] == due, "a time that was not changed keeps its seconds"
    assert stored["targets"][0]["options"] == {"replySettings": "verified"}
    now = send(ann, ann.get(path), path, text="Now", **sent)
    assert made(now) == post_id
    world.live_until_quiet()
    assert world.visible("x") == ["Now"]
    gone = ann.get(path)
    assert gone.status_code == 409


def test_a_draft_keeps_the_time_for_which_it_is_planned(dashboard: Dashboard, ann: Browser) -> None:
    due = clock.now() + timedelta(days=2)
    post_id = dashboard.world.submit("Plan", "x", draft=True, scheduledTime=due.isoformat())
    path = f"/posts/{post_id}/edit"
    page = ann.get(path)
    assert 'name="when" value="draft" checked' in page.text
    made(send(ann, page, path, account=account("x"), when="draft", text="Planned"))
    stored = dashboard.world.submission(post_id)
    assert (stored["status"], stored["scheduledTime"]) == ("draft", due)
    made(send(ann, ann.get(path), path, account=account("x"), text="Now"))
    dashboard.world.live_until_quiet()
    assert dashboard.world.visible("x") == ["Now"]


def test_a_post_that_changed_elsewhere_is_not_overwritten(
    dashboard: Dashboard, ann: Browser
) -> None:
    post_id = dashboard.world.submit("First", "x", draft=True)
    path = f"/posts/{post_id}/edit"
    mine, theirs = ann.get(path), ann.get(path)
    sent = {"account": account("x"), "when": "draft"}
    made(send(ann, theirs, path, text="Theirs", **sent))
    answer = send(ann, mine, path, text="Mine", **sent)
    assert answer.status_code == 409
    assert "Theirs" in answer.text
    assert "Mine" in answer.text
    assert dashboard.world.submission(post_id)["text"] == "Theirs"
    made(send(ann, answer, path, text="Mine", **sent))
    assert dashboard.world.submission(post_id)["text"] == "Mine"


def test_accounts_of_a_platform_with_different_texts_keep_them(
    dashboard: Dashboard, ann: Browser
) -> None:
    world = dashboard.world
    world.connect("x", "x_second")
    targets = [
        {"platform": "x", "accountId": f"x_{USER}", "text": "One"},
        {"platform": "x", "accountId": "x_second", "text": "Two"},
    ]
    post_id = world.submit("Shared", targets, draft=True)
    path = f"/posts/{post_id}/edit"
    page = ann.get(path)
    keys = [account("x"), account("x", "x_second")]
    texts = {f"text:{key}": text for key, text in zip(keys, ("One", "Two"), strict=True)}
    for key, text in texts.items():
        assert f'name="{key}"' in page.text
        assert f">\n{text}</textarea>" in page.text
    answer = send(
        ann, page, path, split="x", account=keys, own=keys, when="draft", text="New", **texts
    )
    stored = world.submission(made(answer))
    assert [target["text"] for target in stored["targets"]] == ["One", "Two"]


@pytest.mark.full
def test_only_what_failed_is_retried_with_the_new_text(dashboard: Dashboard, ann: Browser) -> None:
    world = dashboard.world
    world.parts.grants.require_reconnect(world.account("x"), None, "X has ended it.")
    post_id = world.submit(
        "Hello", ["x", "threads"], scheduledTime=(clock.now() + timedelta(hours=2)).isoformat()
    )
    world.live_until_quiet()
    assert world.submission(post_id)["status"] == "partially_failed"
    world.connect("x", f"x_{USER}")
    path = f"/posts/{post_id}/edit?retry=1"
    page = ann.get(path)
    assert "Threads is live and will not be posted again." in page.text
    assert re.findall(r'name="account" value="([^"]+)"', page.text) == [account("x")]
    assert made(send(ann, page, path, account=account("x"), text="Again")) == post_id
    world.live_until_quiet()
    assert world.visible("x") == ["Again"]
    assert world.visible("threads") == ["Hello"]


@pytest.mark.full
def test_a_copy_is_a_new_post(dashboard: Dashboard, ann: Browser, shelf: Shelf) -> None:
    picture = shelf.image()
    post_id = dashboard.world.submit("Copy me", "x", [picture])
    page = ann.get(f"/posts/new?from={post_id}")
    assert "Copy me" in page.text
    assert picture.url in page.text
    assert made(send(ann, page, account=account("x"), media=picture.url)) != post_id


def test_posts_of_others_do_not_exist(dashboard: Dashboard, ann: Browser) -> None:
    world = dashboard.world
    post_id = world.submit("Mine", "x", draft=True)
    world.parts.db.document(f"postSubmissions/{post_id}").update({"userId": "bob"})
    csrf = form_of(ann.get("/posts/new"), account=account("x"))
    for unknown in (post_id, "5f0c6a52-6d0e-4a55-9a55-0d6a3b7f8c11", "nothing"):
        assert ann.get(f"/posts/{unknown}/edit").status_code == 404
        assert ann.get(f"/posts/new?from={unknown}").status_code == 404
        assert post(ann, f"/posts/{unknown}/edit", csrf).status_code == 404
        checked = MultiDict(csrf)
        checked["post"] = unknown
        assert post(ann, "/posts/validate", checked).status_code == 404
