"""Signing in as somebody else, and finding out about others."""

import base64
from datetime import timedelta
from time import monotonic
from urllib.parse import parse_qs, urlsplit

import pytest

from functions.dashboard import limits
from functions.dashboard.signing_in import links
from local.identity.api import API_KEY
from local.identity.twin import Person
from local.signing_key import SigningKey, real_seconds
from shared import clock
from shared.gcp.identity_toolkit import IdentityToolkit, SignedIn
from tests.functions.dashboard_client import Browser, Dashboard, form_to
from tests.functions.inviting import ANN, BEA, invite
from tests.signed_in import KEY_OF_SOMEBODY_ELSE


def test_the_answer_to_an_address_does_not_tell_whether_it_is_invited(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "LEAST_SECONDS", 0.3)
    invite(dashboard, BEA)
    texts, times = [], []
    for email in (BEA, "eve@example.com"):
        browser = dashboard.browser()
        page = browser.get("/sign-in")
        started = monotonic()
        answer = browser.submit(page, "/sign-in/email", email=email)
        times.append(monotonic() - started)
        csrf = dict(form_to(page, "/sign-in/email").fields)["csrf"]
        texts.append((answer.status_code, answer.text.replace(email, "").replace(csrf, "")))
    assert texts[0] == texts[1]
    assert min(times) >= 0.3
    assert dashboard.links_to(BEA)
    assert not dashboard.links_to("eve@example.com")


def _changed(token: str, dashboard: Dashboard) -> dict[str, str]:
    """Tokens that the answer of Identity Toolkit must not get anybody in with."""
    key, claims = dashboard.twin.key, dashboard.twin.claims(Person("ann", ANN))
    past = {"iat": real_seconds() - 7200, "exp": real_seconds() - 3600}
    other = SigningKey("other")
    other.key_id = key.key_id
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    _, payload, signature = token.split(".")
    return {
        "another project": key.sign(claims | {"aud": "other-project"}),
        "another issuer": key.sign(claims | {"iss": "https://securetoken.google.com/other"}),
        "expired": key.sign(claims | past),
        "unsigned": f"{token.rpartition('.')[0]}.",
        "alg none": f"{header}.{payload}.",
        "alg none with a signature": f"{header}.{payload}.{signature}",
        "another key": KEY_OF_SOMEBODY_ELSE.sign(claims),
        "another key with the id of ours": other.sign(claims),
        "unverified": key.sign(claims | {"email_verified": "true"}),
        "without an address": key.sign(claims | {"email": None}),
        "a path as the user": key.sign(claims | {"sub": "ann/../bea"}),
        "no token": "x",
    }


def test_no_other_token_signs_anybody_in(
    dashboard: Dashboard, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = dashboard.twin.id_token(Person("ann", ANN))

    def come_back_with(token: str) -> int:
        answer = SignedIn(token, is_new=False)
        monkeypatch.setattr(IdentityToolkit, "sign_in_with_google", lambda *_: answer)
        limits.limiter.cache_clear()
        assert browser.get("/sign-in/google").status_code == 303
        return browser.get("/sign-in/google/callback?code=x").status_code

    for what, token in _changed(good, dashboard).items():
        assert come_back_with(token) in (403, 503), what
        assert not browser.is_signed_in, what
    assert dashboard.sessions_of("ann") == []
    assert come_back_with(good) == 303
    assert browser.is_signed_in


def test_the_way_back_from_google_belongs_to_one_browser(
    dashboard: Dashboard, browser: Browser
) -> None:
    back = browser.choose_at_google(Person("ann", ANN))
    victim = dashboard.browser()
    assert victim.get(back).status_code == 400
    victim.get("/sign-in/google")
    assert victim.get(back).status_code == 400
    assert not victim.is_signed_in
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 400, "used"


def test_no_token_code_cookie_or_address_is_logged(
    dashboard: Dashboard, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    browser.sign_in_by_link(ANN)
    link = dashboard.links_to(ANN)[0]
    code = parse_qs(urlsplit(link).query)["oobCode"][0]
    browser.submit(browser.open_link(link), "/sign-in/link")
    dashboard.browser().sign_in_by_google(dashboard.google_person("eve"))
    back = browser.choose_at_google(Person("ann", ANN))
    dashboard.configure(identity_url="http://127.0.0.1:9")
    browser.get(back)
    ours = [record for record in caplog.records if record.name.startswith("soku.")]
    logged = "".join(f"{each.getMessage()} {getattr(each, 'fields', {})}\n" for each in ours)
    assert "user signed in" in logged
    assert "sign-in with Google failed" in logged
    for secret in (code, browser.cookie, "eyJ", API_KEY, ANN, "eve@example.com"):
        assert secret not in logged, secret


def test_attempts_to_sign_in_are_limited_by_address(dashboard: Dashboard, browser: Browser) -> None:
    now = clock.now()
    # Else the minute could end meanwhile, and with it half of the count.
    dashboard.world.advance(timedelta(seconds=60 - now.second))
    statuses = [browser.get("/sign-in/google").status_code for _ in range(25)]
    assert statuses == [303] * limits.TRIES_PER_MINUTE + [429] * 5
    elsewhere = browser.get("/sign-in/google", **{"X-Forwarded-For": "1.2.3.4, 198.51.100.7"})
    assert elsewhere.status_code == 303
    forged = browser.get("/sign-in/google", **{"Fastly-Client-IP": "203.0.113.9"})
    assert forged.status_code == 429, "there is no Hosting in front"
    dashboard.configure(public_url="https://soku.test")
    behind = browser.get("/sign-in/google", **{"Fastly-Client-IP": "203.0.113.9"})
    assert behind.status_code == 303


ELSEWHERE = [
    "https://evil.test/",
    "//evil.test/",
    "/\\evil.test/",
    "\\\\evil.test",
    "javascript:alert(1)",
    "/x\r\nSet-Cookie: a=b",
    "/\t/evil.test",
    "evil.test",
    f"/{'a' * 400}",
    "/\u2028//evil.test",
]


def test_nobody_is_sent_elsewhere_after_signing_in(dashboard: Dashboard, browser: Browser) -> None:
    for address in ELSEWHERE:
        limits.limiter.cache_clear()
        query = {"next": address}
        browser.client.get("/sign-in", base_url="https://soku.test", query_string=query)
        back = browser.choose_at_google(Person("ann", ANN))
        assert browser.get(back).headers["Location"] == "https://soku.test/", address
