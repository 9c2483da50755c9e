"""A form that is sent after the session has ended: what was typed comes back, and nothing else."""

import re

from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from functions.dashboard.composer import handing_back
from shared.gcp.sessions import end_all_sessions
from tests.functions.composing import HOSTILE, account, form_of, made, post, send
from tests.functions.dashboard_client import PEOPLE, Browser, Dashboard, form_to
from tests.world import USER


def _posts(dashboard: Dashboard) -> int:
    return len([*dashboard.world.parts.db.collection("postSubmissions").stream()])


def _written(ann: Browser) -> TestResponse:
    """The answer to a form whose session ended while it was written."""
    page = ann.get("/posts/new")
    end_all_sessions(ann.dashboard.world.parts.db, USER)
    return send(
        ann,
        page,
        account=[account("x"), account("threads")],
        text=HOSTILE,
        own="threads",
        text__threads="Only for Threads",
        media=["https://example.com/a.jpg", ""],
        alt=["A loaf", ""],
        when="draft",
    )


def test_what_was_typed_is_there_after_signing_in_again(dashboard: Dashboard, ann: Browser) -> None:
    kept = _written(ann)
    assert kept.status_code == 403
    assert "<script>alert" not in kept.text
    assert kept.text.count('type="hidden"') < 30
    assert 'name="csrf"' not in kept.text
    form = form_to(kept, "/posts/new")
    fields = [*form.fields, ("text", HOSTILE)]
    assert ("alt", "A loaf") in fields
    again = post(ann, "/posts/new", MultiDict(fields))
    assert again.status_code == 403, "still signed out"
    ann.sign_in_by_google(PEOPLE["ann"])
    page = post(ann, "/posts/new", MultiDict(fields))
    assert page.status_code == 403
    assert "Nothing was sent" in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    for words in ("Only for Threads</textarea>", 'value="https://example.com/a.jpg"', "A loaf"):
        assert words in page.text
    assert re.search(r'name="when" value="draft" checked', page.text)
    assert _posts(dashboard) == 0
    accepted = send(ann, page, account=account("x"), text="Sent at last", when="draft")
    assert dashboard.world.submission(made(accepted))["text"] == "Sent at last"


def test_a_form_of_an_earlier_session_is_shown_and_not_sent(
    dashboard: Dashboard, ann: Browser
) -> None:
    page = ann.get("/posts/new")
    ann.sign_in_by_google(PEOPLE["ann"])
    answer = send(ann, page, account=account("x"), text="Kept")
    assert answer.status_code == 403
    assert ">\nKept</textarea>" in answer.text
    assert _posts(dashboard) == 0
    made(send(ann, answer, account=account("x"), text="Kept"))
    assert _posts(dashboard) == 1


def test_nothing_comes_back_to_other_websites_scripts_and_giants(
    dashboard: Dashboard, ann: Browser
) -> None:
    page = ann.get("/posts/new")
    end_all_sessions(dashboard.world.parts.db, USER)
    form = form_of(page, account=account("x"), text="Typed elsewhere")
    foreign = ann.post("/posts/new", form, origin="https://evil.test")
    assert "Typed elsewhere" not in foreign.text
    assert post(ann, "/posts/new", form, script=True).status_code == 303
    form.setlist("part", ["x"] * (handing_back.MOST_FIELDS + 1))
    assert post(ann, "/posts/new", form).status_code == 303
