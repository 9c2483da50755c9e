"""What the composer makes of its form: one post, or nothing."""

from typing import Any

import pytest

from tests.functions.composing import JSON, account, form_of, made, send
from tests.functions.dashboard_client import ORIGIN, Browser, Dashboard


def test_a_post_is_published_from_the_form_alone(dashboard: Dashboard, ann: Browser) -> None:
    page = ann.get("/posts/new")
    accounts = [account("x"), account("threads")]
    answer = send(
        ann,
        page,
        account=accounts,
        text="Line one\r\nline two",
        own="threads",
        text__threads="Only for Threads",
        part=["x", "threads"],
        opt__x__replySettings="following",
    )
    post_id = made(answer)
    assert answer.headers["Location"].endswith("notice=publishing")
    stored = dashboard.world.submission(post_id)
    assert stored["text"] == "Line one\nline two", "forms send line breaks as CR LF"
    assert "keyHash" not in stored
    assert stored["mode"] == "live"
    [x] = [target for target in stored["targets"] if target["platform"] == "x"]
    assert x["options"] == {"replySettings": "following"}
    dashboard.world.live_until_quiet()
    assert dashboard.world.visible("x") == ["Line one\nline two"]
    assert dashboard.world.visible("threads") == ["Only for Threads"]


def test_sending_twice_makes_one_post(dashboard: Dashboard, ann: Browser) -> None:
    page = ann.get("/posts/new")
    first, second = (made(send(ann, page, account=account("x"))) for _ in range(2))
    assert first == second
    changed = send(ann, page, account=account("x"), text="Something else")
    assert changed.status_code == 409
    assert f"/posts/{first}" in changed.text
    assert "Something else" in changed.text
    assert made(send(ann, changed, account=account("x"), text="Something else")) != first


def test_a_script_gets_the_way_on_or_the_faults(ann: Browser) -> None:
    page = ann.get("/posts/new")
    refused = send(ann, page, account=account("x"), text="x" * 300, script=True)
    assert (refused.status_code, refused.json["faults"][0]["at"]) == (422, "text")
    accepted = send(ann, page, account=account("x"), script=True)
    assert accepted.json["location"].startswith(f"{ORIGIN}/posts/")


@pytest.mark.parametrize(
    "missing", [{"do": []}, {"do": "preview"}, {"when": []}, {"when": "soon"}], ids=str
)
def test_nothing_is_sent_without_the_button_and_the_choice_of_a_time(
    dashboard: Dashboard, ann: Browser, missing: dict[str, Any]
) -> None:
    answer = send(ann, ann.get("/posts/new"), account=account("x"), text="Kept", **missing)
    assert answer.status_code in (200, 422)
    assert ">\nKept</textarea>" in answer.text
    assert [*dashboard.world.parts.db.collection("postSubmissions").stream()] == []


def test_a_script_sends_as_many_fields_as_a_form_without_it(ann: Browser) -> None:
    form = form_of(ann.get("/posts/new"), account=account("x"))
    form.setlist("part", [f"x:{number}" for number in range(1200)])
    headers = {"Origin": ORIGIN, "Content-Type": "multipart/form-data", **JSON}
    answer = ann.client.post("/posts/new", base_url=ORIGIN, data=form, headers=headers)
    assert answer.status_code == 200, answer.text
    assert "location" in answer.json


@pytest.mark.parametrize(("when", "notice"), [("at", "scheduled"), ("draft", "drafted")])
def test_the_page_of_the_post_says_what_became_of_it(ann: Browser, when: str, notice: str) -> None:
    answer = send(
        ann, ann.get("/posts/new"), account=account("x"), when=when, at="2030-01-05T08:00"
    )
    made(answer)
    assert answer.headers["Location"].endswith(f"notice={notice}")
