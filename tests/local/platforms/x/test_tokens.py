"""The twin of X answers as its documentation says: tokens."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.consent import brought_back, decide
from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.x.client import post

CLIENT = {"client_id": "soku-client"}


def refresh(x: FlaskClient, token: str, **kwargs: Any) -> Any:
    form = {"grant_type": "refresh_token", "refresh_token": token, **CLIENT}
    return x.post("/2/oauth2/token", data=form, **kwargs)


# Tokens.


def test_a_refresh_rotates_both_tokens(x: FlaskClient) -> None:
    answer = refresh(x, "ada-refresh")
    assert answer.status_code == 200
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("bearer", 7200)
    new = {"Authorization": f"Bearer {answer.json['access_token']}"}
    assert x.get("/2/users/me", headers=new).status_code == 200
    again = refresh(x, "ada-refresh")
    assert again.status_code == 400
    assert again.json == {
        "error": "invalid_request",
        "error_description": "Value passed for the token was invalid.",
    }
    assert refresh(x, answer.json["refresh_token"]).status_code == 200


def test_the_token_endpoint_wants_a_client_in_the_body_or_a_basic_header(x: FlaskClient) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "ada-refresh"}
    nobody = x.post("/2/oauth2/token", data=form)
    assert (nobody.status_code, nobody.json["error"]) == (401, "unauthorized_client")
    assert nobody.json["error_description"] == "Missing valid authorization header"
    broken = x.post("/2/oauth2/token", data=form, headers={"Authorization": "Basic ???"})
    assert broken.status_code == 401
    assert x.post("/2/oauth2/token", data=form, auth=("soku-client", "s")).status_code == 200


def test_the_token_endpoint_refuses_what_is_not_a_grant(x: FlaskClient) -> None:
    json_body = {"grant_type": "refresh_token", "refresh_token": "ada-refresh"} | CLIENT
    assert x.post("/2/oauth2/token", json=json_body).status_code == 400
    password = x.post("/2/oauth2/token", data={"grant_type": "password"} | CLIENT)
    assert (password.status_code, password.json["error"]) == (400, "unsupported_grant_type")
    assert refresh(x, "ada-access").status_code == 400
    assert refresh(x, "ada-refresh").status_code == 200


def test_a_refresh_token_belongs_to_its_client(x: FlaskClient) -> None:
    account = {"accountId": "ada", "username": "a", "accessToken": "a", "refreshToken": "r"}
    x.post("/_sim/accounts", json=account | {"clientId": "another"})
    assert refresh(x, "r").status_code == 400
    form = {"grant_type": "refresh_token", "refresh_token": "r", "client_id": "another"}
    assert x.post("/2/oauth2/token", data=form).status_code == 200


QUERY = {
    "response_type": "code",
    "client_id": "soku-client",
    "redirect_uri": "https://soku.example/callback",
    "scope": "tweet.read tweet.write users.read offline.access",
    "state": "s1",
    "code_challenge": "a-verifier-without-a-method",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("response_type", "token"),
        ("scope", "tweet.read everything"),
        ("code_challenge", ""),
        ("code_challenge_method", "S512"),
        ("state", ""),
        ("state", "s" * 501),
    ],
)
def test_a_login_that_is_not_valid_stays_on_xs_page(x: FlaskClient, name: str, value: str) -> None:
    answer = x.get("/i/oauth2/authorize", query_string=QUERY | {name: value})
    assert (answer.status_code, answer.mimetype) == (400, "text/html")


def exchange(x: FlaskClient, query: dict[str, str]) -> Any:
    code = brought_back(decide(x, "/i/oauth2/authorize", query, "bob"))["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": query["redirect_uri"],
        "code_verifier": query["code_challenge"],
    }
    return x.post("/2/oauth2/token", data=form | CLIENT)


def test_only_offline_access_gives_a_refresh_token(x: FlaskClient) -> None:
    assert "refresh_token" in exchange(x, QUERY).json
    online = exchange(x, QUERY | {"scope": "tweet.read users.read"}).json
    assert "refresh_token" not in online
    assert online["scope"] == "tweet.read users.read"


def test_a_refresh_keeps_the_granted_scopes_and_ends_the_access_token(x: FlaskClient) -> None:
    first = exchange(x, QUERY | {"scope": "tweet.read users.read offline.access"}).json
    second = refresh(x, first["refresh_token"]).json
    assert set(second["scope"].split()) == {"tweet.read", "users.read", "offline.access"}
    for token, status in ((first, 401), (second, 200)):
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        assert x.get("/2/users/me", headers=headers).status_code == status
        if status == 200:
            assert x.post("/2/tweets", json={"text": "Hi"}, headers=headers).status_code == 403


def test_a_reset_keeps_the_tokens_of_a_login(x: FlaskClient) -> None:
    tokens = exchange(x, QUERY).json
    x.post("/_sim/reset")
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert x.get("/2/users/me", headers=headers).json["data"]["username"] == "bob_reads"
    assert refresh(x, tokens["refresh_token"]).status_code == 200


def test_a_revoked_token_opens_nothing(x: FlaskClient) -> None:
    answer = x.post("/2/oauth2/revoke", data={"token": "ada-access"} | CLIENT)
    assert (answer.status_code, answer.json) == (200, {"revoked": True})
    assert post(x, "Hello").status_code == 401
    assert refresh(x, "ada-refresh").status_code == 200


def test_tokens_end_by_the_clock_only_when_told_to(x: FlaskClient, offset: MovableOffset) -> None:
    access = refresh(x, "ada-refresh").json["access_token"]
    headers = {"Authorization": f"Bearer {access}"}
    offset.moved = 10 * 365 * 86400
    assert x.get("/2/users/me", headers=headers).status_code == 200
    x.post("/_sim/lifetimes", json={"enforce": True})
    assert x.get("/2/users/me", headers=headers).status_code == 401
    registered = {"Authorization": "Bearer bob-access"}
    assert x.get("/2/users/me", headers=registered).status_code == 200
