"""The pages of a signed-in user: cookies and sessions, forms, headers, and the start page."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from functions.dashboard.routes import ROUTES
from functions.dashboard.settings import integrations
from shared import clock
from shared.gcp.sessions import session_from
from shared.platforms import registry
from shared.web import pages, sessions
from shared.web.icons import mark
from tests.functions.dashboard_client import (
    ORIGIN,
    PEOPLE,
    Browser,
    Dashboard,
    form_to,
)

ANN = PEOPLE["ann"]
CONNECT = "/settings/integrations/connect"
ACCOUNTS = "/settings/integrations"


def test_the_cookie_is_only_for_us(dashboard: Dashboard) -> None:
    browser = dashboard.browser()
    [header] = browser.get("/sign-in").headers.getlist("Set-Cookie")
    name, *attributes = header.split("; ")
    assert name.startswith("__session=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=1209600"} <= set(attributes)
    assert not [each for each in attributes if each.startswith("Domain")]
    before = browser.cookie
    browser.sign_in_by_google(ANN)
    nonces = [
        sessions._signer(dashboard.world.parts.settings).loads(cookie)["n"]
        for cookie in (before, browser.cookie)
    ]
    assert nonces[0] != nonces[1]


def test_a_cookie_with_one_other_bit_is_nobodys(ann: Browser) -> None:
    good = ann.cookie
    for position in range(0, len(good), 7):
        other = chr(ord(good[position]) ^ 1)
        # Characters that a cookie cannot have never arrive.
        if other not in ';, "\\' and other.isprintable():
            ann.cookie = good[:position] + other + good[position + 1 :]
            assert not ann.is_signed_in, position
    for bad in ("", "x", "a.b.c", good[:-1], f"{good}.", good * 20):
        ann.cookie = bad
        assert not ann.is_signed_in
    ann.cookie = good
    assert ann.is_signed_in


def test_a_cookie_of_the_older_key_is_valid_and_of_a_removed_one_is_not(
    dashboard: Dashboard, ann: Browser
) -> None:
    (old,), new = dashboard.world.parts.settings.session_keys, "n" * 32
    page, before = ann.get(ACCOUNTS), ann.cookie
    dashboard.configure(session_keys=(new, old))
    assert ann.submit(page, CONNECT).status_code == 303, "a form from before the new key"
    assert ann.is_signed_in
    assert ann.cookie != before, "the newest key signs"
    dashboard.configure(session_keys=(new,))
    assert ann.is_signed_in
    ann.cookie = before
    assert not ann.is_signed_in
    dashboard.configure(session_keys=(new, "o" * 32))
    ann.cookie = before
    assert not ann.is_signed_in


def test_signing_out_ends_one_session_and_everywhere_all(
    dashboard: Dashboard, ann: Browser
) -> None:
    other, third = dashboard.browser(), dashboard.browser()
    other.sign_in_by_google(ANN)
    third.sign_in_by_google(ANN)
    before = ann.cookie
    out = ann.submit(ann.get(ACCOUNTS), "/sign-out")
    assert (out.status_code, out.headers["Location"]) == (303, f"{ORIGIN}/sign-in")
    assert not ann.is_signed_in
    ann.cookie = before
    assert not ann.is_signed_in
    assert other.is_signed_in
    kept = third.cookie
    assert other.submit(other.get("/settings/profile"), "/sign-out/everywhere").status_code == 303
    assert dashboard.sessions_of("ann") == []
    third.cookie = kept
    assert not third.is_signed_in
    assert not other.is_signed_in


def test_a_part_of_a_page_leads_to_signing_in_and_is_not_replaced_by_it(
    dashboard: Dashboard,
) -> None:
    answer = dashboard.browser().get("/posts/needs", **{"HX-Request": "true"})
    assert (answer.status_code, answer.text) == (204, "")
    assert answer.headers["HX-Redirect"] == f"{ORIGIN}/sign-in"


def test_an_ended_session_cannot_end_the_others(dashboard: Dashboard, ann: Browser) -> None:
    form = dict(form_to(ann.get("/settings/profile"), "/sign-out/everywhere").fields)
    before = ann.cookie
    other = dashboard.browser()
    other.sign_in_by_google(ANN)
    ann.submit(ann.get(ACCOUNTS), "/sign-out")
    ann.cookie = before
    assert ann.post("/sign-out/everywhere", form).headers["Location"] == f"{ORIGIN}/sign-in"
    assert other.is_signed_in


def test_a_session_lives_while_it_is_used(dashboard: Dashboard, ann: Browser) -> None:
    for _ in range(3):
        dashboard.world.advance(timedelta(days=13))
        page = ann.get(ACCOUNTS)
        assert page.status_code == 200
        assert "Max-Age=1209600" in page.headers["Set-Cookie"]
    session = dashboard.document(ann.session_path)
    assert session is not None
    assert session["lastSeenAt"] - session["authTime"] > timedelta(days=38)
    dashboard.world.advance(timedelta(days=14))
    assert not ann.is_signed_in


def test_a_session_is_written_at_most_once_an_hour(dashboard: Dashboard, ann: Browser) -> None:
    first = dashboard.document(ann.session_path)
    dashboard.world.advance(timedelta(minutes=59))
    assert ann.is_signed_in
    assert dashboard.document(ann.session_path) == first
    dashboard.world.advance(timedelta(minutes=2))
    assert ann.is_signed_in
    assert dashboard.document(ann.session_path) != first


def test_a_sign_in_is_fresh_for_five_minutes(dashboard: Dashboard, ann: Browser) -> None:
    session = session_from(dashboard.world.parts.db.document(ann.session_path).get())
    assert session is not None
    assert session.is_fresh(clock.now())
    assert not session.is_fresh(clock.now() + timedelta(minutes=5))


def test_a_deleted_user_is_not_signed_in(dashboard: Dashboard, ann: Browser) -> None:
    assert ann.is_signed_in
    dashboard.world.parts.db.document("users/ann").delete()
    assert not ann.is_signed_in


def test_a_form_from_elsewhere_changes_nothing(dashboard: Dashboard, ann: Browser) -> None:
    form = {
        "csrf": dict(form_to(ann.get(ACCOUNTS), "/sign-out").fields)["csrf"],
        "platform": "x",
        "email": ANN.email,
        "code": "x",
    }
    other = dashboard.browser()
    foreign = dict(form_to(other.get("/sign-in"), "/sign-in/email").fields)["csrf"]
    origins = ("https://evil.test", "https://soku.test.evil.test", "http://soku.test", "null", None)
    paths = [path for method, path, _ in ROUTES if method == "POST"]
    assert {"/sign-out", "/sign-in/email", "/posts/new"} <= set(paths)
    for path in paths:
        for origin in origins:
            assert ann.post(path, form, origin=origin).status_code == 403, (path, origin)
        for csrf in ("", "x", foreign, form["csrf"][:-1], "é" * 64):
            assert ann.post(path, form | {"csrf": csrf}).status_code == 403, (path, csrf)
        assert ann.post(path, {}).status_code == 403, path
        assert other.post(path, form).status_code == 403, path
    assert len(dashboard.sessions_of("ann")) == 1
    assert dashboard.twin.accounts.mails == []
    assert list(dashboard.world.parts.db.collection("connections").stream()) == []


def test_whoever_is_signed_out_meanwhile_is_led_to_the_page_to_sign_in(ann: Browser) -> None:
    form = dict(form_to(ann.get("/settings/profile"), "/settings/profile").fields)
    # As after two weeks, when the browser forgets it.
    ann.cookie = ""
    answer = ann.post("/settings/profile", form)
    assert answer.status_code == 403
    assert "You are not signed in</h1>" in answer.text
    assert "Nothing was changed." in answer.text
    assert f'href="{ORIGIN}/sign-in">Sign in</a>' in answer.text


def test_every_page_has_the_headers_of_a_private_page(ann: Browser) -> None:
    pages = [
        ann.get(ACCOUNTS),
        ann.get("/sign-in"),
        ann.get("/sign-in/link?mode=signIn&oobCode=x"),
        ann.get("/sign-in/link"),
        ann.get("/nothing"),
        ann.post("/", {}),
        ann.submit(ann.get("/sign-in"), "/sign-in/email", email="x"),
    ]
    for page in pages:
        assert page.headers["Cache-Control"] == "private, no-store"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "same-origin"
        policy = page.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert page.text.count("<script") == page.text.count('<script src="https://soku.test/')
        assert 'style="' not in page.text
        assert page.text.count("<h1>") == 1
        assert page.headers["X-Request-ID"]
    signed_out = ann.submit(ann.get(ACCOUNTS), "/sign-out")
    for redirect in (signed_out, ann.get("/sign-in/google"), ann.get(ACCOUNTS)):
        assert redirect.status_code == 303
        assert redirect.headers["Cache-Control"] == "private, no-store"
        assert redirect.headers["X-Content-Type-Options"] == "nosniff"
        assert redirect.headers["Strict-Transport-Security"] == "max-age=63072000"


def test_unknown_pages_and_methods_are_pages_too(ann: Browser) -> None:
    assert ann.get("/nothing").status_code == 404
    wrong = ann.post("/", {})
    assert (wrong.status_code, wrong.headers["Content-Type"]) == (405, "text/html; charset=utf-8")
    assert "GET" in wrong.headers["Allow"]
    assert ann.post("/sign-in/email", {"email": "x" * 300_000}).status_code == 413


def test_a_failing_database_is_an_error_page_with_a_number(
    dashboard: Dashboard, ann: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a secret text")

    monkeypatch.setattr(integrations.listing, "stored_accounts", fail)
    page = ann.get(ACCOUNTS)
    assert page.status_code == 500
    assert page.headers["X-Request-ID"] in page.text
    assert "secret" not in page.text


def test_missing_variables_are_an_error_page_that_keeps_them_to_the_log(
    dashboard: Dashboard, caplog: pytest.LogCaptureFixture
) -> None:
    dashboard.configure(session_keys=(), dashboard_url="", identity_api_key="")
    page = dashboard.browser().get("/sign-in/google")
    assert page.status_code == 500
    for name in ("SESSION_KEY", "DASHBOARD_URL", "IDENTITY_API_KEY"):
        assert name not in page.text
        assert f"{name} is not set" in caplog.text


def test_every_address_is_below_the_public_one(dashboard: Dashboard, ann: Browser) -> None:
    for base in ("https://r-p.cloudfunctions.net/dashboard", "https://soku.test"):
        dashboard.configure(dashboard_url=base)
        for path in (ACCOUNTS, "/sign-in", "/sign-in/link?mode=signIn&oobCode=x", "/nothing"):
            page = ann.get(path).text
            addresses = re.findall(r'(?:href|action|src)="(?!data:|#)([^"]*)"', page)
            assert addresses, path
            assert not [each for each in addresses if not f"{each}/".startswith(f"{base}/")], path
        assert dashboard.browser().get("/").headers["Location"] == f"{base}/posts"
        wanted = dashboard.browser().get("/posts").headers["Location"]
        assert wanted == f"{base}/sign-in?next=%2Fposts"


def test_the_pages_of_strangers_have_the_colours_of_the_others() -> None:
    files = Path(pages.__file__).parent
    token = re.compile(r"--([\w-]+): ?([^;}]+)[;}]")
    ours = dict(token.findall((files / "assets/app.css").read_text(encoding="utf-8")))
    theirs = dict(token.findall((files / "templates/style.css").read_text(encoding="utf-8")))
    assert len(theirs) > 10
    assert {name: ours[name] for name in theirs} == theirs


def test_every_platform_has_its_mark() -> None:
    for name in registry.names():
        assert "<path" in mark(name), f"{name} is shown by a letter"
