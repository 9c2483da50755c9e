"""The twin of X answers as its documentation says: tokens."""

from typing import Any

from flask.testing import FlaskClient

from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.x.client import BEARER, post

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


def authorize(x: FlaskClient, **changed: str) -> Any:
    query = {
        "response_type": "code",
        "client_id": "soku-client",
        "redirect_uri": "https://soku.example/callback",
        "scope": "tweet.read tweet.write users.read offline.access",
        "state": "s1",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",  # RFC 7636, appendix B
        "code_challenge_method": "S256",
    }
    return x.get("/i/oauth2/authorize", query_string=query | changed)


def exchange(x: FlaskClient, code: str, **changed: str) -> Any:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "https://soku.example/callback",
        "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    }
    return x.post("/2/oauth2/token", data=form | CLIENT | changed)


def code_of(answer: Any) -> str:
    return answer.headers["Location"].partition("&code=")[2]


def test_a_login_code_gives_tokens_once_and_within_30_seconds(
    x: FlaskClient, offset: MovableOffset
) -> None:
    answer = authorize(x, account="bob")
    assert answer.headers["Location"].startswith("https://soku.example/callback?state=s1&code=")
    tokens = exchange(x, code_of(answer))
    assert tokens.status_code == 200
    headers = {"Authorization": f"Bearer {tokens.json['access_token']}"}
    assert x.get("/2/users/me", headers=headers).json["data"]["username"] == "bob_reads"
    assert exchange(x, code_of(answer)).status_code == 400
    late = code_of(authorize(x))
    offset.moved = 31
    assert exchange(x, late).status_code == 400


def test_a_login_code_needs_the_verifier_and_the_address_it_was_made_for(x: FlaskClient) -> None:
    assert exchange(x, code_of(authorize(x)), code_verifier="wrong").status_code == 400
    other = exchange(x, code_of(authorize(x)), redirect_uri="https://other.example/")
    assert other.status_code == 400
    assert authorize(x, response_type="token").status_code == 400


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
    assert x.get("/2/users/me", headers=BEARER).status_code == 200
