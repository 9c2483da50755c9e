"""The twin of TikTok answers as its documentation says: reads, tokens and faults."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shared import clock
from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.tiktok.client import BEARER, PUBLISH, call, code, status, upload
from tests.media import mp4

# Reading.


def test_public_posts_are_listed_page_by_page(tiktok: FlaskClient, offset: MovableOffset) -> None:
    for number in range(3):
        offset.moved = float(number)
        upload(tiktok, mp4(), title=f"{number}")
    upload(tiktok, mp4(), title="private", privacy_level="SELF_ONLY")
    path = "/v2/video/list/?fields=id,video_description,create_time,duration"
    first = call(tiktok, path, {"max_count": 2}).json["data"]
    assert [video["video_description"] for video in first["videos"]] == ["2", "1"]
    assert first["has_more"]
    assert first["videos"][0]["duration"] == 8
    more = call(tiktok, path, {"max_count": 2, "cursor": first["cursor"]}).json["data"]
    assert [video["video_description"] for video in more["videos"]] == ["0"]
    assert not more["has_more"]
    assert code(call(tiktok, path, {"max_count": 21})) == (400, "invalid_params")
    assert code(call(tiktok, "/v2/video/list/", {})) == (400, "invalid_params")
    assert code(call(tiktok, path, {}, token="eve-access")) == (401, "scope_not_authorized")


def test_a_listing_lags_as_it_is_told_to(tiktok: FlaskClient, offset: MovableOffset) -> None:
    tiktok.post("/_sim/lag", json={"seconds": 60})
    upload(tiktok, mp4())
    assert call(tiktok, "/v2/video/list/?fields=id", {}).json["data"]["videos"] == []
    offset.moved = 60
    assert len(call(tiktok, "/v2/video/list/?fields=id", {}).json["data"]["videos"]) == 1


def test_posts_are_told_by_their_ids(tiktok: FlaskClient) -> None:
    upload(tiktok, mp4())
    [entry] = tiktok.get("/_sim/posts").json or []
    path = "/v2/video/query/?fields=id,share_url"
    asked = {"filters": {"video_ids": [entry["id"], "5"]}}
    assert call(tiktok, path, asked).json["data"]["videos"] == [
        {"id": entry["id"], "share_url": f"https://www.tiktok.com/@ada_films/video/{entry['id']}"}
    ]
    assert call(tiktok, path, asked, token="bob-access").json["data"]["videos"] == []
    assert code(call(tiktok, path, {})) == (400, "invalid_params")


def test_the_user_is_told_by_the_fields_that_were_asked_for(tiktok: FlaskClient) -> None:
    answer = tiktok.get("/v2/user/info/?fields=open_id,username", headers=BEARER)
    assert answer.json is not None
    assert answer.json["data"]["user"] == {"open_id": "open-1", "username": "ada_films"}
    unknown = tiktok.get("/v2/user/info/?fields=odd", headers=BEARER)
    assert code(unknown) == (400, "invalid_params")
    scope = {"Authorization": "Bearer eve-access"}
    assert code(tiktok.get("/v2/user/info/?fields=username", headers=scope)) == (
        401,
        "scope_not_authorized",
    )


# Tokens and disturbances.


def refresh(tiktok: FlaskClient, token: str, **changes: str) -> TestResponse:
    form = {
        "client_key": "key",
        "client_secret": "secret",
        "grant_type": "refresh_token",
        "refresh_token": token,
    }
    return tiktok.post("/v2/oauth/token/", data=form | changes)


def test_a_refresh_rotates_both_tokens(tiktok: FlaskClient) -> None:
    granted = refresh(tiktok, "ada-refresh").json
    assert granted is not None
    assert (granted["expires_in"], granted["refresh_expires_in"]) == (7200, 15552000)
    assert granted["open_id"] == "open-1"
    again = refresh(tiktok, "ada-refresh")
    assert again.json is not None
    assert (again.status_code, again.json["error"]) == (400, "invalid_grant")
    assert set(again.json) == {"error", "error_description", "log_id"}
    path = f"{PUBLISH}/creator_info/query/"
    assert code(call(tiktok, path, token=granted["access_token"])) == (200, "ok")


def test_the_token_endpoint_can_be_as_it_was_and_refuse_with_200(tiktok: FlaskClient) -> None:
    tiktok.post("/_sim/oauth", json={"errorsWith200": True, "formerLifetimes": True})
    granted = refresh(tiktok, "ada-refresh").json
    assert granted is not None
    assert (granted["expires_in"], granted["refresh_expires_in"]) == (86400, 31536000)
    assert refresh(tiktok, "ada-refresh").status_code == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_key": ""}, "invalid_request"),
        ({"client_secret": ""}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"refresh_token": "ada-access"}, "invalid_grant"),
    ],
)
def test_a_wrong_refresh_is_refused(
    tiktok: FlaskClient, changes: dict[str, str], error: str
) -> None:
    answer = refresh(tiktok, "ada-refresh", **changes).json
    assert answer is not None
    assert answer["error"] == error


def test_disturbances_come_in_the_envelope(tiktok: FlaskClient) -> None:
    path = f"{PUBLISH}/creator_info/query/"
    for mode, refused in (
        ("rate_limit", (429, "rate_limit_exceeded")),
        ("accept_then_500", (500, "internal_error")),
        ("expired_token", (401, "access_token_invalid")),
    ):
        tiktok.post("/_sim/faults", json={"match": f"POST {path}", "mode": mode})
        assert code(call(tiktok, path)) == refused
    assert code(tiktok.get("/v2/nothing/", headers=BEARER))[0] == 404


def test_a_reset_forgets_what_is_in_the_making(tiktok: FlaskClient) -> None:
    publish_id = upload(tiktok, mp4())
    tiktok.post("/_sim/reset")
    answer = call(tiktok, f"{PUBLISH}/status/fetch/", {"publish_id": publish_id})
    assert code(answer) == (400, "invalid_publish_id")


def test_a_post_is_made_when_its_processing_ends(
    tiktok: FlaskClient, offset: MovableOffset
) -> None:
    tiktok.post("/_sim/processing", json={"seconds": 30})
    sent_at = clock.now()
    publish_id = upload(tiktok, mp4())
    offset.moved = 500
    status(tiktok, publish_id)
    listed = call(tiktok, "/v2/video/list/?fields=create_time", {}).json["data"]["videos"]
    made_at = sent_at + timedelta(seconds=30)
    assert abs(listed[0]["create_time"] - made_at.timestamp()) < 10
