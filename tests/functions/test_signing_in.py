"""Signing in with a link by email and with Google, and everyone who must not get in."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from time import monotonic
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import shared.wiring
from functions.dashboard import limits, links
from local.identity.accounts import LINK_LIFETIME, Refused
from local.identity.api import API_KEY
from local.identity.twin import Person
from local.signing_key import SigningKey, real_seconds
from shared import clock
from shared.config import SignUp
from shared.gcp import invitations
from shared.gcp.firestore import PreconditionFailed
from shared.gcp.identity import VerifiedPerson
from shared.gcp.identity_toolkit import IdentityToolkit, SignedIn
from shared.gcp.invitations import invitation_path
from shared.gcp.users import LEAVING_SINCE
from shared.users import signing_in
from shared.users.signing_in import MOST_LINKS
from tests.functions.dashboard_client import Browser, Dashboard, form_to, serving
from tests.signed_in import KEY_OF_SOMEBODY_ELSE
from tests.world import World

ANN, BEA = "ann@example.com", "bea@example.com"
NO_INVITATION = "You are not a user of this Soku"


@pytest.fixture
def dashboard(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dashboard]:
    monkeypatch.setattr(shared.wiring, "parts", lambda: world.parts)
    monkeypatch.setattr(links, "LEAST_SECONDS", 0.0)
    with serving(world) as dashboard:
        yield dashboard


@pytest.fixture
def browser(dashboard: Dashboard) -> Browser:
    return dashboard.browser()


def _invite(dashboard: Dashboard, email: str) -> None:
    invitations.invite(dashboard.world.parts.db, email)


def test_an_invited_person_becomes_a_user_with_a_link(
    dashboard: Dashboard, browser: Browser
) -> None:
    _invite(dashboard, BEA)
    signed_in = browser.sign_in_by_link(" Bea@Example.com ")
    assert (signed_in.status_code, signed_in.headers["Location"]) == (303, "https://soku.test/")
    page = browser.get("/settings/integrations")
    assert page.status_code == 200
    assert BEA in page.text
    assert "No account is connected yet" in page.text
    user_id = browser.session_path.split("/")[1]
    user = dashboard.document(f"users/{user_id}")
    assert user is not None
    assert user == {"email": BEA, "timezone": "UTC", "createdAt": user["createdAt"]}
    assert dashboard.document(invitation_path(BEA)) is None
    [session] = dashboard.sessions_of(user_id)
    assert session["userAgent"] == "A test's browser"
    assert session["expiresAt"] - session["createdAt"] == timedelta(days=14)
    assert session["authTime"] == session["lastSeenAt"] == session["createdAt"]


def test_an_invited_person_becomes_a_user_with_google(
    dashboard: Dashboard, browser: Browser
) -> None:
    bea = dashboard.google_person("bea")
    _invite(dashboard, BEA)
    assert browser.sign_in_by_google(bea).headers["Location"] == "https://soku.test/"
    assert browser.is_signed_in
    user = dashboard.document(f"users/{bea.user_id}")
    assert user is not None
    assert user["email"] == BEA
    assert dashboard.document(invitation_path(BEA)) is None


def test_a_user_signs_in_again_without_an_invitation(
    dashboard: Dashboard, browser: Browser
) -> None:
    before = dashboard.document("users/ann")
    assert browser.sign_in_by_link(ANN).status_code == 303
    other = dashboard.browser()
    assert other.sign_in_by_google(Person("ann", ANN)).status_code == 303
    assert browser.is_signed_in
    assert other.is_signed_in
    assert dashboard.document("users/ann") == before
    assert len(dashboard.sessions_of("ann")) == 2


def test_signing_in_again_replaces_the_session_of_the_browser(
    dashboard: Dashboard, browser: Browser
) -> None:
    browser.sign_in_by_link(ANN)
    before = browser.cookie
    browser.sign_in_by_link(ANN)
    assert len(dashboard.sessions_of("ann")) == 1
    browser.cookie = before
    assert not browser.is_signed_in


def test_no_session_of_a_user_who_is_being_deleted_is_valid(
    dashboard: Dashboard, browser: Browser
) -> None:
    browser.sign_in_by_link(ANN)
    assert browser.is_signed_in
    dashboard.world.parts.db.document("users/ann").update({LEAVING_SINCE: clock.now()})
    assert not browser.is_signed_in
    assert NO_INVITATION in browser.sign_in_by_link(ANN).text


def test_the_address_of_a_user_follows_their_account(dashboard: Dashboard) -> None:
    person = VerifiedPerson("ann", "Ann.New@Example.com", clock.now())
    signing_in.sign_in(person, dashboard.world.parts, user_agent="")
    user = dashboard.document("users/ann")
    assert user is not None
    assert user["email"] == "ann.new@example.com"


def test_two_first_sign_ins_at_once_make_one_user(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    _invite(dashboard, BEA)
    parts, bea, real = (
        dashboard.world.parts,
        VerifiedPerson("bea", BEA, clock.now()),
        signing_in.commit,
    )
    rival: list[str] = []

    def overtaken(batch: Any, landed: Any) -> Any:
        if not rival:
            monkeypatch.setattr(signing_in, "commit", real)
            rival.append(signing_in.sign_in(bea, parts, user_agent="first"))
        return real(batch, landed)

    monkeypatch.setattr(signing_in, "commit", overtaken)
    assert signing_in.sign_in(bea, parts, user_agent="second") != rival[0]
    sessions = dashboard.sessions_of("bea")
    assert {session["userAgent"] for session in sessions} == {"first", "second"}
    assert dashboard.document(invitation_path(BEA)) is None


def test_who_becomes_a_user_is_decided_by_the_operator(dashboard: Dashboard) -> None:
    at_a = SignUp(domains=("a.com",))
    for number, (sign_up, domain, gets_in) in enumerate(
        [
            (SignUp(), "example.com", False),
            (SignUp(is_open=True), "example.com", True),
            (SignUp(domains=("a.com", "example.com")), "example.com", True),
            (at_a, "example.com", False),
            (at_a, "a.com.evil.test", False),
            (at_a, "sub.a.com", False),
            (at_a, "xa.com", False),
            (at_a, "a.com@evil.test", False),
        ]
    ):
        dashboard.configure(sign_up=sign_up)
        limits.limiter.cache_clear()
        person = Person(f"p{number}", f"p{number}@{domain}")
        dashboard.browser().ask_for_link(person.email)
        assert len(dashboard.links_to(person.email)) == gets_in, (sign_up, domain)
        dashboard.twin.accounts.add_google_account(person)
        answer = dashboard.browser().sign_in_by_google(person)
        assert answer.status_code == (303 if gets_in else 403), (sign_up, domain)
        user = dashboard.document(f"users/{person.user_id}")
        assert (user is not None) == gets_in, (sign_up, domain)


def test_the_answer_to_an_address_does_not_tell_whether_it_is_invited(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "LEAST_SECONDS", 0.3)
    _invite(dashboard, BEA)
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


def test_a_link_that_cannot_be_sent_gets_the_same_answer(
    dashboard: Dashboard, browser: Browser
) -> None:
    sent = browser.ask_for_link("eve@example.com")
    dashboard.configure(identity_url="http://127.0.0.1:9")
    failed = browser.ask_for_link(ANN)
    assert (failed.status_code, failed.text.count("<p")) == (200, sent.text.count("<p"))


def test_whoever_is_refused_leaves_no_account_behind(
    dashboard: Dashboard, browser: Browser
) -> None:
    eve = dashboard.google_person("eve")
    refused = browser.sign_in_by_google(eve)
    assert refused.status_code == 403
    assert NO_INVITATION in refused.text
    assert dashboard.twin.accounts.deleted == [eve.email]
    assert dashboard.document("users/g-eve") is None
    assert not browser.is_signed_in


def test_an_account_that_existed_before_is_not_deleted(
    dashboard: Dashboard, browser: Browser
) -> None:
    dashboard.world.parts.db.document("users/ann").delete()
    assert browser.sign_in_by_google(Person("ann", ANN)).status_code == 403
    assert dashboard.twin.accounts.deleted == []


def test_an_invitation_withdrawn_after_the_link_lets_nobody_in(
    dashboard: Dashboard, browser: Browser
) -> None:
    _invite(dashboard, BEA)
    browser.ask_for_link(BEA)
    invitations.withdraw(dashboard.world.parts.db, BEA)
    page = browser.open_link(dashboard.links_to(BEA)[0])
    assert NO_INVITATION in browser.submit(page, "/sign-in/link").text
    assert dashboard.twin.accounts.deleted == [BEA]


def test_an_address_that_google_has_not_verified_gets_nobody_in(
    dashboard: Dashboard, browser: Browser
) -> None:
    _invite(dashboard, BEA)
    bea = dashboard.google_person("bea", email_verified=False)
    refused = browser.sign_in_by_google(bea)
    assert refused.status_code == 403
    assert "not verified" in refused.text
    assert dashboard.document("users/g-bea") is None
    assert dashboard.document(invitation_path(BEA)) is not None
    assert dashboard.twin.accounts.deleted == [BEA]


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
    for what, token in _changed(good, dashboard).items():
        answer = SignedIn(token, is_new=False)
        monkeypatch.setattr(IdentityToolkit, "sign_in_with_google", lambda *_, a=answer: a)
        limits.limiter.cache_clear()
        begun = browser.get("/sign-in/google")
        assert begun.status_code == 303, what
        refused = browser.get("/sign-in/google/callback?code=x")
        assert refused.status_code in (403, 503), what
        assert not browser.is_signed_in, what
    assert dashboard.sessions_of("ann") == []


def test_opening_a_link_signs_nobody_in(dashboard: Dashboard, browser: Browser) -> None:
    browser.ask_for_link(ANN)
    link = dashboard.links_to(ANN)[0]
    for scanner in (browser, dashboard.browser()):
        assert scanner.open_link(link).status_code == 200
        assert not scanner.is_signed_in
    path = urlsplit(link)
    assert browser.client.head(f"/sign-in/link?{path.query}", base_url="https://soku.test")
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


def test_the_user_comes_to_the_page_that_they_wanted(
    dashboard: Dashboard, browser: Browser
) -> None:
    browser.get("/sign-in?next=%2Fposts%3Fstatus%3Dfailed%26page%3D2")
    assert browser.sign_in_by_google(Person("ann", ANN)).headers["Location"] == (
        "https://soku.test/posts?status=failed&page=2"
    )
