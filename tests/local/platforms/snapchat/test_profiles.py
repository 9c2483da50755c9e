"""The twin of Snapchat answers as its documentation says: profiles and tokens."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.snapchat.twin import Snapchat
from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.snapchat.client import ADA, PATH, PROFILE, code, encoded

# Profiles and tokens.


def test_profiles_have_uuids_or_a_given_id() -> None:
    platform = Snapchat()
    made = platform.add_account("cid", "cid", "cid-access").external_id
    assert len(made) == 36
    assert made.count("-") == 4
    assert made == Snapchat().add_account("cid", "cid", "cid-access").external_id
    assert (
        platform.add_account("dan", "dan", "dan-access", external_id="7700").external_id == "7700"
    )


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [
        (PATH, "nobody", 401),
        (PATH, "ada-refresh", 401),
        (PATH, "bob-access", 403),
        ("/v1/public_profiles/0a3c4d52-0000-4c5e-9a58-3f1f2b0c9d11", "ada-access", 404),
    ],
)
def test_a_profile_accepts_only_its_own_token(
    snapchat: FlaskClient, path: str, token: str, status: int
) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    assert snapchat.get(f"{path}/stories", headers=headers).status_code == status
    assert snapchat.post(f"{path}/media", json={}, headers=headers).status_code == status


def test_a_token_reads_its_own_profile_without_naming_it(snapchat: FlaskClient) -> None:
    own = snapchat.get("/v1/public_profiles/my_profile", headers=ADA).json["public_profile"]
    [item] = snapchat.get(PATH, headers=ADA).json["public_profiles"]
    for profile in (own, item["public_profile"]):
        assert (profile["id"], profile["display_name"]) == (PROFILE, "ada_snaps")
    nobody = {"Authorization": "Bearer nobody"}
    assert snapchat.get("/v1/public_profiles/my_profile", headers=nobody).status_code == 401


def test_an_app_that_is_not_allowlisted_is_denied() -> None:
    platform = Snapchat()
    platform.add_account("ada", "ada", "ada-access", external_id=PROFILE, scopes=[])
    answer = platform.app.test_client().get(f"{PATH}/stories", headers=ADA)
    assert (answer.status_code, code(answer)) == (403, "AUTHORIZATION_PERMISSION_DENIED")


def refresh(snapchat: FlaskClient, token: str, **changed: str) -> Any:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    form |= {"client_id": "c", "client_secret": "s"} | changed
    return snapchat.post("/login/oauth2/access_token", data=form)


def test_a_refreshed_token_lasts_an_hour_and_rotates_only_if_the_control_says_so(
    snapchat: FlaskClient,
) -> None:
    tokens = refresh(snapchat, "ada-refresh").json
    assert tokens["expires_in"] == 3600
    assert "refresh_token" not in tokens
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert snapchat.get(f"{PATH}/stories", headers=headers).status_code == 200
    snapchat.post("/_sim/rotation", json={"rotate": True})
    rotated = refresh(snapchat, "ada-refresh").json["refresh_token"]
    again = refresh(snapchat, "ada-refresh")
    assert (again.status_code, again.json["error"]) == (400, "invalid_grant")
    assert refresh(snapchat, rotated).status_code == 200


def test_a_token_expires_if_lifetimes_are_enforced(
    snapchat: FlaskClient, offset: MovableOffset
) -> None:
    token = refresh(snapchat, "ada-refresh").json["access_token"]
    snapchat.post("/_sim/lifetimes", json={"enforce": True})
    headers = {"Authorization": f"Bearer {token}"}
    offset.moved = 3500
    assert snapchat.get(f"{PATH}/stories", headers=headers).status_code == 200
    offset.moved = 3700
    assert snapchat.get(f"{PATH}/stories", headers=headers).status_code == 401


def test_a_refresh_requires_the_client(snapchat: FlaskClient) -> None:
    unknown = refresh(snapchat, "ada-refresh", client_secret="")
    assert (unknown.status_code, unknown.json["error"]) == (401, "invalid_client")
    assert refresh(snapchat, "ada-access").json["error"] == "invalid_grant"
    assert refresh(snapchat, "x", grant_type="password").json["error"] == "unsupported_grant_type"
    basic = {"Authorization": f"Basic {encoded(b'c:s')}"}
    form = {"grant_type": "refresh_token", "refresh_token": "ada-refresh"}
    answer = snapchat.post("/login/oauth2/access_token", data=form, headers=basic)
    assert answer.status_code == 200
