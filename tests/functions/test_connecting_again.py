"""Accounts that were connected before."""

from tests.functions.api_client import ApiClient, error_of, post
from tests.functions.connecting import (
    ACCOUNTS,
    Browsers,
    a_person,
    accounts_of,
    begin,
    connect,
    connection,
    grants_of,
    stored_account,
)


def test_an_account_that_is_connected_again_keeps_its_id_label_and_default(
    user: ApiClient, browsers: Browsers
) -> None:
    a_person(user, "x", "ana")
    assert connect(user, browsers(), "ana") == "x_ana"
    [first] = grants_of(user, "x")
    changed = user.call("PATCH", f"{ACCOUNTS}/x/x_ana", json={"label": "Mine", "default": True})
    assert (changed.json["label"], changed.json["default"]) == ("Mine", True)
    for unreadable in ("\u200b\u3164", "two\nlines"):
        refused = user.call("PATCH", f"{ACCOUNTS}/x/x_ana", json={"label": unreadable})
        assert error_of(refused, 400, "validation_error")["details"][0]["field"] == "label"
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


def test_only_the_account_that_was_asked_for_is_reconnected(
    user: ApiClient, browsers: Browsers
) -> None:
    a_person(user, "x", "ana")
    connect(user, browsers(), "ana")
    user.world.parts.grants.require_reconnect(stored_account(user, "x_ana"), None, "It has ended.")
    a_person(user, "x", "bob")
    begun, browser = begin(user, accountId="x_ana"), browsers()
    browser.come_back(browser.authorize(browser.start(begun["url"]), person="bob"))
    refused = connection(user, begun)
    assert (refused["status"], refused["error"]["code"]) == ("failed", "other_account")
    message = refused["error"]["message"]
    assert "You authorized bob instead of ana. Sign in to X" in message
    assert accounts_of(user, "x").keys() == {"x_ana"}
    assert accounts_of(user, "x")["x_ana"]["status"] == "reconnect_required"
    begun, browser = begin(user, accountId="x_ana"), browsers()
    browser.come_back(browser.authorize(browser.start(begun["url"]), person="ana"))
    assert accounts_of(user, "x")["x_ana"]["status"] == "connected"


def test_reconnecting_takes_the_risk_from_scheduled_posts(
    user: ApiClient, browsers: Browsers
) -> None:
    a_person(user, "x", "ana")
    connect(user, browsers(), "ana")
    user.world.parts.grants.require_reconnect(stored_account(user, "x_ana"), None, "It has ended.")
    later = user.accept(post("Later", "x", scheduledTime="2031-01-01T00:00:00Z"))
    (risk,) = user.read(later).json["risks"]
    assert (risk["code"], risk["accountId"]) == ("reconnect_required", "x_ana")
    connect(user, browsers(), "ana")
    assert "risks" not in user.read(later).json
