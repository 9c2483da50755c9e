"""Who may become a user, and what remains of everyone else."""

from functions.dashboard import limits
from local.identity.twin import Person
from shared.config import SignUp
from shared.gcp import invitations
from shared.gcp.invitations import invitation_path
from tests.functions.dashboard_client import Browser, Dashboard
from tests.functions.inviting import ANN, BEA, NO_INVITATION, invite


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
    invite(dashboard, BEA)
    browser.ask_for_link(BEA)
    invitations.withdraw(dashboard.world.parts.db, BEA)
    page = browser.open_link(dashboard.links_to(BEA)[0])
    assert NO_INVITATION in browser.submit(page, "/sign-in/link").text
    assert dashboard.twin.accounts.deleted == [BEA]


def test_an_address_that_google_has_not_verified_gets_nobody_in(
    dashboard: Dashboard, browser: Browser
) -> None:
    invite(dashboard, BEA)
    bea = dashboard.google_person("bea", email_verified=False)
    refused = browser.sign_in_by_google(bea)
    assert refused.status_code == 403
    assert "not verified" in refused.text
    assert dashboard.document("users/g-bea") is None
    assert dashboard.document(invitation_path(BEA)) is not None
    assert dashboard.twin.accounts.deleted == [BEA]
