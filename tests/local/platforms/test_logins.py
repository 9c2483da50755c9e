"""Every simulated platform logs people in and gives tokens for codes as its documentation says."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.consent import ConsentForm, brought_back, decide
from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.login_cases import CALLBACK, CASES, Case, Refused
from tests.local.platforms.signing_in import app, code_for, exchange, read, refresh, twin_of


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture
def twin(case: Case) -> FlaskClient:
    return twin_of(case)


def scopes_in(tokens: Any, case: Case) -> list[str]:
    scopes: list[str] = tokens.json["scope"].split(case.granted_separator)
    return scopes


def assert_refused(answer: Any, refused: Refused) -> None:
    error = (answer.json["error"], answer.json["error_description"])
    assert (answer.status_code, *error) == (refused.status, refused.error, refused.description)


def test_an_allowed_login_comes_back_with_a_code_for_tokens(twin: FlaskClient, case: Case) -> None:
    answer = decide(twin, case.path, case.query, "bob")
    assert answer.headers["Location"].startswith(f"{CALLBACK}?")
    back = brought_back(answer)
    assert back["state"] == "s1"
    tokens = exchange(twin, case, back["code"])
    assert tokens.status_code == 200
    assert set(scopes_in(tokens, case)) == set(case.scopes)
    shown = read(twin, case, tokens.json["access_token"])
    assert shown.status_code == 200
    assert "bob_reads" in shown.text


def test_the_page_offers_everybody_and_preselects_the_first(twin: FlaskClient, case: Case) -> None:
    form = ConsentForm(twin.get(case.path, query_string=case.query).text)
    assert (form.people, form.chosen) == (["ada", "bob"], "ada")
    assert form.hidden == case.query
    assert (case.unticked in form.scopes) == (case.unticked is not None)
    assert bool(form.scopes) == (case.unticked is not None)


def test_a_denied_login_comes_back_with_the_error(twin: FlaskClient, case: Case) -> None:
    answer = decide(twin, case.path, case.query, decision="deny")
    assert brought_back(answer) == {**case.denied, "state": "s1"}


@pytest.mark.parametrize("field", ["client", "redirect_uri"])
def test_an_unknown_app_or_redirect_stops_on_the_platforms_page(
    twin: FlaskClient, case: Case, field: str
) -> None:
    name = case.client_id_field if field == "client" else field
    query = case.query | {name: "https://other.example/"}
    for answer in (
        twin.get(case.path, query_string=query),
        twin.post(case.path, data=query | {"person": "ada", "decision": "allow"}),
    ):
        assert 400 <= answer.status_code < 500
        assert answer.mimetype == "text/html"
        assert "Location" not in answer.headers


def test_only_somebody_on_the_page_can_log_in(twin: FlaskClient, case: Case) -> None:
    answer = decide(twin, case.path, case.query, "nobody")
    assert (answer.status_code, answer.mimetype) == (400, "text/html")


def test_the_page_shows_what_the_query_has_as_text(twin: FlaskClient, case: Case) -> None:
    state = '"><script>alert(1)</script>'
    page = twin.get(case.path, query_string=case.query | {"state": state}).text
    assert "<script>" not in page
    assert ConsentForm(page).hidden["state"] == state


def test_a_code_works_once(twin: FlaskClient, case: Case) -> None:
    code = code_for(twin, case)
    assert exchange(twin, case, code).status_code == 200
    assert_refused(exchange(twin, case, code), case.used)


def test_a_code_works_until_it_expires(
    twin: FlaskClient, case: Case, offset: MovableOffset
) -> None:
    in_time, late = code_for(twin, case), code_for(twin, case)
    offset.moved = case.lifetime.total_seconds() - 1
    assert exchange(twin, case, in_time).status_code == 200
    offset.moved = case.lifetime.total_seconds() + 1
    assert_refused(exchange(twin, case, late), case.late)


@pytest.mark.parametrize(
    ("refusal", "changed"),
    [
        ("other_redirect", {"redirect_uri": f"{CALLBACK}/"}),
        ("wrong_secret", {"secret": "another-secret"}),
    ],
    ids=["redirect_uri", "secret"],
)
def test_a_code_needs_its_redirect_uri_and_the_apps_secret(
    twin: FlaskClient, case: Case, refusal: str, changed: dict[str, str]
) -> None:
    answer = exchange(twin, case, code_for(twin, case), **changed)
    assert_refused(answer, getattr(case, refusal))


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.wrong_verifier])
def test_a_code_needs_its_verifier(name: str) -> None:
    case = CASES[name]
    twin = twin_of(case)
    answer = exchange(twin, case, code_for(twin, case), code_verifier="a" * 43)
    assert case.wrong_verifier is not None
    assert_refused(answer, case.wrong_verifier)


def test_a_token_carries_the_scopes_that_were_granted(twin: FlaskClient, case: Case) -> None:
    others = [scope for scope in case.scopes if scope != case.read_scope]
    query = case.query | {"scope": case.separator.join(others)}
    back = brought_back(decide(twin, case.path, query))
    token = exchange(twin, case, back["code"]).json["access_token"]
    assert read(twin, case, token).status_code == case.forbidden


def test_an_unticked_scope_is_not_granted(case: Case, twin: FlaskClient) -> None:
    if case.unticked is None:
        ignored = code_for(twin, case, without=case.scopes)
        assert set(scopes_in(exchange(twin, case, ignored), case)) == set(case.scopes)
        return
    rest = {scope for scope in case.scopes if scope != case.unticked}
    code = code_for(twin, case, without=(case.unticked,))
    assert set(scopes_in(exchange(twin, case, code), case)) == rest
    person = {"person": "ada", "unticks": [case.unticked]}
    assert twin.post("/_sim/people", json=person).status_code == 200
    assert set(scopes_in(exchange(twin, case, code_for(twin, case)), case)) == rest
    assert set(scopes_in(exchange(twin, case, code_for(twin, case, "bob")), case)) == set(
        case.scopes
    )


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.revoke_path])
def test_a_revoked_token_works_no_more(name: str) -> None:
    case = CASES[name]
    twin = twin_of(case)
    tokens = exchange(twin, case, code_for(twin, case)).json
    assert read(twin, case, tokens["access_token"]).status_code == 200
    path = case.revoke_path or ""
    assert twin.post(path, **case.revoke(tokens["access_token"])).status_code == 200
    assert read(twin, case, tokens["access_token"]).status_code == 401
    if "refresh_token" in tokens:
        answer = refresh(twin, case, tokens["refresh_token"])
        assert answer.status_code == (400 if case.revokes_all else 200)
    # What other people allowed stays.
    bob = exchange(twin, case, code_for(twin, case, "bob")).json["access_token"]
    assert read(twin, case, bob).status_code == 200


def test_an_app_gets_only_its_scopes(twin: FlaskClient, case: Case) -> None:
    twin.post("/_sim/clients", json=app(scopes=list(case.scopes[1:])))
    answer = twin.get(case.path, query_string=case.query)
    if answer.status_code == 302:
        assert "scope" in brought_back(answer)["error"]
    else:
        assert 400 <= answer.status_code < 500


def test_the_token_endpoint_accepts_only_forms(twin: FlaskClient, case: Case) -> None:
    request = case.exchange(code_for(twin, case))
    answer = twin.post(case.token_path, json=request.pop("data"), **request)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
