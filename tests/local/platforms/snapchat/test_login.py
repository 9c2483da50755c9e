"""The twin of Snapchat logs people in and lists their profiles as its documentation says."""

import pytest
from flask.testing import FlaskClient

from tests.consent import ConsentForm, brought_back
from tests.local.platforms.login_cases import CASES
from tests.local.platforms.signing_in import log_in, read, twin_of

CASE = CASES["snapchat"]
MY_PROFILE = "/v1/public_profiles/my_profile"


@pytest.fixture
def twin() -> FlaskClient:
    """Ada has a second profile."""
    client = twin_of(CASE)
    brand = {"accountId": "brand", "username": "brand", "accessToken": "b", "person": "ada"}
    assert client.post("/_sim/accounts", json=brand).status_code == 201
    return client


def test_one_login_is_for_all_profiles_of_the_person(twin: FlaskClient) -> None:
    form = ConsentForm(twin.get(CASE.path, query_string=CASE.query).text)
    assert form.people == ["ada", "bob"]
    token = log_in(twin, CASE, "ada")["access_token"]
    own = read(twin, CASE, token, MY_PROFILE).json["public_profile"]
    assert own["snap_user_name"] == "ada_writes"
    path = f"/v1/organizations/{own['organization_id']}/public_profiles"
    listed = read(twin, CASE, token, f"{path}?limit=50").json["public_profiles"]
    profiles = {entry["public_profile"]["snap_user_name"]: entry for entry in listed}
    assert list(profiles) == ["ada_writes", "brand"]
    for entry in listed:
        stories = f"/v1/public_profiles/{entry['public_profile']['id']}/stories"
        assert read(twin, CASE, token, stories).status_code == 200


def test_profiles_are_listed_page_by_page(twin: FlaskClient) -> None:
    token = log_in(twin, CASE)["access_token"]
    own = read(twin, CASE, token, MY_PROFILE).json["public_profile"]
    path = f"/v1/organizations/{own['organization_id']}/public_profiles?limit=1"
    first = read(twin, CASE, token, path).json
    second = read(twin, CASE, token, f"{path}&cursor={first['page']['next_page_id']}").json
    ids = [page["public_profiles"][0]["public_profile"]["id"] for page in (first, second)]
    assert len(set(ids)) == 2
    assert second["page"] == {}


def test_a_person_without_a_role_is_denied(twin: FlaskClient) -> None:
    ada, bob = (log_in(twin, CASE, person)["access_token"] for person in ("ada", "bob"))
    own = read(twin, CASE, ada, MY_PROFILE).json["public_profile"]
    for path in (
        f"/v1/organizations/{own['organization_id']}/public_profiles",
        f"/v1/public_profiles/{own['id']}/stories",
    ):
        answer = read(twin, CASE, bob, path)
        assert answer.status_code == 403
        assert answer.json["error_code"] == "AUTHORIZATION_PERMISSION_DENIED"


def test_a_person_without_a_profile_is_told_so(twin: FlaskClient) -> None:
    twin.post("/_sim/people", json={"person": "eve", "nothing": True})
    answer = read(twin, CASE, log_in(twin, CASE, "eve")["access_token"], MY_PROFILE)
    assert (answer.status_code, answer.json["request_status"]) == (404, "ERROR")


def test_an_app_that_snap_has_not_allowed_can_log_in_and_nothing_else(twin: FlaskClient) -> None:
    twin.post("/_sim/allowlist", json={"allow": False})
    answer = read(twin, CASE, log_in(twin, CASE)["access_token"], MY_PROFILE)
    assert (answer.status_code, answer.data) == (403, b"")
    assert answer.headers["Content-Length"] == "0"


def test_access_tokens_last_as_long_as_the_control_says(twin: FlaskClient) -> None:
    twin.post("/_sim/access_lifetime", json={"seconds": 1800})
    assert log_in(twin, CASE)["expires_in"] == 1800


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("scope", "everything", "invalid_scope"),
        ("scope", "", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
    ],
)
def test_a_login_that_is_not_valid_comes_back_with_its_error(
    twin: FlaskClient, name: str, value: str, error: str
) -> None:
    answer = twin.get(CASE.path, query_string=CASE.query | {name: value})
    assert brought_back(answer)["error"] == error
