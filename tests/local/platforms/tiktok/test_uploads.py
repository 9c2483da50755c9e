"""The twin of TikTok answers as its documentation says: the creator and uploads."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from local.sample_media import clip
from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.tiktok.client import (
    BEARER,
    INFO,
    PUBLISH,
    VIDEO_INIT,
    call,
    code,
    init,
    put,
    source,
    status,
    upload,
    visible,
)
from tests.media import jpeg, mp4

CHUNK = 5 << 20


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


@pytest.mark.full
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
