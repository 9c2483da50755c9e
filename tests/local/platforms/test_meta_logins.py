"""Facebook, Instagram and Threads log people in and give tokens as Meta documents it."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.threads.twin import Threads
from tests.consent import ConsentForm, brought_back, decide
from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.meta_login_cases import APP, CALLBACK, CASES, CLIENT_ID, SECRET, Case
from tests.local.platforms.meta_signing_in import code_for, lengthen, redeem, short_token


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture
def twin(case: Case) -> Iterator[FlaskClient]:
    """The twin with two people and a registered app."""
    platform = case.twin()
    for name in ("ada", "bob"):
        platform.add_account(name, f"{name}_writes", f"{name}-access")
    client = platform.app.test_client()
    assert client.post("/_sim/clients", json=APP).status_code == 200
    yield client


def test_an_allowed_login_becomes_a_long_lived_token(twin: FlaskClient, case: Case) -> None:
    answer = decide(twin, case.path, case.query, "bob")
    location = answer.headers["Location"]
    assert location.startswith(f"{CALLBACK}?code=")
    assert location.endswith(f"&state=s1{case.suffix}")
    short = redeem(twin, case, brought_back(answer)["code"])
    long = lengthen(twin, case, short.json["access_token"])
    assert (long.status_code, long.json["token_type"]) == (200, "bearer")
    assert long.json["expires_in"] == 5183944
    assert long.json["access_token"] != short.json["access_token"]
    query = {"access_token": long.json["access_token"], "fields": "id,name"}
    assert "bob" in twin.get(f"{case.twin.api}/me", query_string=query).json["name"]


def test_the_page_offers_everybody_and_optional_scopes(twin: FlaskClient, case: Case) -> None:
    form = ConsentForm(twin.get(case.path, query_string=case.query).text)
    assert (form.people, form.chosen) == (["ada", "bob"], "ada")
    assert set(form.scopes) == set(case.scopes) - set(case.kept)


def test_a_denied_login_comes_back_with_the_reason(twin: FlaskClient, case: Case) -> None:
    answer = decide(twin, case.path, case.query, decision="deny")
    assert brought_back(answer) == {
        "error": "access_denied",
        "error_reason": "user_denied",
        "error_description": "The user denied your request",
        "state": "s1",
    }


@pytest.mark.parametrize(
    "changed",
    [{"client_id": "other"}, {"redirect_uri": f"{CALLBACK}/"}, {"scope": "everything"}],
)
def test_a_wrong_login_stays_on_the_platforms_page(
    twin: FlaskClient, case: Case, changed: dict[str, str]
) -> None:
    answer = twin.get(case.path, query_string=case.query | changed)
    assert (answer.status_code, answer.mimetype) == (400, case.app_page)
    assert "Location" not in answer.headers


def test_a_code_works_once(twin: FlaskClient, case: Case) -> None:
    code = code_for(twin, case)
    assert redeem(twin, case, code).status_code == 200
    case.errors["used"].check(redeem(twin, case, code))


def test_a_code_works_until_it_expires(
    twin: FlaskClient, case: Case, offset: MovableOffset
) -> None:
    in_time, late = code_for(twin, case), code_for(twin, case)
    offset.moved = case.lifetime.total_seconds() - 1
    assert redeem(twin, case, in_time).status_code == 200
    offset.moved = case.lifetime.total_seconds() + 1
    case.errors["late"].check(redeem(twin, case, late))


@pytest.mark.parametrize(
    ("reason", "changed"),
    [
        ("redirect", {"redirect_uri": f"{CALLBACK}/"}),
        ("secret", {"client_secret": "other"}),
        ("client", {"client_id": "other"}),
    ],
)
def test_a_code_needs_its_redirect_uri_and_client(
    twin: FlaskClient, case: Case, reason: str, changed: dict[str, str]
) -> None:
    case.errors[reason].check(redeem(twin, case, code_for(twin, case), **changed))


def test_a_code_is_only_for_the_app_that_asked(twin: FlaskClient, case: Case) -> None:
    twin.post("/_sim/clients", json=APP | {"clientId": "second"})
    assert redeem(twin, case, code_for(twin, case), client_id="second").status_code == 400


def test_a_code_is_only_accepted_in_a_form(twin: FlaskClient, case: Case) -> None:
    client = {"client_id": CLIENT_ID, "client_secret": SECRET, "redirect_uri": CALLBACK}
    body = {**client, **case.form, "code": code_for(twin, case)}
    assert twin.post(case.token_path, json=body).status_code == 400


def test_a_long_lived_token_needs_the_secret_and_a_live_token(
    twin: FlaskClient, case: Case
) -> None:
    token = short_token(twin, case)
    refused = lengthen(twin, case, token, "other").json["error"]
    assert (refused["message"], refused["code"]) == ("Error validating client secret.", 1)
    assert lengthen(twin, case, "unknown").json["error"]["code"] == 190
    twin.post("/_sim/lifetimes", json={"enforce": True})
    twin.post("/_sim/skew", json={"seconds": 3601})
    expired = lengthen(twin, case, token).json["error"]
    assert (expired["code"], expired["error_subcode"]) == (190, 463)


def test_unticked_scopes_are_not_granted(twin: FlaskClient, case: Case) -> None:
    """The platforms tell so in three ways: permissions, the answer, and debug_token."""
    twin.post("/_sim/people", json={"person": "bob", "unticks": [case.scopes[-1]]})
    by_form = code_for(twin, case, without=(case.scopes[-1],))
    by_person = code_for(twin, case, "bob")
    for code in (by_form, by_person):
        answer = redeem(twin, case, code).json
        assert _granted(twin, case, answer) == set(case.scopes[:-1])


def _granted(twin: FlaskClient, case: Case, answer: dict[str, Any]) -> set[str]:
    token = {"access_token": answer["access_token"]}
    if "permissions" in answer:
        return set(answer["permissions"])
    if case.twin is Threads:
        query = token | {"input_token": answer["access_token"]}
        shown = twin.get("/v1.0/debug_token", query_string=query).json["data"]
        return set(shown["scopes"])
    listed = twin.get("/v26.0/me/permissions", query_string=token).json["data"]
    assert {"permission": case.scopes[-1], "status": "declined"} in listed
    granted = {entry["permission"] for entry in listed if entry["status"] == "granted"}
    return granted - {"public_profile"}


@pytest.mark.parametrize("name", ["instagram", "threads"])
def test_token_paths_have_no_version_and_one_method(name: str) -> None:
    case = CASES[name]
    client = case.twin().app.test_client()
    query = {**case.exchange, "client_secret": SECRET, "access_token": "any"}
    for answer, method in (
        (client.get(f"{case.twin.api}/access_token", query_string=query), "get"),
        (client.post("/access_token", data=query), "post"),
    ):
        error = answer.json["error"]
        shown = (answer.status_code, error["message"], error["type"], error["code"])
        message = f"Unsupported request - method type: {method}"
        assert shown == (400, message, case.type, 100)


@pytest.mark.parametrize("name", ["instagram", "threads"])
def test_a_short_token_is_not_refreshed_and_a_long_one_not_exchanged(name: str) -> None:
    case = CASES[name]
    platform = case.twin()
    platform.add_account("ada", "ada_writes", "ada-access")
    client = platform.app.test_client()
    short = short_token(client, case)
    query = {"grant_type": case.exchange["grant_type"].replace("exchange", "refresh")}
    refreshed = client.get("/refresh_access_token", query_string=query | {"access_token": short})
    for answer in (refreshed, lengthen(client, case, "ada-access")):
        assert (answer.status_code, answer.json["error"]["type"]) == (400, case.type)
