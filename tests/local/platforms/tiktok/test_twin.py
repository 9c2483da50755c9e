"""The twin of TikTok answers as its documentation says, and is as strict."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from local.platforms.tiktok.twin import TikTok
from local.sample_media import clip, picture
from shared import clock
from tests.local.platforms.conftest import MovableOffset
from tests.media import Shelf, jpeg, mp4

PUBLISH = "/v2/post/publish"
VIDEO_INIT, PHOTO_INIT = f"{PUBLISH}/video/init/", f"{PUBLISH}/content/init/"
BEARER = {"Authorization": "Bearer ada-access"}
CHUNK = 5 << 20
INFO = {
    "title": "Hello",
    "privacy_level": "PUBLIC_TO_EVERYONE",
    "brand_content_toggle": False,
    "brand_organic_toggle": False,
}
PHOTO_INFO = {
    "description": "Hello",
    "privacy_level": "PUBLIC_TO_EVERYONE",
    "brand_content_toggle": False,
    "brand_organic_toggle": False,
}


@pytest.fixture
def tiktok(shelf: Shelf) -> Iterator[FlaskClient]:
    platform = TikTok()
    platform.add_account(
        "ada", "ada_films", "ada-access", refresh_token="ada-refresh", external_id="open-1"
    )
    platform.state.verified = ["http://127.0.0.1:1", f"{shelf.url}/"]
    platform.add_account("bob", "bob_films", "bob-access", refresh_token="bob-refresh")
    platform.add_account("eve", "eve_films", "eve-access", scopes=["user.info.basic"])
    yield platform.app.test_client()


def call(tiktok: FlaskClient, path: str, body: Any = None, token: str = "ada-access") -> Any:
    return tiktok.post(path, json=body, headers={"Authorization": f"Bearer {token}"})


def code(answer: TestResponse) -> tuple[int, str]:
    assert answer.json is not None
    return answer.status_code, answer.json["error"]["code"]


def source(size: int, chunk: int | None = None, count: int | None = None) -> dict[str, Any]:
    chunk = chunk or size
    sizes = {"video_size": size, "chunk_size": chunk, "total_chunk_count": count or size // chunk}
    return {"source": "FILE_UPLOAD", **sizes}


def init(tiktok: FlaskClient, source_info: dict[str, Any], **info: Any) -> Any:
    return call(tiktok, VIDEO_INIT, {"post_info": INFO | info, "source_info": source_info})


def put(
    tiktok: FlaskClient, url: str, data: bytes, first: int, total: int, **headers: str
) -> TestResponse:
    sent = {
        "Content-Type": "video/mp4",
        "Content-Range": f"bytes {first}-{first + len(data) - 1}/{total}",
    }
    return tiktok.put(url, data=data, headers=sent | headers)


def upload(tiktok: FlaskClient, data: bytes, **info: Any) -> str:
    """The publish id of a video that was sent in one chunk."""
    begun = init(tiktok, source(len(data)), **info).json["data"]
    assert put(tiktok, begun["upload_url"], data, 0, len(data)).status_code == 201
    return str(begun["publish_id"])


def status(tiktok: FlaskClient, publish_id: str) -> dict[str, Any]:
    found: dict[str, Any] = call(
        tiktok, f"{PUBLISH}/status/fetch/", {"publish_id": publish_id}
    ).json
    return found["data"]


def photos(urls: list[str], **changes: Any) -> dict[str, Any]:
    return {
        "media_type": "PHOTO",
        "post_mode": "DIRECT_POST",
        "post_info": PHOTO_INFO,
        "source_info": {
            "source": "PULL_FROM_URL",
            "photo_cover_index": 0,
            "photo_images": urls,
        },
        **changes,
    }


def visible(tiktok: FlaskClient) -> list[str]:
    return [entry["text"] for entry in tiktok.get("/_sim/posts").json or []]


# Who asks.


def test_a_dead_token_and_a_missing_scope_are_refused_in_the_envelope(tiktok: FlaskClient) -> None:
    path = f"{PUBLISH}/creator_info/query/"
    dead = call(tiktok, path, token="another")
    assert code(dead) == (401, "access_token_invalid")
    assert dead.json["data"] == {}
    assert set(dead.json["error"]) == {"code", "message", "log_id"}
    assert code(call(tiktok, path, token="ada-refresh")) == (401, "access_token_invalid")
    assert code(call(tiktok, path, token="eve-access")) == (401, "scope_not_authorized")


def test_the_creator_is_told_with_what_the_account_allows(tiktok: FlaskClient) -> None:
    path = f"{PUBLISH}/creator_info/query/"
    data = call(tiktok, path).json["data"]
    assert data["creator_username"] == "ada_films"
    assert data["privacy_level_options"] == [
        "PUBLIC_TO_EVERYONE",
        "MUTUAL_FOLLOW_FRIENDS",
        "SELF_ONLY",
    ]
    assert data["max_video_post_duration_sec"] == 600
    assert tiktok.post("/_sim/creator", json={"is_private": True}).status_code == 200
    assert call(tiktok, path).json["data"]["privacy_level_options"][0] == "FOLLOWER_OF_CREATOR"
    assert code(init(tiktok, source(1000))) == (403, "privacy_level_option_mismatch")
    assert tiktok.post("/_sim/creator", json={"odd": True}).status_code == 400


@pytest.mark.parametrize(
    ("path", "status"), [(f"{PUBLISH}/creator_info/query/", 200), (VIDEO_INIT, 403)]
)
def test_a_quota_is_told_with_200_by_the_creator_info_alone(
    tiktok: FlaskClient, path: str, status: int
) -> None:
    tiktok.post("/_sim/faults", json={"match": f"POST {path}", "mode": "quota"})
    assert code(call(tiktok, path)) == (status, "spam_risk_too_many_posts")


# Beginning a video.


def test_an_upload_gets_an_id_and_an_address(tiktok: FlaskClient) -> None:
    data = init(tiktok, source(50_000_123, CHUNK)).json["data"]
    assert data["publish_id"].startswith("v_pub_file~v2")
    assert len(data["publish_id"]) <= 64
    assert data["upload_url"].startswith("http://localhost/video/?upload_id=")
    assert len(data["upload_url"]) <= 256


@pytest.mark.parametrize(
    "source_info",
    [
        source(50_000_123, 10_000_000, 6),  # rounded up
        source(50_000_123, CHUNK - 1),
        source(70_000_000),
        source(100, 50),
        source(100, 200, 1),
        source(4_000_000_001, CHUNK),
        {**source(100), "video_size": "100"},
        {"source": "FILE_UPLOAD", "video_size": 100},
        {"source": "PULL_FROM_URL"},
        {"source": "PULL_FROM_URL", "video_url": ""},
        {"source": "FILE", "video_url": "http://127.0.0.1:1/b.mp4"},
    ],
)
def test_a_wrong_chunk_plan_is_refused(tiktok: FlaskClient, source_info: dict[str, Any]) -> None:
    assert code(init(tiktok, source_info)) == (400, "invalid_params")


@pytest.mark.parametrize(
    "info",
    [
        {"title": "😀" * 1101},
        {"title": 5},
        {"description": "of photos"},
        {"disable_duet": "yes"},
        {"video_cover_timestamp_ms": -1},
        {"brand_content_toggle": None},
        {"brand_content_toggle": True, "privacy_level": "SELF_ONLY"},
    ],
)
def test_a_wrong_post_info_is_refused(tiktok: FlaskClient, info: dict[str, Any]) -> None:
    assert code(init(tiktok, source(100), **info)) == (400, "invalid_params")


def test_what_is_required_must_be_there(tiktok: FlaskClient) -> None:
    info = {name: value for name, value in INFO.items() if name != "privacy_level"}
    body = {"post_info": info, "source_info": source(100)}
    assert code(call(tiktok, VIDEO_INIT, body)) == (400, "invalid_params")


def test_a_form_is_not_json(tiktok: FlaskClient) -> None:
    assert code(tiktok.post(VIDEO_INIT, data={"a": "b"}, headers=BEARER)) == (400, "invalid_params")


# Uploading it.


def test_chunks_come_in_order_and_the_last_one_posts(tiktok: FlaskClient) -> None:
    film = mp4() + bytes(2 * CHUNK)
    total = len(film)
    begun = init(tiktok, source(total, CHUNK, 2)).json["data"]
    url, publish_id = begun["upload_url"], begun["publish_id"]
    assert status(tiktok, publish_id)["uploaded_bytes"] == 0
    early = put(tiktok, url, film[CHUNK:], CHUNK, total)
    assert early.status_code == 416
    first = put(tiktok, url, film[:CHUNK], 0, total)
    assert first.status_code == 206
    assert first.headers["Content-Range"] == f"bytes 0-{CHUNK}/{total}"
    assert put(tiktok, url, film[:CHUNK], 0, total).status_code == 416
    assert status(tiktok, publish_id) == {
        "status": "PROCESSING_UPLOAD",
        "fail_reason": "",
        "publicaly_available_post_id": [],
        "uploaded_bytes": CHUNK,
    }
    assert visible(tiktok) == []
    assert put(tiktok, url, film[CHUNK:], CHUNK, total).status_code == 201
    assert visible(tiktok) == ["Hello"]
    [entry] = tiktok.get("/_sim/posts").json or []
    assert (entry["requestCount"], entry["media"][0]["size"]) == (1, total)
    done = status(tiktok, publish_id)
    assert done["status"] == "PUBLISH_COMPLETE"
    assert done["publicaly_available_post_id"] == [int(entry["id"])]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Range": "bytes 0-99/1000"},
        {"Content-Range": "bytes 0-49/100"},
        {"Content-Range": "0-99/100"},
        {"Content-Type": "application/octet-stream"},
    ],
)
def test_a_wrong_header_of_a_chunk_is_refused(tiktok: FlaskClient, headers: dict[str, str]) -> None:
    url = init(tiktok, source(100)).json["data"]["upload_url"]
    assert put(tiktok, url, bytes(100), 0, 100, **headers).status_code == 400


def test_a_chunk_of_another_size_is_refused(tiktok: FlaskClient) -> None:
    url = init(tiktok, source(2 * CHUNK, CHUNK)).json["data"]["upload_url"]
    assert put(tiktok, url, bytes(CHUNK - 1), 0, 2 * CHUNK).status_code == 400
    assert put(tiktok, url, bytes(2 * CHUNK), 0, 2 * CHUNK).status_code == 400


def test_only_the_whole_address_opens_an_upload_and_for_an_hour(
    tiktok: FlaskClient, offset: MovableOffset
) -> None:
    url = init(tiktok, source(100)).json["data"]["upload_url"]
    assert put(tiktok, url[:-1], bytes(100), 0, 100).status_code == 404
    assert put(tiktok, "/video/", bytes(100), 0, 100).status_code == 404
    offset.moved = 3600
    assert put(tiktok, url, bytes(100), 0, 100).status_code == 403


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (jpeg, "file_format_check_failed"),
        (lambda: b"nothing", "file_format_check_failed"),
        (lambda: clip(2), "duration_check_failed"),
        (lambda: clip(4, rate=10), "frame_rate_check_failed"),
        (lambda: clip(4, width=320, height=640), "picture_size_check_failed"),
    ],
)
def test_what_cannot_be_processed_fails_with_its_reason(
    tiktok: FlaskClient, make: Any, reason: str
) -> None:
    found = status(tiktok, upload(tiktok, make()))
    assert (found["status"], found["fail_reason"]) == ("FAILED", reason)
    assert visible(tiktok) == []


# What becomes of it.


def test_processing_takes_its_time(tiktok: FlaskClient, offset: MovableOffset) -> None:
    tiktok.post("/_sim/processing", json={"seconds": 30})
    publish_id = upload(tiktok, mp4())
    assert status(tiktok, publish_id)["status"] == "PROCESSING_UPLOAD"
    assert visible(tiktok) == []
    offset.moved = 30
    assert status(tiktok, publish_id)["status"] == "PUBLISH_COMPLETE"
    assert visible(tiktok) == ["Hello"]


@pytest.mark.parametrize(
    ("mode", "reason", "expected"),
    [
        ("processing_stuck", None, "PROCESSING_UPLOAD"),
        ("processing_failed", None, "FAILED"),
        ("processing_failed", "internal", "FAILED"),
    ],
)
def test_faults_of_processing(
    tiktok: FlaskClient, mode: str, reason: str | None, expected: str
) -> None:
    if reason:
        tiktok.post("/_sim/fail_reason", json={"reason": reason})
    tiktok.post("/_sim/faults", json={"match": "PUT /video/", "mode": mode})
    found = status(tiktok, upload(tiktok, mp4()))
    assert found["status"] == expected
    fails_for = reason or "file_format_check_failed"
    assert found["fail_reason"] == (fails_for if expected == "FAILED" else "")


def test_a_public_post_is_named_after_its_moderation_and_no_other_ever(
    tiktok: FlaskClient, offset: MovableOffset
) -> None:
    tiktok.post("/_sim/moderation", json={"seconds": 60})
    public, private = (
        upload(tiktok, mp4()),
        upload(tiktok, mp4(), privacy_level="SELF_ONLY"),
    )
    for publish_id in (public, private):
        found = status(tiktok, publish_id)
        assert found["status"] == "PUBLISH_COMPLETE"
        assert found["publicaly_available_post_id"] == []
    offset.moved = 60
    assert len(status(tiktok, public)["publicaly_available_post_id"]) == 1
    assert status(tiktok, private)["publicaly_available_post_id"] == []


def test_a_publish_id_belongs_to_its_account(tiktok: FlaskClient) -> None:
    path = f"{PUBLISH}/status/fetch/"
    body = {"publish_id": upload(tiktok, mp4())}
    assert code(call(tiktok, path, {"publish_id": "other"})) == (400, "invalid_publish_id")
    others = code(call(tiktok, path, body, token="bob-access"))
    assert others == (400, "token_not_authorized_for_specified_publish_id")


# Photos.


def test_photos_are_fetched_and_posted_at_once(tiktok: FlaskClient, shelf: Shelf) -> None:
    urls = [shelf.image(1).url, shelf.image(2).url]
    answer = call(tiktok, PHOTO_INIT, photos(urls))
    publish_id = answer.json["data"]["publish_id"]
    assert publish_id.startswith("p_pub_url~v2")
    [entry] = tiktok.get("/_sim/posts").json or []
    digests = [shelf.image(1).sha256, shelf.image(2).sha256]
    assert [item["sha256"] for item in entry["media"]] == digests
    assert (entry["text"], entry["requestCount"]) == ("Hello", 1)
    found = status(tiktok, publish_id)
    assert found["status"] == "PUBLISH_COMPLETE"
    assert found["downloaded_bytes"] == shelf.image(1).size + shelf.image(2).size


@pytest.mark.parametrize(
    "changes",
    [
        {"media_type": "VIDEO"},
        {"post_mode": "DIRECT POST"},
        {"post_info": PHOTO_INFO | {"title": "a" * 91}},
        {"post_info": PHOTO_INFO | {"description": "a" * 4001}},
        {"post_info": PHOTO_INFO | {"is_aigc": True}},
        {"post_info": PHOTO_INFO | {"disable_duet": True}},
        {"source_info": {"source": "FILE_UPLOAD"}},
        {
            "source_info": {
                "source": "PULL_FROM_URL",
                "photo_images": ["http://127.0.0.1:1/a.jpg"],
            }
        },
    ],
)
def test_a_wrong_request_for_photos_is_refused(
    tiktok: FlaskClient, changes: dict[str, Any]
) -> None:
    body = photos(["http://127.0.0.1:1/a.jpg"], **changes)
    assert code(call(tiktok, PHOTO_INIT, body)) == (400, "invalid_params")


@pytest.mark.parametrize(
    ("urls", "refused"),
    [
        ([], (400, "invalid_params")),
        (["http://127.0.0.1:1/a.jpg"] * 36, (400, "invalid_params")),
        (["http://127.0.0.1:1/a.png"], (400, "invalid_params")),
        (["https://elsewhere.example/a.jpg"], (403, "url_ownership_unverified")),
    ],
)
def test_wrong_urls_of_photos_are_refused(
    tiktok: FlaskClient, urls: list[str], refused: tuple[int, str]
) -> None:
    assert code(call(tiktok, PHOTO_INIT, photos(urls))) == refused


def test_photos_that_cannot_be_used_fail_later(tiktok: FlaskClient, shelf: Shelf) -> None:
    reasons = {
        shelf.url + "/missing.jpg": "photo_pull_failed",
        shelf.put("wrong.jpg", picture(kind="PNG")): "photo_pull_failed",
        shelf.put("nothing.jpg", b"nothing"): "file_format_check_failed",
        shelf.image(width=1081, height=1081).url: "picture_size_check_failed",
    }
    for url, reason in reasons.items():
        publish_id = call(tiktok, PHOTO_INIT, photos([url])).json["data"]["publish_id"]
        found = status(tiktok, publish_id)
        assert (found["status"], found["fail_reason"]) == ("FAILED", reason), url
    assert visible(tiktok) == []


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
