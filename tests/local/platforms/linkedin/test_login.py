"""The twin of LinkedIn logs members in and lists their organizations as its documentation says."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.local.platforms.linkedin.client import PAGE, body
from tests.local.platforms.login_cases import CASES, CLIENT_ID, SECRET
from tests.local.platforms.signing_in import (
    app,
    code_for,
    log_in,
    read,
    refresh,
    twin_of,
)

MEMBER, PAGES = CASES["linkedin"], CASES["linkedin_pages"]
ADMIN = "w_organization_social r_organization_social rw_organization_admin r_basicprofile"
ACLS = "/rest/organizationAcls?q=roleAssignee&state=APPROVED&start=0&count=100"


@pytest.fixture
def twin() -> FlaskClient:
    """Ada has two organizations, bob has none."""
    client = twin_of(PAGES)
    for number in ("77", "78"):
        organization = {
            "accountId": f"page_{number}",
            "username": f"Page {number}",
            "accessToken": f"page-{number}",
            "externalId": f"urn:li:organization:{number}",
            "person": "ada",
        }
        assert client.post("/_sim/accounts", json=organization).status_code == 201
    return client


def admin(twin: FlaskClient, person: str = "ada") -> str:
    token: str = log_in(twin, PAGES, person, scope=ADMIN)["access_token"]
    return token


def acls(twin: FlaskClient, token: str, more: str = "") -> list[dict[str, Any]]:
    elements: list[dict[str, Any]] = read(twin, PAGES, token, ACLS + more).json["elements"]
    return elements


def publish(twin: FlaskClient, token: str, author: str) -> Any:
    headers = {"Authorization": f"Bearer {token}", **PAGES.headers}
    return twin.post("/rest/posts", json=body(author), headers=headers)


def test_a_member_finds_its_organizations_by_roles_and_their_names(twin: FlaskClient) -> None:
    twin.post("/_sim/roles", json={"accountId": "page_78", "roles": ["ANALYST", "CURATOR"]})
    token = admin(twin)
    member = f"urn:li:person:{read(twin, PAGES, token, '/rest/me').json['id']}"
    elements = acls(twin, token)
    assert {element["roleAssignee"] for element in elements} == {member}
    assert [(element["organization"][-2:], element["role"]) for element in elements] == [
        ("77", "ADMINISTRATOR"),
        ("78", "ANALYST"),
        ("78", "CURATOR"),
    ]
    assert len(acls(twin, token, "&role=ANALYST")) == 1
    shown = read(twin, PAGES, token, "/rest/organizations/77").json
    assert (shown["id"], shown["localizedName"]) == (77, "Page 77")
    assert read(twin, PAGES, token, "/v2/me").json["id"] == member.rpartition(":")[2]


def test_a_member_without_roles_finds_nothing(twin: FlaskClient) -> None:
    bob = admin(twin, "bob")
    assert acls(twin, bob) == []
    assert read(twin, PAGES, bob, "/rest/organizations/77").status_code == 403
    assert read(twin, PAGES, bob, "/rest/organizations/99").status_code == 404


def test_one_token_publishes_for_every_organization_that_its_role_allows(
    twin: FlaskClient,
) -> None:
    token = admin(twin)
    assert publish(twin, token, PAGE).status_code == 201
    assert publish(twin, token, "urn:li:organization:78").status_code == 201
    assert [post["accountId"] for post in twin.get("/_sim/posts").json] == ["page_77", "page_78"]
    assert publish(twin, admin(twin, "bob"), PAGE).status_code == 403
    twin.post("/_sim/roles", json={"accountId": "page_77", "roles": ["RECRUITING_POSTER"]})
    assert publish(twin, token, PAGE).status_code == 403
    finder = "/rest/posts?q=author&author=urn%3Ali%3Aorganization%3A77"
    headers = {"Authorization": f"Bearer {token}", **PAGES.headers, "X-RestLi-Method": "FINDER"}
    found = twin.get(finder, headers=headers)
    assert (found.status_code, found.json["elements"]) == (200, [])


def test_each_app_opens_only_its_own_calls(twin: FlaskClient) -> None:
    page = admin(twin)
    denied = read(twin, PAGES, page, "/v2/userinfo")
    assert denied.status_code == 403
    message = "Not enough permissions to access: userinfo.GET.NO_VERSION"
    assert denied.json["message"] == message
    member = log_in(twin, MEMBER, "bob")["access_token"]
    for path in (ACLS, "/rest/me", "/rest/organizations/77"):
        assert read(twin, PAGES, member, path).status_code == 403
    assert read(twin, MEMBER, member, "/v2/userinfo").json["name"] == "bob_reads"


def test_a_consent_with_other_scopes_ends_the_earlier_tokens_of_the_app(twin: FlaskClient) -> None:
    first, same = admin(twin), admin(twin)
    assert read(twin, PAGES, first).status_code == 200
    bob = admin(twin, "bob")
    other = log_in(twin, PAGES)["access_token"]
    for token in (first, same):
        answer = read(twin, PAGES, token)
        assert (answer.status_code, answer.json["serviceErrorCode"]) == (401, 65601)
    for token in (other, bob):
        assert read(twin, PAGES, token).status_code == 200


def test_only_some_apps_get_refresh_tokens(twin: FlaskClient) -> None:
    assert "refresh_token" not in log_in(twin, PAGES)
    twin.post("/_sim/clients", json=app(refreshTokens=True))
    tokens = log_in(twin, PAGES)
    assert tokens["refresh_token_expires_in"] == 365 * 86400
    renewed = refresh(twin, PAGES, tokens["refresh_token"])
    assert renewed.json["refresh_token"] == tokens["refresh_token"]


@pytest.mark.parametrize("field", ["grant_type", "code", "redirect_uri", "client_id"])
def test_a_missing_field_is_named(twin: FlaskClient, field: str) -> None:
    request = PAGES.exchange(code_for(twin, PAGES))
    answer = twin.post(PAGES.token_path, data=request["data"] | {field: ""})
    assert answer.status_code == 400
    assert answer.json == {
        "error": "invalid_request",
        "error_description": f'A required parameter "{field}" is missing',
    }


def test_the_client_is_not_read_from_a_basic_header(twin: FlaskClient) -> None:
    form = {"grant_type": "authorization_code", "code": code_for(twin, PAGES)}
    answer = twin.post(PAGES.token_path, data=form, auth=(CLIENT_ID, SECRET))
    assert answer.status_code == 400
    assert answer.json["error_description"] == 'A required parameter "client_id" is missing'
