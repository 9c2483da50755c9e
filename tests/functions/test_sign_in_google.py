"""What Google and Identity Toolkit refuse, and what the pages say about it."""

from typing import Any

import pytest

from local.identity.accounts import Refused
from local.identity.twin import Person
from tests.functions.dashboard_client import Browser, Dashboard
from tests.functions.inviting import ANN


def test_a_refusal_by_google_says_what_to_do(browser: Browser) -> None:
    for query in ("", "?error=access_denied", "?state=x&code=y", f"?{'x' * 5000}"):
        browser.get("/sign-in/google")
        page = browser.get(f"/sign-in/google/callback{query}")
        assert page.status_code == 400, query
        assert "Back to sign-in" in page.text


def test_a_project_without_google_says_how_to_sign_in(
    dashboard: Dashboard, browser: Browser
) -> None:
    dashboard.twin.accounts.has_google = False
    page = browser.get("/sign-in/google")
    assert page.status_code == 404
    assert "link by email" in page.text


def test_a_disabled_account_says_whom_to_ask(
    dashboard: Dashboard, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disabled(*_: Any) -> None:
        raise Refused("USER_DISABLED")

    back = browser.choose_at_google(Person("ann", ANN))
    browser.ask_for_link(ANN)
    page = browser.open_link(dashboard.links_to(ANN)[0])
    monkeypatch.setattr(dashboard.twin.accounts, "use_link", disabled)
    monkeypatch.setattr(dashboard.twin.accounts, "end_google", disabled)
    for answer in (browser.submit(page, "/sign-in/link"), browser.get(back)):
        assert answer.status_code == 403
        assert "Your account is disabled" in answer.text


def test_nobody_signs_in_while_google_is_away(dashboard: Dashboard, browser: Browser) -> None:
    browser.ask_for_link(ANN)
    page = browser.open_link(dashboard.links_to(ANN)[0])
    dashboard.configure(identity_url="http://127.0.0.1:9")
    for answer in (browser.get("/sign-in/google"), browser.submit(page, "/sign-in/link")):
        assert answer.status_code == 503
        assert "Try again" in answer.text
    assert not browser.is_signed_in
