"""The twin of TikTok logs people in as the documentation of Login Kit says."""

import hashlib

import pytest

from tests.consent import ConsentForm, brought_back
from tests.local.platforms.login_cases import CASES, CLIENT_ID, SECRET, VERIFIER
from tests.local.platforms.signing_in import code_for, exchange, log_in, read, refresh, twin_of

CASE = CASES["tiktok"]
HEX = hashlib.sha256(VERIFIER.encode()).hexdigest()


@pytest.mark.parametrize(
    ("challenge", "verifier", "status"),
    [
        (HEX, VERIFIER, 200),
        (HEX.upper(), VERIFIER, 400),
        ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", VERIFIER, 400),  # as RFC 7636 has it
        (HEX, "a" * 43, 400),
        (HEX, "", 400),
    ],
)
def test_the_challenge_of_a_desktop_app_is_in_hexadecimal_digits(
    challenge: str, verifier: str, status: int
) -> None:
    twin = twin_of(CASE)
    query = {"code_challenge": challenge, "code_challenge_method": "S256"}
    answer = exchange(twin, CASE, code_for(twin, CASE, "", query), code_verifier=verifier)
    assert answer.status_code == status
    if status == 400:
        assert answer.json["error_description"] == "Code verifier or code challenge is invalid."


def test_a_verifier_without_a_challenge_does_no_harm() -> None:
    twin = twin_of(CASE)
    answer = exchange(twin, CASE, code_for(twin, CASE), code_verifier=VERIFIER)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("scope", "user.info.basic,everything", "invalid_scope"),
        ("scope", "", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("code_challenge_method", "plain", "invalid_request"),
    ],
)
def test_a_login_that_is_not_valid_comes_back_with_its_error(
    name: str, value: str, error: str
) -> None:
    query = CASE.query | {"code_challenge": HEX, name: value}
    back = brought_back(twin_of(CASE).get(CASE.path, query_string=query))
    assert (back["error"], back["state"]) == (error, "s1")


def test_a_code_has_characters_that_are_escaped_once_and_comes_with_the_scopes() -> None:
    twin = twin_of(CASE)
    form = ConsentForm(twin.get(CASE.path, query_string=CASE.query).text)
    assert "user.info.basic" not in form.scopes
    answer = twin.post(CASE.path, data=form.filled(without=tuple(form.scopes)))
    assert "%2A0%21" in answer.headers["Location"]
    back = brought_back(answer)
    assert (back["scopes"], "*0!" in back["code"]) == ("user.info.basic", True)
    assert exchange(twin, CASE, back["code"]).json["scope"] == "user.info.basic"


def test_the_client_is_not_read_from_a_basic_header() -> None:
    twin = twin_of(CASE)
    form = {"grant_type": "authorization_code", "code": code_for(twin, CASE)}
    answer = twin.post(CASE.token_path, data=form, auth=(CLIENT_ID, SECRET))
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


def test_fields_of_the_user_need_their_scopes() -> None:
    twin = twin_of(CASE)
    token = log_in(twin, CASE)["access_token"]
    for field, status in (("avatar_large_url", 200), ("username", 200), ("video_count", 401)):
        path = f"/v2/user/info/?fields=open_id,{field}"
        assert read(twin, CASE, token, path).status_code == status


def test_a_revocation_accepts_only_the_access_token_and_a_refresh_token_works_once() -> None:
    twin = twin_of(CASE)
    tokens = log_in(twin, CASE)
    wrong = twin.post(CASE.revoke_path or "", **CASE.revoke(tokens["refresh_token"]))
    assert (wrong.status_code, wrong.json["error"]) == (400, "invalid_request")
    renewed = refresh(twin, CASE, tokens["refresh_token"]).json
    again = refresh(twin, CASE, tokens["refresh_token"])
    assert (again.status_code, again.json["error"]) == (400, "invalid_grant")
    ended = twin.post(CASE.revoke_path or "", **CASE.revoke(renewed["access_token"]))
    assert (ended.status_code, ended.data) == (200, b"")
    assert refresh(twin, CASE, renewed["refresh_token"]).json["error"] == "invalid_grant"
