"""/settings/profile: the time zone, the sessions, the export, and leaving."""

import json
from datetime import timedelta

import pytest

from shared.gcp.deletions import deletion_path
from shared.gcp.sessions import FRESH_FOR, hash_of
from shared.gcp.users import LEAVING_SINCE, user_path
from tests.functions.api_client import ApiClient, post
from tests.functions.signed_in_browser import SignedInBrowser, browser

__all__ = ["browser"]
PATH = "/settings/profile"


def test_the_time_zone_is_that_of_all_pages(api: ApiClient, browser: SignedInBrowser) -> None:
    for wrong in ("", "Mars/Olympus", "../UTC", "europe/berlin"):
        refused = browser.submit(PATH, PATH, timezone=wrong)
        assert refused.status_code == 422
        assert "This time zone does not exist." in refused.text
    done = browser.submit(PATH, PATH, timezone="Asia/Kolkata")
    page = browser.page(done.headers["Location"])
    assert "Saved." in page
    assert '<option value="Asia/Kolkata" selected>Kolkata</option>' in page
    assert browser.db.document(user_path(api.user_id)).get().get("timezone") == "Asia/Kolkata"
    assert " IST." in page


def test_another_session_is_ended(api: ApiClient, browser: SignedInBrowser) -> None:
    other = browser.another()
    stranger = SignedInBrowser(api.another_user(), browser.app)
    page = browser.page(PATH)
    assert page.count("Firefox on Linux") >= 2
    assert page.count("This device") == 1
    csrf = dict(browser.form(PATH, PATH).fields)["csrf"]
    for wrong in (hash_of(browser.session_id), hash_of(stranger.session_id), "", "a/b"):
        browser.post(f"{PATH}/sessions", {"csrf": csrf, "session": wrong})
    assert {each.get(PATH).status_code for each in (browser, stranger, other)} == {200}
    assert browser.submit(PATH, f"{PATH}/sessions").status_code == 303
    assert other.get(PATH).status_code == 303
    assert browser.page(PATH).count("This device") == 1


def test_everything_is_exported_soon_after_signing_in(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    api.accept(post("Mine alone"))
    api.another_user().accept(post("Of somebody else"))
    csrf = dict(browser.form(PATH, PATH).fields)["csrf"]
    answer = browser.submit(PATH, f"{PATH}/export")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="soku-')
    assert answer.headers["Cache-Control"] == "private, no-store"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines[0]["path"] == user_path(api.user_id)
    assert "Mine alone" in answer.text
    assert "Of somebody else" not in answer.text
    statuses = {browser.submit(PATH, f"{PATH}/export").status_code for _ in range(5)}
    assert statuses == {200, 429}, "each one reads everything"
    browser.age_the_sign_in(FRESH_FOR)
    assert 'href="https://soku.test/sign-in?next=%2Fsettings%2Fprofile"' in browser.page(PATH)
    refused = browser.post(f"{PATH}/export", {"csrf": csrf})
    assert (refused.status_code, refused.text) == (303, "")


@pytest.mark.parametrize("typed", ["", "somebody@example.com", "DELETE"])
def test_a_user_is_not_deleted_by_accident(
    api: ApiClient, browser: SignedInBrowser, typed: str
) -> None:
    path = f"{PATH}/delete"
    assert "This cannot be undone" in browser.page(path)
    refused = browser.submit(path, path, email=typed)
    assert refused.status_code == 422
    assert "Nothing was deleted." in refused.text
    assert not browser.db.document(deletion_path(api.user_id)).get().exists


def test_a_user_deletes_themselves_soon_after_signing_in(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    path = f"{PATH}/delete"
    form = dict(browser.form(path, path).fields) | {"email": f" {api.user_id.upper()}@Example.com"}
    browser.age_the_sign_in(FRESH_FOR + timedelta(seconds=1))
    assert "Sign in again" in browser.page(path)
    assert browser.post(path, form).status_code == 303
    assert LEAVING_SINCE not in browser.db.document(user_path(api.user_id)).get().to_dict()
    browser.age_the_sign_in(timedelta(0))
    done = browser.post(path, form)
    assert "Soku is deleting your user" in done.text
    assert browser.get(PATH).status_code == 303
    assert api.call("GET", "/v1/posts").status_code == 401
    assert browser.db.document(deletion_path(api.user_id)).get().exists
