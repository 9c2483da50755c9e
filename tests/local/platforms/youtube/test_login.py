"""The twin of YouTube logs people in as Google's documentation says."""

import pytest

from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.login_cases import CASES
from tests.local.platforms.signing_in import log_in, read, refresh, twin_of
from tests.local.platforms.youtube.client import reason

CASE = CASES["youtube"]


def test_a_refresh_token_needs_offline_access_and_later_consent() -> None:
    twin = twin_of(CASE)
    assert "refresh_token" not in log_in(twin, CASE, access_type="online")
    first = log_in(twin, CASE, prompt="select_account")
    assert "refresh_token" in first
    assert "refresh_token" not in log_in(twin, CASE, prompt="select_account")
    assert "refresh_token" in log_in(twin, CASE)
    assert "refresh_token" in log_in(twin, CASE, "bob", prompt="select_account")
    assert refresh(twin, CASE, first["refresh_token"]).status_code == 200


def test_a_revocation_ends_all_channels_of_the_person() -> None:
    twin = twin_of(CASE)
    brand = {"accountId": "brand", "username": "brand", "accessToken": "b", "person": "ada"}
    assert twin.post("/_sim/accounts", json=brand).status_code == 201
    ada, channel, bob = (log_in(twin, CASE, person) for person in ("ada", "brand", "bob"))
    assert read(twin, CASE, channel["access_token"]).json["items"][0]["snippet"]["title"] == "brand"
    assert twin.post("/revoke", data={"token": channel["refresh_token"]}).status_code == 200
    for tokens, status in ((ada, 401), (channel, 401), (bob, 200)):
        assert read(twin, CASE, tokens["access_token"]).status_code == status
    assert refresh(twin, CASE, ada["refresh_token"]).json["error"] == "invalid_grant"


def test_a_person_without_a_channel_can_only_find_that_out() -> None:
    twin = twin_of(CASE)
    twin.post("/_sim/people", json={"person": "eve", "nothing": True})
    token = log_in(twin, CASE, "eve")["access_token"]
    assert read(twin, CASE, token).json["items"] == []
    videos = read(twin, CASE, token, "/youtube/v3/videos?part=snippet&id=a")
    assert reason(videos) == (401, "youtubeSignupRequired")


@pytest.mark.parametrize(("is_in_testing", "status"), [(True, 400), (False, 200)])
def test_refresh_tokens_of_an_app_in_testing_end_after_a_week(
    offset: MovableOffset, is_in_testing: bool, status: int
) -> None:
    twin = twin_of(CASE)
    twin.post("/_sim/lifetimes", json={"enforce": True})
    twin.post("/_sim/testing", json={"on": is_in_testing})
    tokens = log_in(twin, CASE)
    assert tokens.get("refresh_token_expires_in") == (604800 if is_in_testing else None)
    offset.moved = 7 * 86400 + 1
    assert refresh(twin, CASE, tokens["refresh_token"]).status_code == status
