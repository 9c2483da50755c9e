"""Connecting accounts: from the API's link over the platform's page to a connected account."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.connect.app import create_app
from shared.accounts import authorizing, connections
from shared.domain.accounts import Tokens
from shared.gcp.firestore import PreconditionFailed
from shared.gcp.grants import RefreshLease
from shared.users.leaving import begin as begin_leaving
from tests.functions.api_client import ApiClient, error_of, post
from tests.functions.connect_client import CONNECT, ConnectBrowser, form_of, query_of, state_of
from tests.functions.connecting import (
    ACCOUNTS,
    a_person,
    accounts_of,
    begin,
    connect,
    connection,
    grants_of,
)

Browsers = Callable[[], ConnectBrowser]


@pytest.fixture
def browsers(own_api: ApiClient) -> Browsers:
    """Makes browsers of people who have never been here."""
    app = create_app()
    return lambda: ConnectBrowser(app, own_api.world)


@pytest.fixture
def user(own_api: ApiClient) -> ApiClient:
    """A user without an account."""
    return own_api.another_user_without_accounts()


def test_an_account_is_connected_and_publishes(user: ApiClient, browsers: Browsers) -> None:
    user.world.platforms["x"].add_account("ana", "ana_bakes", "seed-token")
    begun, ana = begin(user), browsers()
    assert connection(user, begun)["status"] == "pending"
    end = ana.come_back(ana.authorize(ana.start(begun["url"]), person="ana"))
    assert "ready" in ana.get(end.headers["Location"]).text
    shown = connection(user, begun)
    assert (shown["status"], shown["accountIds"]) == ("connected", ["x_ana_bakes"])
    account = accounts_of(user, "x")["x_ana_bakes"]
    assert (account["status"], account["username"], account["reason"]) == (
        "connected",
        "ana_bakes",
        None,
    )
    submission = user.accept(post("Hello", "x"))
    user.world.live_until_quiet()
    assert user.world.run(submission, "x")["status"] == "succeeded"
    assert user.world.visible("x") == ["Hello"]


def test_an_account_that_is_connected_again_keeps_its_id_label_and_default(
    user: ApiClient, browsers: Browsers
) -> None:
    a_person(user, "x", "ana")
    assert connect(user, browsers(), "ana") == "x_ana"
    [first] = grants_of(user, "x")
    changed = user.call("PATCH", f"{ACCOUNTS}/x/x_ana", json={"label": "Mine", "default": True})
    assert (changed.json["label"], changed.json["default"]) == ("Mine", True)
    user.world.platforms["x"].accounts.get("ana").username = "ana_new"
    assert connect(user, browsers(), "ana") == "x_ana"
    account = accounts_of(user, "x")["x_ana"]
    assert (account["label"], account["default"], account["username"]) == ("Mine", True, "ana_new")
    [grant] = grants_of(user, "x")
    assert grant["version"] == first["version"] + 1


def test_a_disconnected_account_is_gone_at_once_and_gets_its_id_again(
    user: ApiClient, browsers: Browsers
) -> None:
    a_person(user, "x", "ana")
    connect(user, browsers(), "ana")
    later = user.accept(post("Later", "x", scheduledTime="2031-01-01T00:00:00Z"))
    gone = user.call("DELETE", f"{ACCOUNTS}/x/x_ana")
    assert [one["postSubmissionId"] for one in gone.json["scheduledPosts"]] == [later]
    assert accounts_of(user, "x") == {}
    assert grants_of(user, "x") == []
    error_of(user.send(post("Now", "x")), 400, "missing_integrations")
    error_of(user.call("DELETE", f"{ACCOUNTS}/x/x_ana"), 404, "not_found")
    # Another person with the same name in the meantime gets another id.
    user.world.platforms["x"].add_account("other", "ana", "other-token")
    assert connect(user, browsers(), "other") == "x_ana_2"
    assert connect(user, browsers(), "ana") == "x_ana"


def test_the_platform_is_asked_to_end_the_authorization_of_the_last_account(
    user: ApiClient, browsers: Browsers
) -> None:
    a_person(user, "x", "ana")
    connect(user, browsers(), "ana")
    user.call("DELETE", f"{ACCOUNTS}/x/x_ana")
    user.world.sweep()
    user.world.deliver_due()
    paths = [request.path for request in user.world.platforms["x"].requests.all()]
    assert paths.count("/2/oauth2/revoke") == 2, "the refresh token and the access token"
    assert list(user.world.parts.db.collection("revocations").stream()) == []


def _end_authorizations(user: ApiClient) -> list[str]:
    """Let the revocations run; returns what LinkedIn was asked after the connecting."""
    twin = user.world.platforms["linkedin"]
    before = len(twin.requests.all())
    user.world.sweep()
    user.world.deliver_due()
    assert list(user.world.parts.db.collection("revocations").stream()) == []
    return [request.path for request in twin.requests.all()[before:]]


def _publishes(user: ApiClient) -> None:
    accepted = user.accept(post("Again", "linkedin"))
    user.world.deliver_due()
    assert user.call("GET", f"/v1/posts/{accepted}").json["status"] == "succeeded"


def test_an_account_that_was_reconnected_at_once_keeps_its_new_authorization(
    user: ApiClient, browsers: Browsers
) -> None:
    """LinkedIn ends all that a member gave to the app, whichever token is sent."""
    a_person(user, "linkedin", "ana")
    account_id = connect(user, browsers(), "ana", "linkedin")
    user.call("DELETE", f"{ACCOUNTS}/linkedin/{account_id}")
    assert connect(user, browsers(), "ana", "linkedin") == account_id
    assert _end_authorizations(user) == []
    _publishes(user)


def test_an_authorization_ends_with_the_last_user_who_has_it(
    user: ApiClient, browsers: Browsers
) -> None:
    a_person(user, "linkedin", "ana")
    other = user.another_user_without_accounts()
    account_id = connect(user, browsers(), "ana", "linkedin")
    others_id = connect(other, browsers(), "ana", "linkedin")
    user.call("DELETE", f"{ACCOUNTS}/linkedin/{account_id}")
    assert _end_authorizations(user) == []
    _publishes(other)
    other.call("DELETE", f"{ACCOUNTS}/linkedin/{others_id}")
    assert "/oauth/v2/revoke" in _end_authorizations(other)


def test_a_name_without_letters_gets_a_readable_id(user: ApiClient, browsers: Browsers) -> None:
    user.world.platforms["x"].add_account("tokyo", "東京", "tokyo-token")
    assert connect(user, browsers(), "tokyo") == "x_account"


def test_whoever_says_no_is_told_so_and_can_start_again(
    user: ApiClient, browsers: Browsers
) -> None:
    a_person(user, "x", "ana")
    begun, ana = begin(user), browsers()
    state = state_of(ana.start(begun["url"]))
    end = ana.get(f"{CONNECT}/callback/x?error=access_denied&state={state}")
    assert "did not allow" in ana.get(end.headers["Location"]).text
    shown = connection(user, begun)
    assert (shown["status"], shown["error"]["code"]) == ("failed", "denied")
    assert accounts_of(user, "x") == {}
    connect(user, ana, "ana")


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "\x00 \u202e x", "y" * 100_000])
def test_a_platforms_words_are_shown_as_text_and_cut(
    user: ApiClient, browsers: Browsers, words: str
) -> None:
    a_person(user, "x", "ana")
    begun, ana = begin(user), browsers()
    state = state_of(ana.start(begun["url"]))
    end = ana.client.get(
        "/connect/callback/x",
        query_string={"error": "server_error", "error_description": words, "state": state},
        base_url="https://soku.test",
    )
    page = ana.get(end.headers["Location"])
    assert page.status_code == 200
    assert "<script" not in page.text
    assert len(page.text) < 20_000
    assert connection(user, begun)["error"]["code"] == "refused"


def test_the_start_page_names_the_owner_and_only_the_button_leads_on(
    user: ApiClient, browsers: Browsers
) -> None:
    begun, stranger = begin(user), browsers()
    page = stranger.get(begun["url"])
    assert page.status_code == 200
    assert f"{user.user_id}@example.com" in page.text
    assert "no-store" in page.headers["Cache-Control"]
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert connection(user, begun)["status"] == "pending"


STOPPED = "Start again"


def _started(user: ApiClient, browsers: Browsers) -> tuple[dict[str, Any], ConnectBrowser, str]:
    """A connection, its browser, and the address with which the platform sends it back."""
    a_person(user, "x", "ana")
    begun, ana = begin(user), browsers()
    return begun, ana, ana.authorize(ana.start(begun["url"]), person="ana")


def test_a_state_is_used_once(user: ApiClient, browsers: Browsers) -> None:
    begun, ana, back = _started(user, browsers)
    assert ana.come_back(back).status_code == 303
    again = ana.come_back(back)
    assert again.status_code == 400
    assert "already used" in again.text
    assert connection(user, begun)["status"] == "connected"
    assert len(accounts_of(user, "x")) == 1


def test_a_state_of_another_browser_connects_nothing(user: ApiClient, browsers: Browsers) -> None:
    begun, _, back = _started(user, browsers)
    assert browsers().come_back(back).status_code == 400
    assert connection(user, begun)["status"] == "pending"
    assert accounts_of(user, "x") == {}


def test_the_state_of_another_users_connection_connects_nothing(
    user: ApiClient, browsers: Browsers
) -> None:
    """The victim's browser is sent back with the attacker's state, and its own code."""
    _, victim, back = _started(user, browsers)
    attacker = user.another_user()
    theirs = begin(attacker)
    other = browsers()
    foreign = state_of(other.start(theirs["url"]))
    query = query_of(back)
    forged = victim.get(f"{CONNECT}/callback/x?code={query['code']}&state={foreign}")
    assert forged.status_code == 400
    assert connection(attacker, theirs)["status"] == "pending"


@pytest.mark.parametrize(
    "change",
    [
        lambda state: "",
        lambda state: state[:-1] + ("A" if state[-1] != "A" else "B"),
        lambda state: state.partition(".")[0],
        lambda state: f"{'A' * 22}.{state.partition('.')[2]}",
        lambda state: f"../../users.{state}",
        lambda state: "x" * 10_000,
    ],
)
def test_a_forged_state_is_refused_before_anything_is_read(
    user: ApiClient, browsers: Browsers, change: Callable[[str], str]
) -> None:
    begun, ana, back = _started(user, browsers)
    query = query_of(back)
    forged = ana.client.get(
        "/connect/callback/x",
        query_string={"code": query["code"], "state": change(query["state"])},
        base_url="https://soku.test",
    )
    assert forged.status_code == 400
    assert connection(user, begun)["status"] == "pending"


def test_a_state_of_another_platform_is_refused(user: ApiClient, browsers: Browsers) -> None:
    begun, ana, back = _started(user, browsers)
    mixed = ana.get(back.replace("/callback/x", "/callback/threads"))
    assert mixed.status_code == 400
    assert connection(user, begun)["status"] == "pending"


def test_a_code_that_was_used_elsewhere_fails_and_says_what_to_do(
    user: ApiClient, browsers: Browsers
) -> None:
    begun, ana, back = _started(user, browsers)
    user.world.platforms["x"].accounts._codes.clear()
    end = ana.come_back(back)
    assert STOPPED in ana.get(end.headers["Location"]).text
    assert connection(user, begun)["error"]["code"] == "code_refused"


@pytest.mark.parametrize("mode", ["reset_before", "status", "timeout_before"])
def test_a_token_endpoint_that_is_away_leaves_nothing_behind(
    user: ApiClient, browsers: Browsers, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from local.platforms.faults import read_fault
    from shared.platforms import http

    monkeypatch.setattr(http, "ANSWER_SECONDS", 11.0)
    monkeypatch.setattr(http, "CONNECT_SECONDS", 10.0)
    begun, ana, back = _started(user, browsers)
    body = {"status": 200, "body": "<html>busy</html>"} if mode == "status" else {}
    fault = read_fault({"match": "POST /2/oauth2/token", "mode": mode, **body})
    user.world.platforms["x"].faults.add(fault)
    ana.come_back(back)
    shown = connection(user, begun)
    assert (shown["status"], shown["error"]["code"]) == ("failed", "platform_unavailable")
    assert accounts_of(user, "x") == {}
    assert grants_of(user, "x") == []


def test_a_link_is_valid_for_15_minutes(user: ApiClient, browsers: Browsers) -> None:
    begun, ana, back = _started(user, browsers)
    user.world.advance(timedelta(minutes=15, seconds=1))
    assert "expired" in ana.come_back(back).text
    assert "expired" in ana.get(begun["url"]).text
    assert connection(user, begun)["status"] == "expired"


@pytest.mark.parametrize("address", ["A" * 22, "x", ".." * 50, "%2e%2e", f"__{'A' * 18}__"])
def test_a_link_that_does_not_exist_says_so(
    user: ApiClient, browsers: Browsers, address: str
) -> None:
    page = browsers().get(f"{CONNECT}/start/{address}")
    assert page.status_code == 404
    assert "<h1>" in page.text


def test_a_form_from_another_site_starts_nothing(user: ApiClient, browsers: Browsers) -> None:
    begun, victim = begin(user), browsers()
    form = dict(form_of(victim.get(begun["url"]).text).fields)
    for headers in ({"Origin": "https://evil.test"}, {"Origin": "null"}):
        assert victim.post(begun["url"], form, headers).status_code == 403
    assert victim.post(begun["url"], {}).status_code == 403
    assert browsers().post(begun["url"], form).status_code == 403
    assert victim.post(begun["url"], form).status_code == 303


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.test/done",
        "https://app.test.evil.test/",
        "https://app.test@evil.test/",
        "https://app.test\\@evil.test/",
        "http://app.test/",
        "https://app.test:444/",
        "//evil.test/",
        "javascript:alert(1)",
    ],
)
def test_a_browser_is_sent_only_to_origins_that_the_operator_allows(
    user: ApiClient, address: str
) -> None:
    sent = {"platform": "x", "returnTo": address}
    error_of(user.call("POST", f"{ACCOUNTS}/connect", json=sent), 400, "validation_error")


def test_an_allowed_address_gets_the_connection_and_its_status(
    user: ApiClient, browsers: Browsers
) -> None:
    a_person(user, "x", "ana")
    begun, ana = begin(user, returnTo="https://app.test/done?tab=1"), browsers()
    end = ana.come_back(ana.authorize(ana.start(begun["url"]), person="ana"))
    assert end.headers["Location"].startswith("https://app.test/done?")
    assert query_of(end.headers["Location"]) == {
        "tab": "1",
        "connection": begun["connectionId"],
        "status": "connected",
    }


def test_only_the_account_that_was_asked_for_is_reconnected(
    user: ApiClient, browsers: Browsers
) -> None:
    a_person(user, "x", "ana")
    connect(user, browsers(), "ana")
    user.world.parts.grants.require_reconnect(_account(user, "x_ana"), None, "It has ended.")
    a_person(user, "x", "bob")
    begun, browser = begin(user, accountId="x_ana"), browsers()
    browser.come_back(browser.authorize(browser.start(begun["url"]), person="bob"))
    if connection(user, begun)["status"] == "failed":
        error = connection(user, begun)["error"]
        assert error["code"] == "other_account"
        assert "You authorized bob instead of ana. Sign in to X" in error["message"]
        assert set(accounts_of(user, "x")) == {"x_ana"}
        begun, browser = begin(user, accountId="x_ana"), browsers()
        browser.come_back(browser.authorize(browser.start(begun["url"]), person="ana"))
    assert accounts_of(user, "x")["x_ana"]["status"] == "connected"


def _account(user: ApiClient, account_id: str) -> Any:
    from shared.gcp.accounts import account_from, account_path

    path = account_path(user.user_id, "x", account_id)
    return account_from(user.world.parts.db.document(path).get(), user.user_id)


def test_reconnecting_takes_the_risk_from_scheduled_posts(
    user: ApiClient, browsers: Browsers
) -> None:
    a_person(user, "x", "ana")
    connect(user, browsers(), "ana")
    user.world.parts.grants.require_reconnect(_account(user, "x_ana"), None, "It has ended.")
    later = user.accept(post("Later", "x", scheduledTime="2031-01-01T00:00:00Z"))
    (risk,) = user.read(later).json["risks"]
    assert (risk["code"], risk["accountId"]) == ("reconnect_required", "x_ana")
    connect(user, browsers(), "ana")
    assert "risks" not in user.read(later).json


def test_a_connection_of_another_user_is_not_found(user: ApiClient) -> None:
    begun, other = begin(user), user.another_user()
    path = f"/v1/connections/{begun['connectionId']}"
    error_of(other.call("GET", path), 404, "not_found")
    chosen = other.call("POST", f"{path}/accounts", json={"accountIds": ["x_ana"]})
    error_of(chosen, 404, "not_found")


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"platform": "myspace"}, 400, "validation_error"),
        ({"platform": "x", "kind": "page"}, 400, "validation_error"),
        ({"platform": "x", "accountId": "x_nobody"}, 404, "not_found"),
        ({"platform": "x", "accountId": "../../x"}, 404, "not_found"),
        ({}, 400, "validation_error"),
        ({"platform": "x", "scope": "all"}, 400, "validation_error"),
    ],
)
def test_a_connection_that_cannot_be_made_is_refused(
    user: ApiClient, sent: dict[str, Any], status: int, code: str
) -> None:
    error_of(user.call("POST", f"{ACCOUNTS}/connect", json=sent), status, code)


def test_of_two_callbacks_that_overlap_one_uses_the_code(
    user: ApiClient, browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second reads back what the first has written: it must not take that for its own.

    Platforms may end an authorization whose code comes twice (RFC 6749, section 4.1.2).
    """
    begun, _, back = _started(user, browsers)
    parts = user.world.parts
    stored = connections.find(begun["connectionId"], parts)
    assert stored is not None
    first = authorizing._receive

    def overlapping(current: Any, query: Any, parts: Any) -> Any:
        monkeypatch.setattr(authorizing, "_receive", first)
        with pytest.raises(PreconditionFailed):
            authorizing.come_back(stored, query, parts)
        return first(current, query, parts)

    monkeypatch.setattr(authorizing, "_receive", overlapping)
    assert authorizing.come_back(stored, query_of(back), parts).account_ids == ("x_ana",)


def test_a_refresh_from_before_a_disconnection_does_not_touch_the_new_authorization(
    user: ApiClient, browsers: Browsers
) -> None:
    """It is the same person, so the same grant: only its version tells them apart."""
    a_person(user, "x", "ana")
    connect(user, browsers(), "ana")
    account, grants = _account(user, "x_ana"), user.world.parts.grants
    [first] = grants_of(user, "x")
    lease = grants.lease_refresh(account, refused=first["version"])
    assert isinstance(lease, RefreshLease)
    user.call("DELETE", f"{ACCOUNTS}/x/x_ana")
    connect(user, browsers(), "ana")
    [before] = grants_of(user, "x")
    grants.complete_refresh(lease, Tokens("late", "late-r"))
    grants.require_reconnect(account, lease.credential.version, "It has ended.")
    assert grants_of(user, "x") == [before]
    assert accounts_of(user, "x")["x_ana"]["status"] == "connected"


@pytest.mark.parametrize("account_id", ["__x__", "__name__", "..."])
def test_an_account_id_that_firestore_reserves_is_not_found(
    user: ApiClient, account_id: str
) -> None:
    path = f"{ACCOUNTS}/x/{account_id}"
    error_of(user.call("PATCH", path, json={"label": "Mine"}), 404, "not_found")
    error_of(user.call("DELETE", path), 404, "not_found")
    wanted = {"platform": "x", "accountId": account_id}
    error_of(user.call("POST", f"{ACCOUNTS}/connect", json=wanted), 404, "not_found")
    reserved = f"/v1/connections/__{'A' * 18}__"
    error_of(user.call("GET", reserved), 404, "not_found")


def test_an_authorization_that_is_not_what_the_user_came_for_ends(
    user: ApiClient, browsers: Browsers
) -> None:
    for name in ("ana", "ben"):
        a_person(user, "linkedin", name)
    account_id = connect(user, browsers(), "ana", "linkedin")
    begun, ben = begin(user, "linkedin", accountId=account_id), browsers()
    ben.come_back(ben.authorize(ben.start(begun["url"]), person="ben"))
    assert connection(user, begun)["error"]["code"] == "other_account"
    assert "/oauth/v2/revoke" in _end_authorizations(user)
    _publishes(user)


def test_nobody_is_asked_to_hand_an_account_to_a_user_who_is_being_deleted(
    user: ApiClient, browsers: Browsers
) -> None:
    begun = begin(user)
    begin_leaving(user.user_id, user.world.parts)
    page = browsers().get(begun["url"])
    assert page.status_code == 404
    assert user.user_id not in page.text
