"""Signing in with a link by email and with Google: what a person gets."""

from datetime import timedelta
from typing import Any

import pytest

from local.identity.twin import Person
from shared import clock
from shared.gcp.identity import VerifiedPerson
from shared.gcp.invitations import invitation_path
from shared.gcp.users import LEAVING_SINCE
from shared.users import signing_in
from tests.functions.dashboard_client import Browser, Dashboard
from tests.functions.inviting import ANN, BEA, NO_INVITATION, invite


def test_an_invited_person_becomes_a_user_with_a_link(
    dashboard: Dashboard, browser: Browser
) -> None:
    invite(dashboard, BEA)
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
    invite(dashboard, BEA)
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
    invite(dashboard, BEA)
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


def test_the_user_comes_to_the_page_that_they_wanted(
    dashboard: Dashboard, browser: Browser
) -> None:
    browser.get("/sign-in?next=%2Fposts%3Fstatus%3Dfailed%26page%3D2")
    assert browser.sign_in_by_google(Person("ann", ANN)).headers["Location"] == (
        "https://soku.test/posts?status=failed&page=2"
    )
