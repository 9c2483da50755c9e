"""Connecting accounts: from the API's link over the platform's page to a connected account."""

from typing import Any

import pytest

from shared.users.leaving import begin as begin_leaving
from tests.functions.api_client import ApiClient, error_of, post
from tests.functions.connect_client import CONNECT, state_of
from tests.functions.connecting import (
    ACCOUNTS,
    Browsers,
    a_person,
    accounts_of,
    begin,
    connect,
    connection,
)


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


def test_nobody_is_asked_to_hand_an_account_to_a_user_who_is_being_deleted(
    user: ApiClient, browsers: Browsers
) -> None:
    begun = begin(user)
    begin_leaving(user.user_id, user.world.parts)
    page = browsers().get(begun["url"])
    assert page.status_code == 404
    assert user.user_id not in page.text
