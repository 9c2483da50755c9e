"""Links by email: how often they are sent, and for whom they work."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from functions.dashboard import limits
from local.identity.accounts import LINK_LIFETIME
from shared.config import SignUp
from shared.gcp.firestore import PreconditionFailed
from shared.users import signing_in
from shared.users.signing_in import MOST_LINKS
from tests.functions.dashboard_client import Browser, Dashboard, form_to
from tests.functions.inviting import ANN, BEA


def test_a_link_that_cannot_be_sent_gets_the_same_answer(
    dashboard: Dashboard, browser: Browser
) -> None:
    def answer_to(email: str) -> tuple[int, str]:
        page = browser.get("/sign-in")
        answer = browser.submit(page, "/sign-in/email", email=email)
        csrf = dict(form_to(page, "/sign-in/email").fields)["csrf"]
        return answer.status_code, answer.text.replace(email, "").replace(csrf, "")

    sent = answer_to(ANN)
    assert sent[0] == 200
    assert len(dashboard.links_to(ANN)) == 1
    dashboard.configure(identity_url="http://127.0.0.1:9")
    assert answer_to(ANN) == sent
    assert len(dashboard.links_to(ANN)) == 1


def test_opening_a_link_signs_nobody_in(dashboard: Dashboard, browser: Browser) -> None:
    browser.ask_for_link(ANN)
    link = dashboard.links_to(ANN)[0]
    for scanner in (browser, dashboard.browser()):
        assert scanner.open_link(link).status_code == 200
        assert not scanner.is_signed_in
    path = urlsplit(link)
    head = browser.client.head(f"/sign-in/link?{path.query}", base_url="https://soku.test")
    assert head.status_code == 200
    assert not browser.is_signed_in
    assert dashboard.sessions_of("ann") == []
    assert browser.submit(browser.open_link(link), "/sign-in/link").status_code == 303


def test_a_link_works_once(dashboard: Dashboard, browser: Browser) -> None:
    browser.sign_in_by_link(ANN)
    other = dashboard.browser()
    other.ask_for_link(ANN)
    used = dashboard.links_to(ANN)[0]
    again = other.submit(other.open_link(used), "/sign-in/link")
    assert again.status_code == 400
    assert "not valid any more" in again.text
    assert not other.is_signed_in


def test_a_link_expires(dashboard: Dashboard, browser: Browser) -> None:
    browser.ask_for_link(ANN)
    page = browser.open_link(dashboard.links_to(ANN)[0])
    dashboard.world.advance(LINK_LIFETIME)
    assert "not valid any more" in browser.submit(page, "/sign-in/link").text
    assert not browser.is_signed_in


def test_another_browser_must_know_the_address_of_a_link(
    dashboard: Dashboard, browser: Browser
) -> None:
    browser.ask_for_link(ANN)
    other = dashboard.browser()
    page = other.open_link(dashboard.links_to(ANN)[0])
    assert ANN not in page.text
    for wrong in ("", "not an address", BEA):
        refused = other.submit(page, "/sign-in/link", email=wrong)
        assert refused.status_code == 422, wrong
        assert 'role="alert"' in refused.text
        assert not other.is_signed_in
    assert other.submit(page, "/sign-in/link", email=" Ann@example.com").status_code == 303
    assert other.is_signed_in


def test_what_is_not_a_link_of_ours_says_so(browser: Browser) -> None:
    too_long = f"?mode=signIn&oobCode={'x' * 1001}"
    for query in (
        "",
        "?mode=signIn",
        "?oobCode=x",
        "?mode=resetPassword&oobCode=x",
        too_long,
    ):
        page = browser.get(f"/sign-in/link{query}")
        assert page.status_code == 400, query
        assert "Get a new link" in page.text


def test_what_is_not_an_address_gets_no_link(dashboard: Dashboard, browser: Browser) -> None:
    dashboard.configure(sign_up=SignUp(is_open=True))
    form = ["", "ann", "ann@", "@example.com", "a b@example.com", "a@b..c", "<script>@b"]
    for email in (*form, f"{'a' * 250}@b.co", "a@b.co\r\nBcc: x@y.z"):
        refused = browser.ask_for_link(email)
        assert refused.status_code == 422, email
        assert "not an email address" in refused.text
        assert "<script" not in refused.text
    assert dashboard.twin.accounts.mails == []


def test_an_address_gets_few_links_in_an_hour(dashboard: Dashboard) -> None:
    for _ in range(MOST_LINKS + 2):
        limits.limiter.cache_clear()
        assert dashboard.browser().ask_for_link(ANN).status_code == 200
    assert len(dashboard.links_to(ANN)) == MOST_LINKS
    dashboard.world.advance(timedelta(hours=1))
    limits.limiter.cache_clear()
    dashboard.browser().ask_for_link(ANN)
    assert len(dashboard.links_to(ANN)) == MOST_LINKS + 1


def test_somebody_else_asking_at_the_same_time_costs_no_link(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = signing_in.count_link, []

    def overtaken(db: Any, snapshot: Any) -> None:
        calls.append(snapshot)
        if len(calls) == 1:
            raise PreconditionFailed("somebody else")
        real(db, snapshot)

    monkeypatch.setattr(signing_in, "count_link", overtaken)
    assert signing_in.may_get_link(ANN, dashboard.world.parts)
    assert len(calls) == 2
