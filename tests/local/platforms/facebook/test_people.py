"""The twin of Facebook gives users their Pages, and Pages their tokens, as documented."""

import hmac
from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.facebook.twin import Facebook
from tests.consent import brought_back, decide
from tests.local.platforms.facebook.client import API, codes

APP = {"client_id": "soku-app", "client_secret": "soku-secret"}
CALLBACK = "https://soku.example/callback"
SCOPES = "pages_show_list,pages_read_engagement,pages_manage_posts"
ALL_TASKS = ["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"]


@pytest.fixture
def facebook() -> FlaskClient:
    """The twin with a user of two Pages, another user, and a registered app."""
    platform = Facebook()
    for number, page in enumerate(("bakery", "cafe"), 1020):
        platform.add_account(page, page, f"{page}-page", external_id=str(number), person="ada")
    platform.add_account("bob", "bob_reads", "bob-page", external_id="1030")
    client = platform.app.test_client()
    app = {"clientId": "soku-app", "clientSecret": "soku-secret", "redirectUris": [CALLBACK]}
    client.post("/_sim/clients", json=app)
    return client


def login(facebook: FlaskClient, person: str = "ada", scope: str = SCOPES, **answers: Any) -> str:
    """A short-lived token of the user."""
    client = {"client_id": "soku-app", "redirect_uri": CALLBACK, "response_type": "code"}
    query = client | {"scope": scope}
    answer = decide(facebook, f"{API}/dialog/oauth", query, person, **answers)
    form = APP | {"redirect_uri": CALLBACK, "code": brought_back(answer)["code"]}
    token: str = facebook.post(f"{API}/oauth/access_token", data=form).json["access_token"]
    return token


def lengthened(facebook: FlaskClient, token: str) -> str:
    query = APP | {"grant_type": "fb_exchange_token", "fb_exchange_token": token}
    answer = facebook.get(f"{API}/oauth/access_token", query_string=query)
    long: str = answer.json["access_token"]
    return long


def get(facebook: FlaskClient, path: str, token: str, **query: str) -> Any:
    return facebook.get(f"{API}/{path}", query_string={"access_token": token} | query)


def inspected(facebook: FlaskClient, token: str) -> Any:
    query = {"input_token": token, "access_token": "soku-app|soku-secret"}
    return facebook.get(f"{API}/debug_token", query_string=query)


def publish(facebook: FlaskClient, page_id: str, token: str) -> Any:
    return facebook.post(f"{API}/{page_id}/feed", data={"message": "Hi", "access_token": token})


def test_a_user_is_none_of_the_pages(facebook: FlaskClient) -> None:
    token = login(facebook)
    me = get(facebook, "me", token, fields="id,name").json
    assert me["name"] == "ada"
    assert me["id"] not in ("1020", "1021")
    assert get(facebook, me["id"], token).json == me
    assert codes(publish(facebook, "1020", token)) == (400, 190, 2069032)
    assert codes(get(facebook, "1020", token)) == (400, 190, 2069032)


def test_pages_are_listed_with_their_tokens_and_tasks(facebook: FlaskClient) -> None:
    token = lengthened(facebook, login(facebook))
    fields = "id,name,username,access_token,tasks,picture{url}"
    pages = get(facebook, "me/accounts", token, fields=fields).json["data"]
    assert [page["id"] for page in pages] == ["1020", "1021"]
    assert pages[0]["tasks"] == ALL_TASKS
    assert list(pages[0]["picture"]["data"]) == ["url"]
    page_token = pages[0]["access_token"]
    assert publish(facebook, "1020", page_token).status_code == 200
    assert codes(publish(facebook, "1021", page_token)) == (400, 100, 33)
    shown = get(facebook, "me", page_token, fields="id,username").json
    assert shown == {"id": "1020", "username": "bakery"}
    again = get(facebook, "me/accounts", token).json["data"]
    assert again[0]["access_token"] == page_token


def test_the_list_of_pages_has_pages_itself(facebook: FlaskClient) -> None:
    token = login(facebook)
    first = get(facebook, "me/accounts", token, fields="id", limit="1").json
    assert "next" in first["paging"]
    after = first["paging"]["cursors"]["after"]
    second = get(facebook, "me/accounts", token, fields="id", limit="1", after=after).json
    assert (first["data"], second["data"]) == ([{"id": "1020"}], [{"id": "1021"}])
    assert "next" not in second["paging"]


def test_nobody_and_a_login_without_the_scope_see_no_page(facebook: FlaskClient) -> None:
    facebook.post("/_sim/people", json={"person": "eve", "nothing": True})
    unticked = login(facebook, without=("pages_show_list",))
    for token in (login(facebook, "eve"), unticked):
        assert get(facebook, "me/accounts", token).json == {"data": []}
    assert codes(get(facebook, "me/accounts", "bakery-page")) == (400, 100, 33)


def test_publishing_needs_the_task_on_the_page(facebook: FlaskClient) -> None:
    facebook.post("/_sim/tasks", json={"accountId": "bakery", "tasks": ["ANALYZE"]})
    pages = get(facebook, "me/accounts", login(facebook), fields="access_token,tasks").json["data"]
    assert [page["tasks"] for page in pages] == [["ANALYZE"], ALL_TASKS]
    assert codes(publish(facebook, "1020", pages[0]["access_token"])) == (403, 200, None)
    assert publish(facebook, "1021", pages[1]["access_token"]).status_code == 200
    wrong = facebook.post("/_sim/tasks", json={"accountId": "nobody", "tasks": ["ANALYZE"]})
    assert wrong.status_code == 400


def test_a_pages_token_has_the_scopes_of_the_login(facebook: FlaskClient) -> None:
    token = login(facebook, without=("pages_manage_posts",))
    [page, _] = get(facebook, "me/accounts", token, fields="access_token").json["data"]
    assert codes(publish(facebook, "1020", page["access_token"])) == (403, 200, None)


def test_a_pages_token_lives_as_long_as_the_users_allows(facebook: FlaskClient) -> None:
    short = login(facebook)
    long = lengthened(facebook, short)
    [dying, lasting] = [
        get(facebook, "me/accounts", token, fields="access_token").json["data"][0]["access_token"]
        for token in (short, long)
    ]
    assert inspected(facebook, lasting).json["data"]["expires_at"] == 0
    facebook.post("/_sim/lifetimes", json={"enforce": True})
    facebook.post("/_sim/skew", json={"seconds": 100 * 86400})
    assert codes(publish(facebook, "1020", dying)) == (400, 190, 463)
    assert codes(get(facebook, "me/accounts", long)) == (400, 190, 463)
    assert publish(facebook, "1020", lasting).status_code == 200


def test_removing_the_app_ends_all_tokens_of_the_user_for_it(facebook: FlaskClient) -> None:
    token, others = login(facebook), login(facebook, "bob")
    pages = get(facebook, "me/accounts", token, fields="access_token").json["data"]
    answer = facebook.delete(f"{API}/me/permissions", query_string={"access_token": token})
    assert answer.json == {"success": True}
    for ended in (token, *(page["access_token"] for page in pages)):
        assert codes(get(facebook, "me", ended)) == (400, 190, 458)
    dead = inspected(facebook, token).json["data"]
    assert (dead["is_valid"], dead["error"]["code"], dead["error"]["subcode"]) == (False, 190, 458)
    assert get(facebook, "me", others).status_code == 200
    assert get(facebook, "me", "bakery-page").status_code == 200  # given to no app in particular


def test_a_token_is_inspected_by_its_own_app(facebook: FlaskClient) -> None:
    token = login(facebook)
    user = get(facebook, "me", token, fields="id").json["id"]
    data = inspected(facebook, token).json["data"]
    assert (data["type"], data["app_id"], data["user_id"]) == ("USER", "soku-app", user)
    assert set(data["scopes"]) == set(SCOPES.split(","))
    assert data["is_valid"] is True
    [page, _] = get(facebook, "me/accounts", token, fields="access_token").json["data"]
    shown = inspected(facebook, page["access_token"]).json["data"]
    assert (shown["type"], shown["profile_id"], shown["user_id"]) == ("PAGE", "1020", user)
    assert inspected(facebook, "unknown").json["data"]["is_valid"] is False
    app = {"clientId": "other-app", "clientSecret": "other", "redirectUris": [CALLBACK]}
    facebook.post("/_sim/clients", json=app)
    for by, code in (("other-app|other", 100), ("soku-app|wrong", 190), ("soku-app", 190)):
        answer = facebook.get(
            f"{API}/debug_token", query_string={"input_token": token, "access_token": by}
        )
        assert codes(answer) == (400, code, None)


def test_a_proof_must_be_right_and_can_be_required(facebook: FlaskClient) -> None:
    token = login(facebook)
    right = hmac.new(b"soku-secret", token.encode(), "sha256").hexdigest()
    assert get(facebook, "me", token, appsecret_proof=right).status_code == 200
    wrong = get(facebook, "me", token, appsecret_proof="0" * 64)
    error = wrong.json["error"]
    assert codes(wrong) == (400, 100, None)
    assert (error["type"], error["message"]) == (
        "GraphMethodException",
        "Invalid appsecret_proof provided in the API argument",
    )
    assert get(facebook, "me", token).status_code == 200
    facebook.post("/_sim/proof", json={"require": True})
    missing = get(facebook, "me", token).json["error"]
    assert missing["message"] == "API calls from the server require an appsecret_proof argument"
    assert get(facebook, "me", token, appsecret_proof=right).status_code == 200


def test_tokens_of_a_login_survive_a_reset(facebook: FlaskClient) -> None:
    token = lengthened(facebook, login(facebook))
    [page, _] = get(facebook, "me/accounts", token, fields="access_token").json["data"]
    facebook.post("/_sim/reset")
    assert get(facebook, "me", token).status_code == 200
    assert publish(facebook, "1020", page["access_token"]).status_code == 200
