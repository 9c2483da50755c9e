"""/settings/api: keys that are shown once, the log of requests, and what programs need."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest

from shared import clock
from shared.gcp.api_keys import SCOPES, hash_of, key_from, path_of
from shared.gcp.request_log import RequestLine, write_request
from shared.users.keys import MOST_ACTIVE
from shared.users.requests import PER_PAGE
from tests.functions.api_client import ApiClient
from tests.functions.signed_in_browser import SignedInBrowser, browser

__all__ = ["browser"]
PATH = "/settings/api"
_KEY = re.compile(r"sk_(?:live|test)_[\w-]{32}")


def _create(browser: SignedInBrowser, **fields: object) -> tuple[dict[str, object], str]:
    """The form that was sent, and the page that answered."""
    form = dict(browser.form(PATH, PATH).fields) | {"name": "My program", **fields}
    answer = browser.post(PATH, {"scope": list(SCOPES), **form})
    return form, answer.text


def test_a_key_is_shown_once_and_works(api: ApiClient, browser: SignedInBrowser) -> None:
    form, page = _create(browser, scope=["posts:read"], expires="30")
    [key] = set(_KEY.findall(page))
    assert api.call("GET", "/v1/posts", key=key).status_code == 200
    assert api.call("GET", "/v1/accounts", key=key).status_code == 403
    stored = key_from(browser.db.document(path_of(hash_of(key))).get())
    assert stored is not None
    assert (stored.name, stored.scopes, stored.mode) == ("My program", ("posts:read",), "live")
    assert stored.expires_at is not None
    assert timedelta(days=29) < stored.expires_at - clock.now() <= timedelta(days=30)
    for _ in range(2):
        again = browser.post(PATH, form)
        assert (again.status_code, again.headers["Location"]) == (
            303,
            f"https://soku.test{PATH}?notice=key-shown",
        ), "the same form makes no other key"
        shown = browser.get(PATH)
        assert shown.headers["Cache-Control"] == "private, no-store"
        assert not _KEY.search(shown.text)
        assert stored.preview in shown.text


@pytest.mark.full
def test_wrong_forms_keep_what_was_typed_and_create_nothing(browser: SignedInBrowser) -> None:
    before = browser.page(PATH).count("Revoke…")
    for fields, fault in (
        ({"name": "  "}, "Name:"),
        ({"name": "x" * 101}, "Name:"),
        ({"scope": []}, "Scopes:"),
        ({"scope": ["everything"]}, "Scopes:"),
        ({"expires": "day", "day": "2001-01-01"}, "Expiry:"),
        ({"expires": "day", "day": "soon"}, "Expiry:"),
    ):
        _, page = _create(browser, **{"name": "Typed & kept", **fields})
        assert fault in page, fields
        assert not _KEY.search(page)
        if "name" not in fields:
            assert 'value="Typed &amp; kept"' in page
    assert browser.page(PATH).count("Revoke…") == before


def test_test_keys_are_offered_where_they_are_accepted(browser: SignedInBrowser) -> None:
    assert 'value="test"' in browser.page(PATH)
    browser.configure(simulated_platforms={})
    assert 'value="test"' not in browser.page(PATH)
    _, page = _create(browser, mode="test")
    assert "This Soku does not accept test keys." in page
    browser.configure(test_mode=True)
    _, page = _create(browser, mode="test")
    assert "sk_test_" in page


def test_a_key_is_revoked_after_a_question(api: ApiClient, browser: SignedInBrowser) -> None:
    assert api.call("GET", "/v1/posts").status_code == 200
    path = f"{PATH}/keys/{hash_of(api.key)}/revoke"
    assert "Last used" in browser.page(path)
    other = SignedInBrowser(api.another_user(), browser.app)
    csrf = {"csrf": dict(other.form(PATH, PATH).fields)["csrf"]}
    for wrong in (path, f"{PATH}/keys/x/revoke", f"{PATH}/keys/{'0' * 64}/revoke"):
        assert other.get(wrong).status_code == 404
        assert other.post(wrong, csrf).status_code == 404
    assert api.call("GET", "/v1/posts").status_code == 200
    done = browser.submit(path, path)
    assert "Revoked." in browser.page(done.headers["Location"])
    assert api.call("GET", "/v1/posts").status_code == 401
    assert browser.get(path).status_code == 404


def test_there_are_at_most_ten_keys(api: ApiClient, browser: SignedInBrowser) -> None:
    for _ in range(MOST_ACTIVE - 1):
        api.new_key()
    _, page = _create(browser)
    assert f"You have {MOST_ACTIVE} active API keys" in page
    assert not _KEY.search(page)


@pytest.mark.full
def test_requests_are_listed_with_their_errors_page_by_page(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    assert "Requests appear here" in browser.page(PATH)
    refused = api.send({"post": {}})
    batch = browser.db.batch()
    for number in range(PER_PAGE + 5):
        line = RequestLine(
            f"req_{number:03}~x",
            api.user_id,
            None,
            "GET",
            f"/v1/posts/{number}",
            200,
            None,
            None,
            timedelta(milliseconds=1234),
        )
        write_request(batch, browser.db, line)
    batch.commit()
    first = browser.page(PATH)
    assert first.count("1,234 ms") == PER_PAGE
    assert f"<code>req_{PER_PAGE + 4:03}</code>" in first
    [older] = re.findall(r'href="([^"]*before=[^"]*)">Older', first)
    second = browser.page(older.replace("&amp;", "&"))
    assert second.count("1,234 ms") == 5
    assert refused.headers["X-Request-ID"] in second
    assert "400 validation_error" in second
    assert "A field was wrong." in second
    failed = browser.page(f"{PATH}?failed=yes")
    assert failed.count("1,234 ms") == 0
    assert refused.headers["X-Request-ID"] in failed
    for cursor in (
        *("x", "2026-01-01_a", "2026-01-01T00:00:00+00:00_a/b", "_", "é" * 300),
        *("2026-01-01T00:00:00Z___x__", "2026-01-01T00:00:00Z___x~a__", "2026-01-01T00:00:00Z_."),
        *("0001-01-01T00:00:00+14:00_x~a", "9999-12-31T23:59:59-14:00_x~a"),
    ):
        assert browser.get(f"{PATH}?before={quote(cursor)}").status_code == 200, cursor


def test_programs_find_the_project_and_a_snippet(browser: SignedInBrowser) -> None:
    browser.configure(api_url="https://api.test")
    page = browser.page(PATH)
    settings = browser.api.world.parts.settings
    for words in (settings.project, settings.identity_api_key, browser.api.user_id):
        assert f">{words}</code>" in page
    assert 'href="https://api.test/docs"' in page
    assert f'projectId: "{settings.project}"' in page
