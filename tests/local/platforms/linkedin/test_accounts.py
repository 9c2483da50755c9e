"""The twin of LinkedIn answers as its documentation says: accounts, tokens and limits."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.linkedin import client
from tests.local.platforms.linkedin.client import ADA, PAGE

# Accounts, tokens and limits.


def test_an_account_without_an_external_id_is_a_member(linkedin: FlaskClient) -> None:
    account = {"accountId": "bob", "username": "bob", "accessToken": "bob-access"}
    member = linkedin.post("/_sim/accounts", json=account).json["externalId"]
    prefix, _, number = member.rpartition(":")
    assert prefix == "urn:li:person"
    assert number.isdigit()
    organization = {**account, "accountId": "org", "accessToken": "o", "externalId": PAGE}
    assert linkedin.post("/_sim/accounts", json=organization).json["externalId"] == PAGE


@pytest.mark.parametrize(("scopes", "status"), [(["w_member_social"], 201), (["openid"], 403)])
def test_a_token_needs_the_scope(linkedin: FlaskClient, scopes: list[str], status: int) -> None:
    account = {"accountId": "ada", "username": "ada", "accessToken": "ada-access"}
    linkedin.post("/_sim/accounts", json={**account, "externalId": ADA, "scopes": scopes})
    assert client.post(linkedin).status_code == status


@pytest.mark.parametrize(
    ("mode", "code", "number"),
    [
        ("expired_token", "EXPIRED_ACCESS_TOKEN", 65602),
        ("revoked_token", "REVOKED_ACCESS_TOKEN", 65601),
    ],
)
def test_a_dead_token_is_named(linkedin: FlaskClient, mode: str, code: str, number: int) -> None:
    linkedin.post("/_sim/faults", json={"match": "POST /rest/posts", "mode": mode})
    answer = client.post(linkedin)
    assert (answer.status_code, answer.json["code"]) == (401, code)
    assert answer.json["serviceErrorCode"] == number


def _refresh(linkedin: FlaskClient, **changed: str) -> Any:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": "ada-refresh",
        "client_id": "soku",
        "client_secret": "secret",
    }
    return linkedin.post("/oauth/v2/accessToken", data={**form, **changed})


def test_a_refresh_does_not_extend_the_refresh_tokens_year(
    linkedin: FlaskClient, offset: MovableOffset
) -> None:
    first = _refresh(linkedin).json
    assert (first["expires_in"], first["refresh_token"]) == (5184000, "ada-refresh")
    offset.moved = timedelta(days=65).total_seconds()
    second = _refresh(linkedin).json
    assert 299 * 86400 < second["refresh_token_expires_in"] <= 300 * 86400
    assert second["access_token"] != first["access_token"]
    linkedin.post("/_sim/lifetimes", json={"enforce": True})
    offset.moved = timedelta(days=366).total_seconds()
    assert _refresh(linkedin).json["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"refresh_token": ""}, 400, "invalid_request"),
        ({"client_secret": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"refresh_token": "another"}, 400, "invalid_grant"),
        ({"refresh_token": "ada-access"}, 400, "invalid_grant"),
        ({"client_id": "another"}, 401, "invalid_client"),
    ],
)
def test_a_malformed_refresh_is_refused(
    linkedin: FlaskClient, changed: dict[str, str], status: int, error: str
) -> None:
    answer = _refresh(linkedin, **changed)
    assert (answer.status_code, answer.json["error"]) == (status, error)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"mode": "quota"}, "MEMBER DAY"),
        ({"mode": "quota", "variant": "application-day"}, "APPLICATION DAY"),
        ({"mode": "rate_limit"}, "Too many requests"),
    ],
)
def test_limits_are_429_with_their_reason_in_the_text(
    linkedin: FlaskClient, fault: dict[str, str], reason: str
) -> None:
    linkedin.post("/_sim/faults", json={"match": "POST /rest/posts", **fault})
    answer = client.post(linkedin)
    assert (answer.status_code, answer.json["serviceErrorCode"]) == (429, 101)
    assert reason in answer.json["message"]
    assert "Retry-After" not in answer.headers


def test_a_reset_forgets_what_was_posted_and_uploaded(linkedin: FlaskClient) -> None:
    image = client.upload_image(linkedin)
    client.post(linkedin)
    linkedin.post("/_sim/reset")
    assert client.code(client.post(linkedin, content={"media": {"id": image}})) == "INVALID_URN_ID"
    assert client.post(linkedin).status_code == 201


def test_an_unknown_path_is_refused_in_linkedins_shape(linkedin: FlaskClient) -> None:
    answer = linkedin.get("/rest/nothing", headers=client.headers())
    assert (answer.status_code, answer.json["code"]) == (404, "NOT_FOUND")
