"""Facebook, Instagram and Threads log people in and give tokens as Meta documents it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.facebook.twin import Facebook
from local.platforms.instagram.twin import Instagram
from local.platforms.meta.platform import MetaPlatform
from local.platforms.threads.twin import Threads
from tests.consent import ConsentForm, brought_back, decide
from tests.local.platforms.conftest import MovableOffset

CLIENT_ID, SECRET = "soku-app", "soku-secret"
CALLBACK = "https://soku.example/connect/callback"
APP = {"clientId": CLIENT_ID, "clientSecret": SECRET, "redirectUris": [CALLBACK]}
NOT_IDENTICAL = (
    "Error validating verification code. Please make sure your redirect_uri is identical to the "
    "one you used in the OAuth dialog request"
)


@dataclass(frozen=True)
class Error:
    """An error of a token endpoint: its message, and its code and subcode on Facebook."""

    message: str
    codes: tuple[int, int | None] | None = None

    def check(self, answer: Any) -> None:
        assert answer.status_code == 400
        if self.codes is None:
            expected = {"error_type": "OAuthException", "code": 400, "error_message": self.message}
            assert answer.json == expected
        else:
            error = answer.json["error"]
            shown = (error["message"], error["type"], error["code"], error.get("error_subcode"))
            assert shown == (self.message, "OAuthException", *self.codes)


@dataclass(frozen=True)
class Case:
    twin: type[MetaPlatform]
    path: str
    scopes: tuple[str, ...]
    token_path: str
    lifetime: timedelta
    """Of a code."""
    suffix: str
    exchange_path: str
    exchange: Mapping[str, str]
    """The query for a long-lived token, besides secret and token."""
    token_field: str
    errors: Mapping[str, Error]
    type: str
    """Of the errors about paths and methods."""
    app_page: str = "text/html"
    kept: tuple[str, ...] = ()
    """Scopes without a checkbox."""
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def query(self) -> dict[str, str]:
        return {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": CALLBACK,
            "scope": ",".join(self.scopes),
            "state": "s1",
        }


_HOST_ERRORS = {
    "used": Error("Matching code was not found or was already used"),
    "late": Error("Invalid authorization code"),
    "redirect": Error(NOT_IDENTICAL),
    "secret": Error(NOT_IDENTICAL),
    "client": Error("Invalid platform app"),
}
CASES = {
    "facebook": Case(
        twin=Facebook,
        path="/v26.0/dialog/oauth",
        scopes=("pages_show_list", "pages_read_engagement", "pages_manage_posts"),
        token_path="/v26.0/oauth/access_token",
        lifetime=timedelta(minutes=10),
        suffix="#_=_",
        exchange_path="/v26.0/oauth/access_token",
        exchange={"grant_type": "fb_exchange_token", "client_id": CLIENT_ID},
        token_field="fb_exchange_token",
        errors={
            "used": Error("This authorization code has been used.", (100, 36009)),
            "late": Error("This authorization code has expired.", (100, 36007)),
            "redirect": Error(NOT_IDENTICAL, (100, 36008)),
            "secret": Error("Error validating client secret.", (1, None)),
            "client": Error("Error validating application. Invalid application ID.", (101, None)),
        },
        type="OAuthException",
    ),
    "instagram": Case(
        twin=Instagram,
        path="/oauth/authorize",
        scopes=("instagram_business_basic", "instagram_business_content_publish"),
        kept=("instagram_business_basic",),
        token_path="/oauth/access_token",
        lifetime=timedelta(hours=1),
        suffix="#_",
        exchange_path="/access_token",
        exchange={"grant_type": "ig_exchange_token"},
        token_field="access_token",
        errors=_HOST_ERRORS,
        type="IGApiException",
        form={"grant_type": "authorization_code"},
    ),
    "threads": Case(
        twin=Threads,
        path="/oauth/authorize",
        scopes=("threads_basic", "threads_content_publish"),
        kept=("threads_basic",),
        token_path="/oauth/access_token",
        lifetime=timedelta(hours=1),
        suffix="#_",
        exchange_path="/access_token",
        exchange={"grant_type": "th_exchange_token"},
        token_field="access_token",
        errors=_HOST_ERRORS,
        type="THApiException",
        app_page="application/json",
        form={"grant_type": "authorization_code"},
    ),
}


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


def code_for(twin: FlaskClient, case: Case, person: str = "", **answers: Any) -> str:
    return brought_back(decide(twin, case.path, case.query, person, **answers))["code"]


def redeem(twin: FlaskClient, case: Case, code: str, **changed: str) -> Any:
    client = {"client_id": CLIENT_ID, "client_secret": SECRET, "redirect_uri": CALLBACK}
    return twin.post(case.token_path, data={**client, **case.form, "code": code, **changed})


def short_token(twin: FlaskClient, case: Case, person: str = "", **answers: Any) -> str:
    token: str = redeem(twin, case, code_for(twin, case, person, **answers)).json["access_token"]
    return token


def lengthen(twin: FlaskClient, case: Case, token: str, secret: str = SECRET) -> Any:
    query = {**case.exchange, "client_secret": secret, case.token_field: token}
    return twin.get(case.exchange_path, query_string=query)


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


def test_threads_names_an_app_of_another_kind_and_a_missing_one() -> None:
    platform = Threads()
    client = platform.app.test_client()
    client.post("/_sim/clients", json=APP)
    query = CASES["threads"].query
    other = client.get("/oauth/authorize", query_string=query | {"client_id": "facebook-app"})
    assert other.json["error_code"] == 1349026
    missing = client.get("/oauth/authorize", query_string=query | {"client_id": ""})
    assert missing.json == {
        "error_message": "No app ID was provided in the request.",
        "error_code": 4476002,
    }


def test_instagram_wraps_answers_as_documented_if_asked() -> None:
    case, platform = CASES["instagram"], Instagram()
    platform.add_account("ada", "ada_writes", "ada-access", external_id="17841400000000001")
    client = platform.app.test_client()
    flat = redeem(client, case, code_for(client, case)).json
    assert flat["user_id"] == 97841400000000001
    client.post("/_sim/nested", json={"nest": True})
    [wrapped] = redeem(client, case, code_for(client, case)).json["data"]
    assert (wrapped["user_id"], wrapped["permissions"]) == (
        "97841400000000001",
        "instagram_business_basic,instagram_business_content_publish",
    )
    query = {"access_token": wrapped["access_token"], "fields": "id,user_id,account_type"}
    assert client.get("/v26.0/me", query_string=query).json == {
        "data": [
            {
                "id": "97841400000000001",
                "user_id": "17841400000000001",
                "account_type": "BUSINESS",
            }
        ]
    }


def test_instagram_has_no_list_of_permissions_and_personal_accounts() -> None:
    case, platform = CASES["instagram"], Instagram()
    client = platform.app.test_client()
    client.post("/_sim/people", json={"person": "eve", "nothing": True})
    token = {"access_token": short_token(client, case)}
    shown = client.get("/v26.0/me", query_string=token | {"fields": "username,account_type"}).json
    assert (shown["username"], shown["account_type"]) == ("eve", "PERSONAL")
    refused = client.get("/v26.0/me/permissions", query_string=token).json["error"]
    assert refused["code"] == 100
    assert "nonexisting field (permissions)" in refused["message"]
