"""The twin of YouTube answers as its documentation says: refusals and tokens."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared import clock
from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.youtube.client import (
    DAY,
    PATH,
    ask,
    fault,
    get,
    reason,
    session,
    start,
    status_of,
    upload,
)

PREFIX = "https://www.googleapis.com/auth/"


# Refusals of the whole request, and tokens.


def test_a_token_must_be_known_and_have_the_scope(youtube: FlaskClient, film: bytes) -> None:
    assert reason(start(youtube, 9, headers={"Authorization": None})) == (401, "authError")
    assert reason(start(youtube, 9, headers={"Authorization": "Bearer x"})) == (401, "authError")
    account = {"accountId": "cy", "username": "cy", "accessToken": "cy-access"}
    youtube.post("/_sim/accounts", json=account | {"scopes": [f"{PREFIX}youtube.upload"]})
    cy = {"Authorization": "Bearer cy-access"}
    assert start(youtube, 9, headers=cy).status_code == 200
    for refused in (
        youtube.get("/youtube/v3/videos?part=status&id=a", headers=cy),
        youtube.delete("/youtube/v3/videos?id=a", headers=cy),
    ):
        assert reason(refused) == (403, "insufficientPermissions")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"mode": "quota"}, (403, "quotaExceeded")),
        ({"mode": "quota", "variant": "channel"}, (400, "uploadLimitExceeded")),
        ({"mode": "rate_limit"}, (429, "rateLimitExceeded")),
        ({"mode": "accept_then_500"}, (500, "backendError")),
    ],
)
def test_limits_and_failures_on_demand(
    youtube: FlaskClient, fields: dict[str, str], expected: tuple[int, str]
) -> None:
    fault(youtube, f"POST {PATH}", **fields)
    assert reason(start(youtube, 9)) == expected
    assert start(youtube, 9).status_code == 200


def test_paths_and_methods_that_there_are_not(youtube: FlaskClient) -> None:
    assert reason(youtube.get("/youtube/v3/nothing"))[0] == 404
    assert reason(youtube.patch(PATH))[0] == 405


def refresh(youtube: FlaskClient, **changed: str) -> Any:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": "ada-refresh",
        "client_id": "app",
        "client_secret": "s",
    }
    return youtube.post("/token", data=form | changed)


def test_a_refresh_brings_an_access_token_and_no_refresh_token(youtube: FlaskClient) -> None:
    answers = [refresh(youtube).json for _ in range(2)]
    assert {frozenset(answer) for answer in answers} == {
        frozenset({"access_token", "expires_in", "scope", "token_type"})
    }
    assert answers[0]["expires_in"] == 3599
    assert f"{PREFIX}youtube.upload" in answers[0]["scope"]
    for token in (*(answer["access_token"] for answer in answers), "ada-access"):
        bearer = {"Authorization": f"Bearer {token}"}
        assert start(youtube, 9, headers=bearer).status_code == 200


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"refresh_token": "unknown"}, 400, "invalid_grant"),
        ({"refresh_token": "ada-access"}, 400, "invalid_grant"),
        ({"refresh_token": ""}, 400, "invalid_request"),
        ({"client_id": "another"}, 401, "unauthorized_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
    ],
)
def test_refreshes_that_are_refused(
    youtube: FlaskClient, changed: dict[str, str], status: int, error: str
) -> None:
    answer = refresh(youtube, **changed)
    assert (answer.status_code, answer.json["error"]) == (status, error)


def test_a_revocation_ends_the_whole_grant(youtube: FlaskClient) -> None:
    assert youtube.post("/revoke", data={"token": "ada-access"}).status_code == 200
    assert refresh(youtube).json["error"] == "invalid_grant"
    assert reason(start(youtube, 9)) == (401, "authError")
    assert youtube.post("/revoke", data={"token": "ada-access"}).status_code == 400


def test_a_reset_forgets_videos_and_switches(youtube: FlaskClient, film: bytes) -> None:
    video, url = upload(youtube, film), session(youtube, len(film))
    youtube.post("/_sim/ending", json={"uploadStatus": "failed", "reason": "codec"})
    youtube.post("/_sim/reset")
    assert get(youtube, "videos", part="status", id=video).json["items"] == []
    assert ask(youtube, url, len(film)).status_code == 404
    assert status_of(youtube, upload(youtube, film))["uploadStatus"] == "processed"


def test_publication_is_dated_by_the_clock(
    youtube: FlaskClient, film: bytes, offset: MovableOffset
) -> None:
    offset.moved = 3 * DAY
    video = upload(youtube, film)
    (item,) = get(youtube, "videos", part="snippet", id=video).json["items"]
    expected = clock.now() - timedelta(seconds=clock.now().second % 1)
    assert item["snippet"]["publishedAt"][:13] == expected.isoformat()[:13]
